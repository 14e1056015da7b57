"""The rules of a domain: texts with hints and translations, in an order."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.languages import LANGUAGES, language_tag
from core.pages.addresses import path_to
from users.domains import services
from users.domains.models import Domain, Rule
from users.domains.queries import domain_by_id, local_domains
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.error_messages import add_error
from web.idempotency import IdempotentForm, create_from
from web.pages import for_staff, query_number, redirect_with_message


def _text(label: str, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=services.MAX_RULE_LENGTH, **more)


def _hint(label: str, **more: Any) -> forms.CharField:
    field = forms.CharField(label=label, max_length=services.MAX_HINT_LENGTH, required=False, **more)
    field.widget = forms.Textarea(attrs={"rows": 2, "maxlength": services.MAX_HINT_LENGTH, "dir": "auto"})
    return field


class NewRuleForm(IdempotentForm):
    text = _text(gettext_lazy("Rule"))
    hint = _hint(
        gettext_lazy("Explanation"), help_text=gettext_lazy("Shown in smaller letters below the rule.")
    )


class RuleForm(forms.Form):
    """A rule with its translations into the languages of the pages."""

    text = _text(gettext_lazy("Rule"))
    hint = _hint(gettext_lazy("Explanation"))

    def __init__(self, data: Any, rule: Rule) -> None:
        said = {
            f"{key}_{language}": words.get(key, "")
            for language, words in rule.translations.items()
            for key in ("text", "hint")
        }
        super().__init__(data, initial={"text": rule.text, "hint": rule.hint, **said})
        for language, name in LANGUAGES.items():
            attrs = {"lang": language_tag(language), "dir": "auto"}
            text = _text(name, required=False, widget=forms.TextInput(attrs=attrs))
            self.fields[f"text_{language}"] = text
            explained = _("Explanation: {language}").format(language=name)
            self.fields[f"hint_{language}"] = _hint(explained)

    @property
    def translations(self) -> dict[str, dict[str, str]]:
        asked = self.cleaned_data
        return {one: {key: asked[f"{key}_{one}"] for key in ("text", "hint")} for one in LANGUAGES}


async def _domain(request: Request) -> Domain:
    """Return the domain in the query string, or else this one. Raises NotFound if the reader may not change its rules."""
    number = query_number(request, "domain")
    domain = request.domain if number is None else await domain_by_id(number)
    if domain is None or not request.user.may(Permission.manage_rules, domain.pk):
        raise NotFound(_("There is no such domain."))
    return domain


async def _rule(request: Request, rule_id: int) -> tuple[Domain, Rule]:
    """Return a rule with its domain. Raises NotFound for those of other domains."""
    for domain in await local_domains():
        for rule in domain.rules:
            if rule.pk == rule_id and request.user.may(Permission.manage_rules, domain.pk):
                return domain, rule
    raise NotFound(_("There is no such rule."))


def _back(domain: Domain) -> str:
    return path_to("admin-rules", {"domain": domain.pk})


@methods("GET", "POST")
@for_staff(Permission.manage_rules)
async def rules(request: Request) -> HttpResponse:
    """List the rules of a domain, and add one."""
    domain = await _domain(request)
    form = NewRuleForm(request.POST or None)

    async def make(row_id: int | None) -> int:
        asked = form.cleaned_data
        made = await services.add_rule(domain=domain, text=asked["text"], hint=asked["hint"], row_id=row_id)
        return int(made.pk)

    if await create_from(request, form, Rule, make, otherwise="text"):
        return redirect_with_message(request, _back(domain), _("Rule added."))
    context = {"form": form, "edited": domain, "rules": domain.rules, "section": "rules"}
    return operators_page(request, "rules/rules", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@for_staff(Permission.manage_rules)
async def rule(request: Request, rule_id: int) -> HttpResponse:
    """Change a rule and its translations."""
    domain, shown = await _rule(request, rule_id)
    form = RuleForm(request.POST or None, shown)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            await services.change_rule(
                domain=domain,
                rule_id=rule_id,
                text=asked["text"],
                hint=asked["hint"],
                translations=form.translations,
            )
        except Problem as problem:
            add_error(form, problem)
        else:
            return redirect_with_message(request, _back(domain), _("Saved."))
    context = {"form": form, "rule": shown, "back": _back(domain), "section": "rules"}
    return operators_page(request, "rules/rule", context, status=422 if form.errors else 200)


@methods("POST")
@for_staff(Permission.manage_rules)
async def move(request: Request, rule_id: int) -> HttpResponse:
    domain, _shown = await _rule(request, rule_id)
    await services.move_rule(domain=domain, rule_id=rule_id, is_up=request.POST.get("way") == "up")
    return redirect_with_message(request, _back(domain))


@methods("POST")
@for_staff(Permission.manage_rules)
async def remove(request: Request, rule_id: int) -> HttpResponse:
    domain, _shown = await _rule(request, rule_id)
    await services.remove_rule(domain=domain, rule_id=rule_id)
    return redirect_with_message(request, _back(domain), _("Rule removed. Earlier reports still name it."))
