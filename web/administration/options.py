"""Editing of the options in the database: of the whole server, or of one domain by its staff. An empty field uses the value of the next level."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.texts.languages import known_language
from users.domains import options
from users.domains.models import Level
from users.domains.queries import domain_by_id
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.error_messages import error_message
from web.pages import for_staff, query_number, redirect_with_message

_LABELS = {
    options.SESSION_DAYS.name: gettext_lazy("Days until a browser is signed out"),
    options.IDENTITIES_PER_LOGIN.name: gettext_lazy("Identities per login"),
    options.RESERVED_NAMES.name: gettext_lazy("Reserved usernames"),
    options.PUBLISHES_COUNTS.name: gettext_lazy("Publish the number of people and posts"),
    options.PUBLISHES_BLOCKS.name: gettext_lazy("Publish the list of blocked servers"),
    options.TRENDS_NEED_REVIEW.name: gettext_lazy("Review trends before they are shown"),
    options.INVITE_DAYS.name: gettext_lazy("Days until an invitation expires"),
    options.SIGN_UP_QUESTION.name: gettext_lazy("Question at sign-up"),
    options.MINIMUM_AGE.name: gettext_lazy("Minimum age"),
    options.SIGN_UP_PUZZLE.name: gettext_lazy("Puzzle for browsers"),
    options.PUSHES.name: gettext_lazy("Push notifications"),
    options.QUARANTINE_SERVER_DAYS.name: gettext_lazy("Quarantine of new servers, in days"),
    options.QUARANTINE_PERSON_DAYS.name: gettext_lazy("Quarantine of new people, in days"),
    options.LANGUAGE.name: gettext_lazy("Language of posts"),
}


class OptionsForm(forms.Form):
    """One field per option of a level. `chosen` has the entered values, None for empty fields."""

    all_optional = True  # the page says so once instead of each field

    def __init__(self, level: str, data: Any, now: dict[str, Any]) -> None:
        self.settings = {setting.name: setting for setting in options.ALL if level in setting.levels}
        super().__init__(data, initial={name: _typed(value) for name, value in now.items()})
        for name, setting in self.settings.items():
            self.fields[name] = _field(setting)

    def clean_language(self) -> str:
        language = str(self.cleaned_data["language"])
        if language and known_language(language) is None:
            raise forms.ValidationError(_("This is not a language code, such as en or pt-BR."))
        return language

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: _meant(setting, self.cleaned_data[name]) for name, setting in self.settings.items()}


def _typed(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(value) if isinstance(value, list) else value


def _meant(setting: options.Setting[Any], typed: Any) -> Any:
    if typed in ("", None):
        return None
    if setting.kind is bool:
        return typed == "yes"
    return typed if setting.kind in (int, str) else typed.split()


def _default(setting: options.Setting[Any]) -> str:
    if isinstance(setting.default, bool):
        return _("yes") if setting.default else _("no")
    return str(_typed(setting.default)) if setting.default else _("none")


def _field(setting: options.Setting[Any]) -> forms.Field:
    shared: dict[str, Any] = {"label": _LABELS[setting.name], "required": False}
    shared["help_text"] = _("{description} Default: {default}.").format(
        description=setting.description, default=_default(setting)
    )
    if setting.kind is bool:
        return forms.ChoiceField(choices=[("", _("Default")), ("yes", _("Yes")), ("no", _("No"))], **shared)
    if setting.kind is int:
        return forms.IntegerField(min_value=setting.least, max_value=setting.most, **shared)
    if setting.kind is str:
        return forms.CharField(min_length=setting.least, max_length=setting.most, **shared)
    return forms.CharField(max_length=50_000, widget=forms.Textarea(attrs={"rows": 3}), **shared)


@methods("GET", "POST")
@for_staff(Permission.manage_settings)
async def edit_options(request: Request) -> HttpResponse:
    domain_id = query_number(request, "domain")
    domain = await domain_by_id(domain_id) if domain_id is not None else None
    if (domain_id is not None and domain is None) or not request.user.may(
        Permission.manage_settings, domain_id
    ):
        raise NotFound(_("There is no such domain."))
    level, owner = (Level.domain, domain.pk) if domain is not None else (Level.system, 0)
    form = OptionsForm(level, request.POST or None, await options.values_at(level, owner))
    if request.method == "POST" and form.is_valid():
        try:
            for name, value in form.chosen.items():
                await options.set_value(options.by_name(name), value, level=level, owner=owner)
        except Problem as problem:
            form.add_error(None, error_message(problem))
        else:
            return redirect_with_message(request, request.get_full_path(), _("Saved."))
    context = {"form": form, "of_domain": domain, "section": "options"}
    return operators_page(request, "options", context, status=422 if form.errors else 200)
