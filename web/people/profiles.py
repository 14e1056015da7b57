"""Profiles with their posts."""

from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpResponse

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.remote_profiles.queries import look_of
from activities.remote_profiles.services.looks import request_look
from activities.timelines.queries import timelines
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import Gone, NotFound
from core.pages.addresses import path_to
from federation.negotiation import wants_activitypub
from users.collections import queries as collections
from users.identities.models import Identity
from users.identities.queries import identities
from users.identities.queries.profiles import Profile, load_profile, profile_of_identity
from users.relations.documents import actor_response
from users.relations.queries import relationships
from web.pages import page
from web.paths import hashtag_in
from web.people.collections import cards_by
from web.timelines.timelines import next_max_id, requested_page


@dataclass(frozen=True)
class Tab:
    path: str
    label: str
    exclude_replies: bool = False
    exclude_boosts: bool = False
    only_media: bool = False
    tagged: str = ""
    has_posts: bool = True


TABS = {
    "": Tab("", "Posts", exclude_replies=True),
    "replies": Tab("replies", "Posts and replies", exclude_boosts=True),
    "media": Tab("media", "Media", exclude_boosts=True, only_media=True),
}
COLLECTIONS = Tab("collections", "Collections", has_posts=False)


async def identity_by_path(request: Request, handle: str) -> Identity:
    """Return the identity that `/@name` (of this domain) or `/@name@host` means; raises NotFound, or Gone for deleted ones."""
    if "@" in handle:
        identity = await identities.by_handle(handle)
    else:
        identity = await identities.local_by_username(request.domain, handle)
    if identity is None:
        raise NotFound("There is nobody with this name here.")
    if identity.deleted_at is not None:
        raise Gone("This account was deleted.")
    return identity


@methods("GET")
async def profile(request: Request, handle: str, tab: str = "") -> HttpResponse:
    shown = COLLECTIONS if tab == COLLECTIONS.path else TABS.get(tab)
    if shown is None:
        raise NotFound("There is no such page.")
    identity = await identity_by_path(request, handle)
    if identity.is_local and not tab and wants_activitypub(request):
        return await actor_response(request, identity)
    return await _profile(request, handle, identity, shown)


@methods("GET")
async def tagged(request: Request, handle: str, name: str) -> HttpResponse:
    """Show somebody's posts with one hashtag. Featured hashtags link here."""
    name = hashtag_in(name)
    tab = Tab(f"tagged/{quote(name, safe='')}", f"#{name}", exclude_boosts=True, tagged=name)
    return await _profile(request, handle, await identity_by_path(request, handle), tab)


async def _profile(request: Request, handle: str, identity: Identity, shown: Tab) -> HttpResponse:
    person, viewer = profile_of_identity(identity), request.identity
    posts, pinned, cards, relationship, look = [], [], [], None, None
    if viewer is not None and not person.is_local:
        await request_look(person.id, person.uri)
        look = await look_of(person.id)
    if viewer is not None and viewer.pk != person.id:
        relationship = (await relationships.relationships(viewer, [person.id]))[0]
    tabs = [*TABS.values(), *([shown] if shown.tagged else [])]
    if not person.is_suspended and (
        shown is COLLECTIONS or await collections.has_collections(person.id, viewer)
    ):
        tabs.append(COLLECTIONS)
    if not person.is_suspended and not shown.has_posts:
        cards = await cards_by(person.id, viewer)
    elif not person.is_suspended:
        posts = await timelines.profile_posts(
            person.id,
            viewer,
            requested_page(request),
            exclude_replies=shown.exclude_replies,
            exclude_boosts=shown.exclude_boosts,
            only_media=shown.only_media,
            tagged=shown.tagged,
        )
        if not shown.path and "max_id" not in request.GET:
            pinned = await timelines.profile_posts(person.id, viewer, Page(limit=5), pinned=True)
    context = {
        "person": person,
        "posts": await apply_filters(posts, viewer, FilterContext.account),
        "pinned": await apply_filters(pinned, viewer, FilterContext.account),
        "relationship": relationship,
        "is_being_fetched": look is not None and look.is_first,
        "is_own": viewer is not None and viewer.pk == person.id,
        "tabs": tabs,
        "cards": cards,
        "tab": shown,
        "older": next_max_id(posts),
        "handle": handle,
        "moved_to": await _moved_to(identity),
        "base_path": path_to("profile", handle=handle),
    }
    return page(request, "people/profile.html", context)


async def _moved_to(identity: Identity) -> Profile | None:
    """Return the profile of the account that somebody moved to, if it is known here."""
    target = await identities.by_uri(identity.moved_to_uri)
    if target is None or target.pk == identity.pk or target.deleted_at is not None:
        return None
    return await load_profile(target.pk)
