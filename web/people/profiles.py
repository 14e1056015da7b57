"""Profiles with their posts."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.posts.queries.views import PostView
from activities.remote_profiles.queries import look_of
from activities.remote_profiles.services.looks import request_look
from activities.tags.queries import featured_tags
from activities.timelines.queries import timelines
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import Gone, NotFound, Unauthenticated
from core.pages.addresses import path_to
from federation.negotiation import wants_activitypub
from users.domains.visitors import is_hidden_host
from users.identities.models import Identity
from users.identities.queries import identities
from users.identities.queries.profiles import Profile, load_profiles, profile_of_identity
from users.relations.documents import actor_response
from users.relations.queries import relationships
from users.relations.queries.social import endorsements_of, familiar_followers
from web.pages import page, redirect_with_message
from web.paging import next_max_id, requested_page
from web.paths import hashtag_in
from web.people.collections import cards_by
from web.people.moved import moved_to


@dataclass(frozen=True)
class Tab:
    path: str
    label: str
    exclude_replies: bool = False
    exclude_boosts: bool = False
    only_media: bool = False
    tagged: str = ""
    has_posts: bool = True


@dataclass(frozen=True)
class Familiar:
    """Accounts that the viewer follows and that follow a profile: some of them, and the number of the others."""

    people: list[Profile]
    others: int


TABS = {
    "": Tab("", gettext_lazy("Posts"), exclude_replies=True),
    "replies": Tab("replies", gettext_lazy("Posts and replies"), exclude_boosts=True),
    "media": Tab("media", gettext_lazy("Media"), exclude_boosts=True, only_media=True),
}
FEATURED = Tab("featured", gettext_lazy("Featured"), has_posts=False)
_OLD_NAMES = {"collections": FEATURED.path}  # for old links
ENDORSED = 40  # accounts on the tab; the API pages further
FAMILIAR = 3  # names


async def identity_by_path(request: Request, handle: str) -> Identity:
    """Return the identity at `/@name` (of this domain) or `/@name@host`. Raises NotFound, or Gone for deleted ones."""
    if "@" in handle:
        identity = await identities.by_handle(handle)
    else:
        identity = await identities.local_by_username(request.domain, handle)
    if identity is None:
        raise NotFound(_("There is nobody with this name here."))
    if is_hidden_host(identity.host):
        raise Unauthenticated(code="people_only")
    if identity.deleted_at is not None:
        raise Gone(_("This account was deleted."))
    return identity


@methods("GET")
async def profile(request: Request, handle: str, tab: str = "") -> HttpResponse:
    if tab in _OLD_NAMES:
        return redirect_with_message(request, path_to("profile-tab", handle=handle, tab=_OLD_NAMES[tab]))
    shown = FEATURED if tab == FEATURED.path else TABS.get(tab)
    if shown is None:
        raise NotFound(_("There is no such page."))
    identity = await identity_by_path(request, handle)
    if identity.is_local and not tab and wants_activitypub(request):
        return await actor_response(request, identity)
    return await _profile(request, handle, identity, shown)


@methods("GET")
async def tagged(request: Request, handle: str, name: str) -> HttpResponse:
    """Show a user's posts with one hashtag. Featured hashtags link here."""
    name = hashtag_in(name)
    tab = Tab(f"tagged/{quote(name, safe='')}", f"#{name}", exclude_boosts=True, tagged=name)
    return await _profile(request, handle, await identity_by_path(request, handle), tab)


async def _profile(request: Request, handle: str, identity: Identity, shown: Tab) -> HttpResponse:
    person, viewer = profile_of_identity(identity), request.identity
    look = None
    if viewer is not None and not person.is_local:
        await request_look(person.id, person.uri)
        look = await look_of(person.id)
    context: dict[str, Any] = {
        "person": person,
        "is_being_fetched": look is not None and look.is_first,
        "is_own": viewer is not None and viewer.pk == person.id,
        "tabs": _tabs(person, shown, is_own=viewer is not None and viewer.pk == person.id),
        "tab": shown,
        "handle": handle,
        "moved_to": await moved_to(identity),
        "base_path": path_to("profile", handle=handle),
    }
    if viewer is not None and viewer.pk != person.id:
        context["relationship"] = (await relationships.relationships(viewer, [person.id]))[0]
    if not person.is_hidden:
        if viewer is not None and viewer.pk != person.id:
            context["familiar"] = await _familiar(viewer, person.id)
        context |= await (_posts if shown.has_posts else _featured)(person, viewer, shown, request)
    return page(request, "people/profile.html", context)


def _tabs(person: Profile, shown: Tab, *, is_own: bool) -> list[Tab]:
    """Return the tabs of a profile: its owner may hide media and featured items from others."""
    tabs = [one for one in TABS.values() if not one.only_media or person.shows_media or is_own]
    if shown.tagged:
        tabs.append(shown)
    if person.shows_featured or is_own:
        tabs.append(FEATURED)
    return tabs


async def _posts(person: Profile, viewer: Identity | None, shown: Tab, request: Request) -> dict[str, Any]:
    """Return the posts of a tab, and on the first page of the first tab the pinned ones."""
    pinned: list[PostView] = []
    posts = await timelines.profile_posts(
        person.id,
        viewer,
        requested_page(request),
        exclude_replies=shown.exclude_replies or (shown.only_media and not person.shows_media_of_replies),
        exclude_boosts=shown.exclude_boosts,
        exclude_private_mentions=True,  # they have their own page; apps list them here, as in Mastodon
        only_media=shown.only_media,
        tagged=shown.tagged,
    )
    if not shown.path and "max_id" not in request.GET:
        pinned = await timelines.profile_posts(person.id, viewer, Page(limit=5), pinned=True)
    return {
        "posts": await apply_filters(posts, viewer, FilterContext.account),
        "pinned": await apply_filters(pinned, viewer, FilterContext.account),
        "older": next_max_id(posts),
    }


async def _featured(person: Profile, viewer: Identity | None, _tab: Tab, _request: Request) -> dict[str, Any]:
    """Return the hashtags, accounts and collections that a profile features."""
    if not person.shows_featured and (viewer is None or viewer.pk != person.id):
        return {}
    endorsed = [one for _, one in await endorsements_of(person.id, Page(limit=ENDORSED))]
    people = await load_profiles(endorsed)
    return {
        "tags": await featured_tags(person.id),
        "endorsed": [people[one] for one in endorsed if one in people],
        "cards": await cards_by(person.id, viewer),
    }


async def _familiar(viewer: Identity, person_id: int) -> Familiar:
    """Return the accounts followed by the viewer that follow this one, too."""
    found = (await familiar_followers(viewer, [person_id]))[person_id]
    named = await load_profiles(found[:FAMILIAR])
    return Familiar([named[one] for one in found[:FAMILIAR] if one in named], max(0, len(found) - FAMILIAR))
