"""Revoking a quote of the author's own post."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.posts.queries.posts import get_own_post, get_post
from activities.quotes.services.quotes import revoke as revoke_quote
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from core.pages.addresses import path_to
from web.pages import page, redirect_with_message, signed_in
from web.paths import name_on


@methods("GET", "POST")
@signed_in
async def revoke(request: Request, post_id: int, quoting_id: int) -> HttpResponse:
    """Ask before a quote is revoked: this can't be undone."""
    post = await get_own_post(post_id, request.identity)
    quoting = await get_post(quoting_id, request.identity)
    if quoting.quote_of_id != post.id or not quoting.shows_quote:
        raise NotFound(_("This post doesn't quote yours any more."))
    if request.method == "GET":
        return page(request, "posts/own/revoke_quote.html", {"post": post, "quoting": quoting})
    await revoke_quote(author=request.identity, quoted_id=post.id, quoting_id=quoting.id)
    back = path_to("post-quotes", handle=name_on(request.domain, post.author), post_id=post.id)
    return redirect_with_message(request, back, _("Your post was removed from the quote."))
