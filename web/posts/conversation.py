"""A post with its thread, its deliveries and its earlier versions."""

from django.http import HttpResponse

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters, with_warnings
from activities.polls import services as polls
from activities.posts.queries import posts, threads
from activities.posts.queries.revisions import history
from activities.threads.services.requests import request_walk
from activities.totals import services as totals
from core import clock
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from federation import queries as federation_reads
from federation.negotiation import wants_activitypub
from web.pages import page, signed_in
from web.people.profiles import identity_by_path
from web.posts.late_replies import polling_context


@methods("GET")
async def conversation(request: Request, handle: str, post_id: int) -> HttpResponse:
    if wants_activitypub(request):
        return HttpResponse(
            status=302, headers={"Location": await _document_of(request, handle, post_id), "Vary": "Accept"}
        )
    post = await posts.get_post(post_id, request.identity)
    author = await identity_by_path(request, handle)
    if author.pk != post.author_id:
        raise NotFound("There is no such post.")
    since = clock.now()
    around = await threads.context(post_id, request.identity)
    viewer = request.identity
    late: dict[str, object] = {}
    if viewer is not None:
        await totals.request_totals(post)
        late = polling_context(await request_walk(post_id), since, request.path)
        if post.shown.question is not None and not post.shown.is_local:
            await polls.request_results(post.shown.id)
    context = {
        "post": await with_warnings(post, viewer, FilterContext.thread),
        "ancestors": await apply_filters(around.ancestors, viewer, FilterContext.thread),
        "descendants": await apply_filters(around.descendants, viewer, FilterContext.thread),
        "thread": True,
        "is_locked": around.is_locked,
        "groups": around.groups,
        **late,
    }
    return page(request, "posts/conversation.html", context)


async def _document_of(request: Request, handle: str, post_id: int) -> str:
    """Return the path of the document of a local author's post; the view there decides who may read it."""
    author = await identity_by_path(request, handle)
    uri = await posts.uri_of(post_id, author_id=author.pk)
    if uri is None:
        raise NotFound
    return uri


@methods("GET")
@signed_in
async def deliveries(request: Request, post_id: int) -> HttpResponse:
    """Show the deliveries of the author's own post: delivered, pending, refused or dropped."""
    post = await posts.get_post(post_id, request.identity)
    if post.author_id != request.identity.pk:
        raise NotFound("There is no such post.")
    rows = await federation_reads.deliveries_of(post.uri)
    summary = await federation_reads.delivery_summary(post.uri)
    context = {"post": post, "deliveries": rows, "summary": summary}
    return page(request, "posts/deliveries.html", context)


@methods("GET")
async def versions(request: Request, post_id: int) -> HttpResponse:
    post = await posts.get_post(post_id, request.identity)
    revisions = await history(post_id, request.identity)
    return page(request, "posts/versions.html", {"post": post, "revisions": revisions[::-1]})
