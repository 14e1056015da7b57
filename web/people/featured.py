"""Choosing what a profile features: hashtags, and accounts."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.tags.queries import featured_tags, tags_to_feature
from activities.tags.services.following import MAX_FEATURED, feature_tag, unfeature_tag
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import Problem
from core.pages.addresses import path_to
from users.identities.queries.profiles import load_profiles
from users.relations.queries.social import endorsements_of
from web.error_messages import add_error
from web.pages import page, query_number, redirect_with_message, signed_in

PEOPLE = 40  # per page


class TagForm(forms.Form):
    tag = forms.CharField(label=gettext_lazy("Hashtag"), max_length=100)


@methods("GET", "POST")
@signed_in
async def featured(request: Request) -> HttpResponse:
    """Show what the reader features, and feature another hashtag."""
    identity = request.identity
    form = TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _row, tag = await feature_tag(identity=identity, name=form.cleaned_data["tag"])
        except Problem as problem:
            add_error(form, problem, otherwise="tag")
        else:
            return redirect_with_message(
                request,
                path_to("settings-featured"),
                _("#{tag} is on your profile.").format(tag=tag.display_name or tag.name),
            )
    endorsed = await endorsements_of(identity.pk, Page(limit=PEOPLE, max_id=query_number(request, "max_id")))
    people = await load_profiles([person_id for _, person_id in endorsed])
    context = {
        "section": "featured",
        "form": form,
        "tags": await featured_tags(identity.pk),
        "most": MAX_FEATURED,
        "suggested": await tags_to_feature(identity.pk),
        "people": [people[person_id] for _, person_id in endorsed if person_id in people],
        "older": endorsed[-1][0] if len(endorsed) >= PEOPLE else None,
    }
    return page(request, "people/featured.html", context, status=422 if form.errors else 200)


@methods("POST")
@signed_in
async def remove_tag(request: Request, tag_id: int) -> HttpResponse:
    await unfeature_tag(identity=request.identity, row_id=tag_id)
    return redirect_with_message(request, path_to("settings-featured"), _("No longer on your profile."))
