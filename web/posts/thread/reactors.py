"""Accounts that liked or boosted a post, or received one to a circle, and its quotes, each on a page linked from the post's page."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.posts.queries.reactions import audience_of, identities_that
from activities.posts.queries.views import PostView
from activities.quotes.queries import quotes_of
from core.asgi.decorators import methods
from core.asgi.request import Request
from users.identities.queries.profiles import load_profiles
from users.relations.queries.relationships import relations_to
from web.pages import View, page, query_number, signed_in
from web.paging import next_max_id, requested_page
from web.people.relations import PAGE_SIZE
from web.posts.thread.conversation import post_by_path

_TITLES = {
    "likes": gettext_lazy("Likes"),
    "boosts": gettext_lazy("Boosts"),
    "quotes": gettext_lazy("Quotes"),
    "audience": gettext_lazy("Recipients"),
}
_NONE_KNOWN = gettext_lazy("This server doesn't know of anyone.")


def _people(table: str, kind: str) -> View:
    @methods("GET")
    async def show(request: Request, handle: str, post_id: int) -> HttpResponse:
        post = (await post_by_path(request, handle, post_id)).shown
        max_id = query_number(request, "max_id")
        rows = await identities_that(table, post_id, request.identity, limit=PAGE_SIZE, max_id=max_id)
        ids = [who for _, who in rows]
        profiles = await load_profiles(ids)
        context = {
            "relations": await relations_to(request.identity, ids),
            "people": [profiles[who] for who in ids if who in profiles],
            "older": rows[-1][0] if len(rows) >= PAGE_SIZE else None,
            "empty": _NONE_KNOWN,
        }
        return _page(request, post, kind, context)

    return show


def _page(request: Request, post: PostView, kind: str, context: Mapping[str, object]) -> HttpResponse:
    counts = {"likes": post.likes_count, "boosts": post.boosts_count, "quotes": post.quotes_count}
    shared = {
        "of": post,
        "kind": kind,
        "title": _TITLES[kind],
        "counts": counts,
        "is_stated": not post.is_local,
    }
    return page(request, "posts/thread/reactors.html", {**context, **shared})


likes = _people("like", "likes")
boosts = _people("boost", "boosts")


@methods("GET")
@signed_in
async def audience(request: Request, handle: str, post_id: int) -> HttpResponse:
    """Show the author who received a post to a circle. Raises NotFound for everybody else."""
    post = (await post_by_path(request, handle, post_id)).shown
    max_id = query_number(request, "max_id")
    rows = await audience_of(post.id, request.identity, limit=PAGE_SIZE, max_id=max_id)
    profiles = await load_profiles([who for _, who in rows])
    context = {
        "people": [profiles[who] for _, who in rows if who in profiles],
        "older": rows[-1][0] if len(rows) >= PAGE_SIZE else None,
        "empty": _NONE_KNOWN,
    }
    return _page(request, post, "audience", context)


@methods("GET")
async def quotes(request: Request, handle: str, post_id: int) -> HttpResponse:
    post = (await post_by_path(request, handle, post_id)).shown
    found = await quotes_of(post_id, request.identity, requested_page(request))
    shown = await apply_filters(found, request.identity, FilterContext.thread)
    context = {
        "posts": shown,
        "quoted_id": post.id if request.identity and post.author_id == request.identity.pk else None,
        "older": next_max_id(found),
        "empty": _("Nobody has quoted this post."),
    }
    return _page(request, post, "quotes", context)
