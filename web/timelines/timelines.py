"""Pages of posts: home, local, federated, a hashtag and likes. Bookmarks are in bookmarks.py."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.announcements.queries import announcements
from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.lists.queries import lists_of
from activities.posts.queries.views import PostView
from activities.publishing.documents import hashtag_response
from activities.tags.queries import follows_tag, hashtag_named
from activities.timelines.queries import timelines
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.pages.addresses import path_to
from federation.negotiation import wants_activitypub
from users.domains.models import DomainTextKind
from users.domains.queries import current_text
from users.identities.queries.identities import front_of
from web.pages import check_open, page, query_number, redirect_with_message, signed_in
from web.paging import PAGE_SIZE, next_max_id, requested_page
from web.paths import hashtag_in, profile_path
from web.people.moved import moved_to
from web.timelines.places import place_in
from web.timelines.repeats import merged

MOST_TABS = 12  # of own lists; the page of lists has all


def requested_timeline(request: Request) -> Page:
    """Return the page of `?max_id=` or `?min_id=`: older than a post, or following it."""
    return msgspec.structs.replace(requested_page(request), min_id=query_number(request, "min_id"))


async def timeline(
    request: Request,
    title: str,
    posts: Sequence[PostView],
    *,
    filters: FilterContext | None = None,
    stream: str = "",
    keeps_place: bool = False,
    **more: Any,
) -> HttpResponse:
    """Return the page of these posts, except those hidden by the reader's filters of the context `filters`.

    The newest page shows new posts of `stream` (docs.joinmastodon.org/methods/streaming) while it is open.
    """
    is_newest = not {"max_id", "min_id"} & request.GET.keys()
    if "min_id" in request.GET and len(posts) < PAGE_SIZE:  # there is nothing newer
        return redirect_with_message(request, request.path)
    shown = posts if filters is None else merged(await apply_filters(posts, request.identity, filters))
    context = {"title": title, "posts": shown, "older": next_max_id(posts), **more}
    if posts:
        context |= {"newer": posts[0].rank, "is_newest": is_newest}
    if keeps_place:
        context |= place_in(request, posts, shown)
    if request.identity is not None and is_newest:
        context["live"] = stream
    if request.identity is not None and more.get("has_tabs"):
        context["own_lists"] = (await lists_of(request.identity))[:MOST_TABS]
    return page(request, "timelines/timeline.html", context)


@methods("GET")
async def front(request: Request) -> HttpResponse:
    """Return the domain's front page: home for signed-in users, the local timeline and an introduction for everyone else."""
    if request.identity is not None:
        return redirect_with_message(request, path_to("home"))
    person = await front_of(request.domain)
    if person is not None and request.domain.shows_profiles:
        return redirect_with_message(request, profile_path(request.domain, person))
    posts = (
        await timelines.local(None, request.domain, requested_page(request))
        if request.domain.shows_timelines
        else []
    )
    text = await current_text(request.domain, DomainTextKind.front_page)
    return page(request, "timelines/front.html", {"posts": posts, "older": next_max_id(posts), "text": text})


@methods("GET")
@signed_in
async def home(request: Request) -> HttpResponse:
    posts = await timelines.home(request.identity, requested_timeline(request))
    empty = _("Follow someone, or write your first post.")
    me = request.identity
    unread = [one for one in await announcements(request.identity) if not one.is_read]
    return await timeline(
        request,
        _("Home"),
        posts,
        filters=FilterContext.home,
        stream="user",
        composer=True,
        has_tabs=True,
        keeps_place=True,
        empty=empty,
        announcements=unread,
        moved_to=await moved_to(me) if me.moved_to_uri else None,
    )


@methods("GET")
async def local(request: Request) -> HttpResponse:
    check_open(request)
    posts = await timelines.local(request.identity, request.domain, requested_timeline(request))
    title = _("Local: {community}").format(community=request.domain.title or request.domain.name)
    return await timeline(
        request,
        title,
        posts,
        name=_("Local"),  # the name of the site follows
        filters=FilterContext.public,
        stream="public:local",
        has_tabs=True,
        empty=_("Nobody here has written a public post yet."),
    )


@methods("GET")
async def federated(request: Request) -> HttpResponse:
    check_open(request)
    posts = await timelines.federated(request.identity, requested_timeline(request))
    return await timeline(
        request,
        _("Federated"),
        posts,
        filters=FilterContext.public,
        stream="public",
        has_tabs=True,
        empty=_("No public post has reached this server yet."),
    )


@methods("GET")
async def hashtag(request: Request, name: str) -> HttpResponse:
    check_open(request)
    name = hashtag_in(name)
    if wants_activitypub(request):
        return await hashtag_response(request, name)
    posts = await timelines.hashtag(name, request.identity, requested_timeline(request))
    tag = await hashtag_named(name)
    follows = tag is not None and await follows_tag(request.identity, tag.id)
    title = f"#{tag.display_name if tag else name}"
    return await timeline(
        request,
        title,
        posts,
        filters=FilterContext.public,
        stream=f"hashtag {name}",
        tag=name,
        follows=follows,
        empty=_("No posts with this hashtag yet."),
    )


@methods("GET")
@signed_in
async def likes(request: Request) -> HttpResponse:
    posts = await timelines.likes(request.identity, requested_timeline(request))
    return await timeline(request, _("Likes"), posts, empty=_("Posts you like appear here."))
