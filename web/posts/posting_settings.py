"""Defaults of new posts: who can see and quote them, and their language."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.posts.defaults import OWN_DEFAULTS, own_default, with_defaults
from activities.posts.models import Interaction, Visibility
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from users.identities.models import MediaDescriptions
from users.identities.services import profiles
from web.languages import LanguageField, keep_language
from web.pages import page, redirect_with_message, signed_in
from web.posts.audience import VISIBILITY_CHOICES
from web.posts.compose_forms import (
    POLICY_CHOICES,
    QUOTE_CHOICES,
    REPLY_CHOICES,
    choice_field,
)

_AS_OTHERS = ("", gettext_lazy("As for all posts"))
_OWN = {
    f"{visibility.name}_{kind}_policy": (visibility, kind)
    for visibility in (Visibility.unlisted, Visibility.followers)
    for kind in OWN_DEFAULTS[visibility]
}


class PostingForm(forms.Form):
    default_visibility = forms.TypedChoiceField(
        label=gettext_lazy("Who can see a new post"), coerce=int, choices=VISIBILITY_CHOICES
    )
    default_language = LanguageField(gettext_lazy("The language you write in"))
    default_quote_policy = choice_field(
        gettext_lazy("Who can quote a new post"),
        QUOTE_CHOICES,
        gettext_lazy("Posts that are not public can never be quoted by others."),
    )
    default_reply_policy = choice_field(gettext_lazy("Who can reply to a new post"), REPLY_CHOICES)
    default_like_policy = choice_field(gettext_lazy("Who can like a new post"), POLICY_CHOICES)
    default_boost_policy = choice_field(gettext_lazy("Who can boost a new post"), POLICY_CHOICES)
    unlisted_reply_policy = choice_field(
        gettext_lazy("Who can reply to a new unlisted post"), [_AS_OTHERS, *REPLY_CHOICES]
    )
    unlisted_like_policy = choice_field(
        gettext_lazy("Who can like a new unlisted post"), [_AS_OTHERS, *POLICY_CHOICES]
    )
    unlisted_boost_policy = choice_field(
        gettext_lazy("Who can boost a new unlisted post"), [_AS_OTHERS, *POLICY_CHOICES]
    )
    followers_reply_policy = choice_field(
        gettext_lazy("Who can reply to a new post for followers"), [_AS_OTHERS, *REPLY_CHOICES]
    )
    followers_like_policy = choice_field(
        gettext_lazy("Who can like a new post for followers"), [_AS_OTHERS, *POLICY_CHOICES]
    )
    default_sensitive = forms.BooleanField(
        label=gettext_lazy("Mark pictures and videos in new posts as sensitive"),
        required=False,
        help_text=gettext_lazy("People click to see them."),
    )

    media_descriptions = choice_field(
        gettext_lazy("Pictures, videos and sound without a description"),
        [
            (MediaDescriptions.optional.value, gettext_lazy("May be posted")),
            (MediaDescriptions.reminded.value, gettext_lazy("Remind me before I post")),
            (MediaDescriptions.required.value, gettext_lazy("Can't be posted until I describe them")),
        ],
        gettext_lazy("On this server's pages; apps have settings of their own."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        keep_language(self, "default_language")
        languages = self.fields["default_language"].widget
        assert isinstance(languages, forms.Select)
        languages.choices = [("", _("The server's language")), *list(languages.choices)[1:]]

    @property
    def for_all(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in _OWN]

    @property
    def for_some(self) -> list[forms.BoundField]:
        return [self[name] for name in _OWN]

    @property
    def differs(self) -> bool:
        """Return whether anything is set for single visibilities, or invalid there."""
        return any(field.value() not in {"", None} or field.errors for field in self.for_some)


@methods("GET", "POST")
@signed_in
async def posting(request: Request) -> HttpResponse:
    identity = request.identity
    start = {name: getattr(identity, name) for name in PostingForm.base_fields if name not in _OWN}
    start |= {name: own_default(identity, kind, visibility) for name, (visibility, kind) in _OWN.items()}
    form = PostingForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        chosen: dict[Visibility, dict[Interaction, int | None]] = {}
        for name, (visibility, kind) in _OWN.items():
            chosen.setdefault(visibility, {})[kind] = form.cleaned_data.pop(name)
        await profiles.edit_profile(
            identity=identity, default_policies=with_defaults(identity, chosen), **form.cleaned_data
        )
        return redirect_with_message(request, path_to("settings-posting"), _("Saved."))
    context = {"form": form, "section": "posting"}
    return page(request, "posts/posting_settings.html", context, status=422 if form.errors else 200)
