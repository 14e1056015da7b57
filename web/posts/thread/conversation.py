"""A post with its thread, as a tree; its earlier versions."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters, with_warnings
from activities.polls import services as polls
from activities.posts.queries import posts, threads
from activities.posts.queries.revisions import history
from activities.posts.queries.views import PostView
from activities.posts.text import LINK_LENGTH
from activities.threads.services.requests import request_walk
from activities.totals import services as totals
from core import clock
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotFound
from federation.negotiation import wants_activitypub
from users.domains.queries import limits_of
from users.identities.models import Identity
from web.pages import page, query_number, render_partial
from web.people.profiles import identity_by_path
from web.posts.replying import form_values, reply_values
from web.posts.thread.late_replies import polling_context
from web.posts.thread.tree import MAX_LEVEL, Thread, chain

_ANCESTORS = 20  # the nearest ones; the first of these links to the page with earlier ones
_MIN_CHAIN = 3  # consecutive posts by one author that get a page of their own


@methods("GET")
async def conversation(request: Request, handle: str, post_id: int) -> HttpResponse:
    if wants_activitypub(request):
        return HttpResponse(
            status=302, headers={"Location": await _document_of(request, handle, post_id), "Vary": "Accept"}
        )
    post = await post_by_path(request, handle, post_id)
    since = clock.now()
    around = await threads.context(post_id, request.identity)
    viewer = request.identity
    more: dict[str, object] = {}
    if viewer is not None:
        await totals.request_totals(post)
        more = polling_context(await request_walk(post_id), since, request.path)
        more["reply"] = form_values(viewer) | reply_values(viewer, post.shown)
        more |= {"limit": (await limits_of(viewer.domain_id)).characters, "link_length": LINK_LENGTH}
        if post.shown.question is not None and not post.shown.is_local:
            await polls.request_results(post.shown.id)
    ancestors = await apply_filters(around.ancestors, viewer, FilterContext.thread)
    descendants = await apply_filters(around.descendants, viewer, FilterContext.thread)
    line = chain(post.shown, ancestors, descendants, around.parents)
    after = query_number(request, "after") or 0
    context = {
        "post": await with_warnings(post, viewer, FilterContext.thread),
        "ancestors": ancestors[-_ANCESTORS:],
        "earlier": ancestors[-_ANCESTORS - 1] if len(ancestors) > _ANCESTORS else None,
        "replies": Thread(post.shown, descendants, around.parents).tree(after=after),
        "has_reader": len(line) >= _MIN_CHAIN,
        "thread": True,
        "is_locked": around.is_locked,
        "groups": around.groups,
        "expires_at": around.expires_at,
        "since": since.isoformat(),
        **more,
    }
    return page(request, "posts/thread/thread.html", context)


async def post_by_path(request: Request, handle: str, post_id: int) -> PostView:
    """Return the post at `/@handle/id`. Raises NotFound if it has another author."""
    post = await posts.get_post(post_id, request.identity)
    author = await identity_by_path(request, handle)
    if author.pk != post.author_id:
        raise NotFound(_("There is no such post."))
    return post


@methods("GET")
async def replies(request: Request, post_id: int) -> HttpResponse:
    """Return a folded branch, for a page that expands it in place; without scripts its link leads to the post's own page."""
    level = query_number(request, "level") or 0
    if level > MAX_LEVEL:
        raise BadInput(_("There is no such page: level is too high."), status=400)
    post, thread = await _thread_of(post_id, request.identity)
    context = {
        "parent": post,
        "replies": thread.tree(level=level, after=query_number(request, "after") or 0),
        "level": level,
        "thread": True,
    }
    return render_partial(request, "posts/thread/_replies.html", context)


async def _thread_of(post_id: int, viewer: Identity | None) -> tuple[PostView, Thread]:
    post = (await posts.get_post(post_id, viewer)).shown
    around = await threads.context(post_id, viewer)
    descendants = await apply_filters(around.descendants, viewer, FilterContext.thread)
    return post, Thread(post, descendants, around.parents)


@methods("GET")
async def reader(request: Request, handle: str, post_id: int) -> HttpResponse:
    """Show an author's chain of posts around this one as one text."""
    post = (await post_by_path(request, handle, post_id)).shown
    around = await threads.context(post_id, request.identity)
    line = chain(post, around.ancestors, around.descendants, around.parents)
    context: dict[str, Any] = {
        "first": line[0],
        "line": await apply_filters(line, request.identity, FilterContext.thread),
        "thread": True,
    }
    return page(request, "posts/thread/reader.html", context)


async def _document_of(request: Request, handle: str, post_id: int) -> str:
    """Return the path of the document of a local author's post; the view there checks access."""
    author = await identity_by_path(request, handle)
    uri = await posts.uri_of(post_id, author_id=author.pk)
    if uri is None:
        raise NotFound
    return uri


@methods("GET")
async def versions(request: Request, post_id: int) -> HttpResponse:
    post = await posts.get_post(post_id, request.identity)
    revisions = await history(post_id, request.identity)
    return page(request, "posts/versions.html", {"post": post, "revisions": revisions[::-1]})
