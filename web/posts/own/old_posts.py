"""Settings of the automatic deletion of old posts."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.old_posts.models import AGES_DAYS, OldPosts
from activities.old_posts.queries import count_old, rule_of
from activities.old_posts.services import set_rule
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from web.pages import is_htmx, page, redirect_with_message, render_partial, signed_in

_AGE_NAMES = (
    gettext_lazy("1 week"),
    gettext_lazy("2 weeks"),
    gettext_lazy("1 month"),
    gettext_lazy("2 months"),
    gettext_lazy("3 months"),
    gettext_lazy("6 months"),
    gettext_lazy("1 year"),
    gettext_lazy("2 years"),
)


def _kept(label: str, hint: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=hint)


def _least(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=2**31 - 1)


class OldPostsForm(forms.Form):
    is_on = forms.BooleanField(label=gettext_lazy("Delete my old posts"), required=False)
    days = forms.TypedChoiceField(
        label=gettext_lazy("Posts older than"),
        coerce=int,
        choices=list(zip(AGES_DAYS, _AGE_NAMES, strict=True)),
    )
    keeps_pinned = _kept(gettext_lazy("Pinned posts"))
    keeps_bookmarked = _kept(gettext_lazy("Posts that I bookmarked"))
    keeps_liked = _kept(gettext_lazy("Posts that I liked"))
    keeps_private = _kept(gettext_lazy("Private mentions"))
    keeps_polls = _kept(gettext_lazy("Polls"))
    keeps_media = _kept(gettext_lazy("Posts with pictures, videos or sound"))
    keeps_boosts = _kept(gettext_lazy("My boosts of other people's posts"))
    least_likes = _least(gettext_lazy("Posts with at least this many likes"))
    least_boosts = _least(gettext_lazy("Posts with at least this many boosts"))
    counted = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    @property
    def kept(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith("keeps_")]

    @property
    def least(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith("least_")]

    @property
    def rule(self) -> dict[str, Any]:
        values: dict[str, Any] = self.cleaned_data if self.is_bound else self.initial
        return {name: values[name] for name in self.base_fields if name not in {"is_on", "counted"}}

    @property
    def signature(self) -> str:
        """Return the settings for which the number on the page was counted."""
        return " ".join(str(value) for value in self.rule.values())


@methods("GET", "POST")
@signed_in
async def old_posts(request: Request) -> HttpResponse:
    """Show and set the rule. It can only be turned on after showing how many posts it deletes."""
    stored = await rule_of(request.identity)
    form = OldPostsForm(request.POST or None, initial=_initial(stored))
    if not form.is_bound or not form.is_valid():
        return await _form_page(request, form, stored)
    is_seen = not form.cleaned_data["is_on"] or form.cleaned_data["counted"] == form.signature
    rule = OldPosts(identity=request.identity, **form.rule)
    if "only_count" in request.POST or not is_seen:
        return await _form_page(request, form, rule, is_unsaved="only_count" not in request.POST)
    await set_rule(rule, is_on=form.cleaned_data["is_on"])
    said = _("Saved. Old posts are deleted a few at a time.") if form.cleaned_data["is_on"] else _("Saved.")
    return redirect_with_message(request, path_to("settings-old-posts"), said)


def _initial(rule: OldPosts) -> dict[str, Any]:
    own = {name: getattr(rule, name) for name in OldPostsForm.base_fields if name not in {"is_on", "counted"}}
    return {"is_on": rule.is_on, **own}


async def _form_page(
    request: Request, form: OldPostsForm, rule: OldPosts, *, is_unsaved: bool = False
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "section": "old-posts", "is_unsaved": is_unsaved}
    if not form.errors:
        count, has_more = await count_old(rule)
        context |= {"count": count, "has_more": has_more, "signature": form.signature}
    if is_htmx(request):
        return render_partial(request, "posts/own/_old_posts_count.html", context)
    return page(request, "posts/own/old_posts.html", context, status=422 if form.errors else 200)
