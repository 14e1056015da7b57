"""Defaults of new posts: who can see and quote them, and their language."""

from django import forms
from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from core.texts.languages import known_language
from users.identities.services import profiles
from web.pages import page, redirect_with_message, signed_in
from web.posts.compose_forms import (
    POLICY_CHOICES,
    QUOTE_CHOICES,
    REPLY_CHOICES,
    VISIBILITY_CHOICES,
    policy_field,
)


class PostingForm(forms.Form):
    default_visibility = forms.TypedChoiceField(
        label="Who can see a new post", coerce=int, choices=VISIBILITY_CHOICES
    )
    default_language = forms.CharField(
        label="The language you write in",
        max_length=35,
        required=False,
        help_text="A language code, such as en, de or zh-TW.",
        widget=forms.TextInput(attrs={"class": "code", "autocapitalize": "none", "spellcheck": "false"}),
    )
    default_quote_policy = forms.TypedChoiceField(
        label="Who can quote a new post",
        coerce=int,
        choices=QUOTE_CHOICES,
        required=False,
        empty_value=None,
        help_text="Posts that are not public can never be quoted by others.",
    )
    default_reply_policy = policy_field("Who can reply to a new post", REPLY_CHOICES)
    default_boost_policy = policy_field("Who can boost a new post", POLICY_CHOICES)
    default_sensitive = forms.BooleanField(
        label="Mark pictures and videos in new posts as sensitive",
        required=False,
        help_text="People click to see them.",
    )

    def clean_default_language(self) -> str:
        given = str(self.cleaned_data["default_language"])
        known = known_language(given)
        if given and known is None:
            raise forms.ValidationError("Write a language code, such as en, de or zh-TW.")
        return known or ""


@methods("GET", "POST")
@signed_in
async def posting(request: Request) -> HttpResponse:
    identity = request.identity
    start = {name: getattr(identity, name) for name in PostingForm.base_fields}
    form = PostingForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        await profiles.edit_profile(identity=identity, **form.cleaned_data)
        return redirect_with_message(request, path_to("settings-posting"), "Saved.")
    context = {"form": form, "section": "posting"}
    return page(request, "posts/posting_settings.html", context, status=422 if form.errors else 200)
