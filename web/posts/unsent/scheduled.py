"""Scheduled posts: list, cancel and retry."""

from django.http import HttpResponse

from activities.scheduled_posts import services as scheduled_posts
from activities.scheduled_posts.queries import scheduled_posts_of, uploads
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from web.pages import page, redirect_with_message, signed_in
from web.timelines.timelines import PAGE_SIZE, requested_page


@methods("GET")
@signed_in
async def scheduled(request: Request) -> HttpResponse:
    rows = await scheduled_posts_of(request.identity, requested_page(request))
    drafts = [scheduled_posts.draft_of(row) for row in rows]
    files = await uploads(request.identity, {one for draft in drafts for one in draft.files})
    items = [
        {"row": row, "draft": draft, "files": [files[one] for one in draft.files if one in files]}
        for row, draft in zip(rows, drafts, strict=True)
    ]
    context = {"items": items, "older": rows[-1].pk if len(rows) >= PAGE_SIZE else None}
    return page(request, "posts/scheduled.html", context)


@methods("POST")
@signed_in
async def cancel(request: Request, scheduled_id: int) -> HttpResponse:
    await scheduled_posts.cancel(author=request.identity, scheduled_id=scheduled_id)
    return redirect_with_message(request, path_to("scheduled"), "Scheduled post deleted.")


@methods("POST")
@signed_in
async def try_again(request: Request, scheduled_id: int) -> HttpResponse:
    await scheduled_posts.retry(author=request.identity, scheduled_id=scheduled_id)
    return redirect_with_message(
        request,
        path_to("scheduled"),
        "It will be published in a moment. If it fails again, you will find it here with the reason.",
    )
