"""Editing the own profile: name, bio, pictures, fields and discoverability."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.media.services import profile_pictures
from activities.media.services.profile_pictures import SIZES, Crop, Kind, crop_of
from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.request import Request
from core.errors import Problem
from core.media import limits
from core.media.sniff import IMAGE_TYPES
from core.pages.addresses import path_to
from users.domains.limits import CEILINGS
from users.domains.queries import limits_of
from users.identities.models import ActorType, Identity
from users.identities.services import profiles
from users.verified_links.queries import own_links
from web.error_messages import add_error
from web.middleware import words_only
from web.pages import page, redirect_with_message, signed_in
from web.people.link_words import reason_of
from web.templatetags.lengths import MAX_WRITTEN

FIELDS = 4
_AUTOMATED = {ActorType.service, ActorType.application}


def picture_input(kind: Kind) -> forms.FileInput:
    """Return the field of a picture; with scripts a part of it can be chosen (static/js/writing/crop.js)."""
    width, height = SIZES[kind]
    return forms.FileInput(attrs={"accept": ",".join(IMAGE_TYPES), "data-crop": f"{width}:{height}"})


def chosen_crops(request: Request) -> dict[Kind, Crop | None]:
    """Return the parts of new pictures to show."""
    return {kind: crop_of(request.POST.get(f"{kind}_crop", "")) for kind in SIZES}


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Display name"), max_length=profiles.MAX_NAME_LENGTH, required=False
    )
    summary = forms.CharField(
        label=gettext_lazy("About you"),
        max_length=CEILINGS.bio,
        required=False,
        widget=forms.Textarea,
    )
    icon = forms.FileField(
        label=gettext_lazy("Profile picture"), required=False, widget=picture_input("icon")
    )
    icon_description = forms.CharField(
        label=gettext_lazy("Profile picture description"),
        required=False,
        max_length=profiles.MAX_PICTURE_DESCRIPTION_LENGTH,
    )
    without_icon = forms.BooleanField(label=gettext_lazy("Remove profile picture"), required=False)
    image = forms.FileField(
        label=gettext_lazy("Header picture"), required=False, widget=picture_input("image")
    )
    image_description = forms.CharField(
        label=gettext_lazy("Header picture description"),
        required=False,
        max_length=profiles.MAX_PICTURE_DESCRIPTION_LENGTH,
    )
    without_image = forms.BooleanField(label=gettext_lazy("Remove header picture"), required=False)
    approves_followers = forms.BooleanField(label=gettext_lazy("Approve each follow request"), required=False)
    is_discoverable = forms.BooleanField(
        label=gettext_lazy("Suggest my profile to others and let people find it by name"), required=False
    )
    is_indexable = forms.BooleanField(
        label=gettext_lazy("Let people find my public posts by searching their text"), required=False
    )
    hides_follows = forms.BooleanField(
        label=gettext_lazy("Hide who I follow and who follows me"), required=False
    )
    shows_media = forms.BooleanField(label=gettext_lazy("Show a tab of my media"), required=False)
    shows_media_of_replies = forms.BooleanField(
        label=gettext_lazy("Include the media of my replies there"), required=False
    )
    shows_featured = forms.BooleanField(label=gettext_lazy("Show what I feature"), required=False)
    # its help text contains the handle
    attribution_domains = forms.CharField(
        label=gettext_lazy("Websites that may name you as the author of their articles"),
        required=False,
        max_length=MAX_WRITTEN,
        widget=forms.Textarea(attrs={"rows": 2, "autocapitalize": "none", "spellcheck": "false"}),
    )
    is_automated = forms.BooleanField(label=gettext_lazy("This account is automated (a bot)"), required=False)

    def __init__(self, identity: Identity, data: Any = None, files: Any = None) -> None:
        start = {name: getattr(identity, name) for name in self.base_fields if hasattr(identity, name)}
        start |= {
            "attribution_domains": "\n".join(identity.attribution_domains),
            "summary": identity.summary_source,
            "is_automated": identity.actor_type in _AUTOMATED,
        }
        super().__init__(data, files, initial=start)
        self.fields["attribution_domains"].help_text = _(
            "One domain per line. Links to pages there that have {tag} show your profile."
        ).format(tag=f'<meta name="fediverse:creator" content="@{identity.handle}">')
        if identity.actor_type not in {ActorType.person, ActorType.service}:
            del self.fields["is_automated"]  # a group or an organization keeps its type
        for kind in SIZES:
            if not getattr(identity, f"{kind}_url"):
                del self.fields[f"without_{kind}"]

    def changes(self) -> dict[str, Any]:
        """Return the arguments for `profile_pictures.edit_profile`."""
        values = dict(self.cleaned_data)
        values["attribution_domains"] = values["attribution_domains"].splitlines()
        if "is_automated" in values:
            values["actor_type"] = ActorType.service if values.pop("is_automated") else ActorType.person
        pictures = {kind: file for kind in SIZES if (file := values.pop(kind, None))}
        removed = [kind for kind in SIZES if values.pop(f"without_{kind}", False)]
        return {
            **values,
            "pictures": pictures,
            "without": tuple(kind for kind in removed if kind not in pictures),
        }


def _rows(request: Request) -> list[tuple[str, str]]:
    """Return the profile's fields as typed: label and value, row by row."""
    labels, values = request.POST.getlist("field_name"), request.POST.getlist("field_value")
    return list(zip(labels, values, strict=False))


@body_limit(2 * limits.PICTURE_BYTES + limits.MEGABYTE)
@discards_files(words_only)
@methods("GET", "POST")
@signed_in
async def profile(request: Request) -> HttpResponse:
    identity = request.identity
    form = ProfileForm(identity, request.POST or None, request.FILES or None)
    rows = _rows(request) or [(row.get("name", ""), row.get("source", "")) for row in identity.fields]
    if request.method == "POST" and form.is_valid():
        try:
            await profile_pictures.edit_profile(
                identity=identity, fields=_rows(request), crops=chosen_crops(request), **form.changes()
            )
        except Problem as problem:
            add_error(form, problem)
        else:
            return redirect_with_message(
                request, path_to("settings"), _("Profile saved. Your followers' servers will be told.")
            )
    most = (await limits_of(identity.domain_id)).fields
    rows = [*rows, *[("", "")] * (min(most, max(FIELDS, len(rows) + 1)) - len(rows))]
    links = await own_links(identity)
    context = {
        "form": form,
        "rows": [
            (label, value, link, reason_of(link.problem) if link else "")
            for label, value in rows
            for link in [links.get(value.strip())]
        ],
        "back_link": f'<a rel="me" href="{identity.profile_url}">{identity.host}</a>' if links else "",
        "longest_field": profiles.MAX_FIELD_LENGTH,
        "section": "profile",
    }
    return page(request, "people/profile_settings.html", context, status=422 if form.errors else 200)
