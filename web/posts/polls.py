"""Voting in a poll. With htmx only the poll is rendered again, otherwise the whole page."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.polls import services as polls
from activities.posts.queries.posts import get_post
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput
from core.pages.addresses import path_to
from web.error_messages import error_message
from web.pages import is_htmx, next_path, redirect_with_message, render_partial, signed_in


@methods("POST")
@signed_in
async def vote(request: Request, post_id: int) -> HttpResponse:
    problem = await _refusal(request, post_id)
    if is_htmx(request):
        post = await get_post(post_id, request.identity)
        context = {"shown": post.shown, "poll_problem": problem, "has_answered": True}
        return render_partial(request, "posts/parts/_poll.html", context)
    back = next_path(request, path_to("home"))
    return (
        redirect_with_message(request, back, problem, kind="bad")
        if problem
        else redirect_with_message(request, back, _("Your vote was counted."))
    )


async def _refusal(request: Request, post_id: int) -> str:
    """Return why the vote does not count; empty if it does."""
    given = request.POST.getlist("choice")
    chosen = [int(place) for place in given if place.isascii() and place.isdigit() and len(place) < 4]
    if not chosen:
        return _("Choose an option first.")
    try:
        await polls.vote(identity=request.identity, post_id=post_id, choices=chosen)
    except BadInput as refusal:
        return error_message(refusal)
    return ""
