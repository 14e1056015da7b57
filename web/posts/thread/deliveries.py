"""The servers that a post was sent to: what they answered, and when those that did not are tried again."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.posts.models import Visibility
from activities.posts.queries import posts
from activities.posts.queries.views import PostView
from activities.posts.queries.writers import require_writer
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, TooMany
from core.numbers import Number
from core.pages.addresses import path_to
from core.ratelimit import take_exact
from federation import queries as federation_reads
from federation.sending import try_now
from users.roles.models import Permission
from web.pages import page, redirect_with_message, signed_in

_OPEN = {Visibility.public, Visibility.unlisted}
_TRIES_S = 60  # between two presses for one post


@methods("GET")
@signed_in
async def deliveries(request: Request, post_id: int) -> HttpResponse:
    """Show the deliveries of a local post to its author and to server staff: delivered, pending, refused or dropped."""
    post = await _post(request, post_id)
    rows = await federation_reads.deliveries_of(post.uri)
    summary = await federation_reads.delivery_summary(post.uri)
    context = {"post": post, "deliveries": rows, "summary": summary}
    return page(request, "posts/deliveries.html", context)


@methods("POST")
@signed_in
async def try_again(request: Request, post_id: int) -> HttpResponse:
    """Let the servers that the post still waits for be tried at once."""
    post = await _post(request, post_id)
    if not (await take_exact(f"deliveries:{post_id}", 1, _TRIES_S)).allowed:
        raise TooMany(_("They were tried a moment ago. Wait a minute."), retry_after_s=_TRIES_S)
    count = await try_now(post.uri)
    if count:
        words = ngettext("{count} server is being tried now.", "{count} servers are being tried now.", count)
    else:
        words = _(
            "Nothing can be tried earlier: the servers failed a moment ago, asked to wait, or are being tried."
        )
    path = path_to("posts-deliveries", post_id=post_id)
    return redirect_with_message(request, path, words.format(count=Number(count)))


async def _post(request: Request, post_id: int) -> PostView:
    """Return a local post that this login may follow on its way: its own, or for staff an open one. Raises NotFound.

    The servers of any other would tell whom its author writes to.
    """
    post = await posts.get_post(post_id, request.identity)
    is_own = post.author_id == request.identity.pk
    is_staffs = post.is_local and post.visibility in _OPEN and request.user.may(Permission.view_devops)
    if not is_own and not is_staffs:
        raise NotFound(_("There is no such post."))
    if is_own:
        await require_writer(post.id)
    return post
