"""Public posts embedded in other sites: the page in a frame, which anyone may show, and its HTML code."""

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _

from activities.posts.queries.frame_height import frame_height
from activities.posts.queries.posts import get_post
from activities.posts.queries.views import PostView
from core.asgi.decorators import methods, policy, without_session
from core.asgi.request import Request
from core.errors import NotFound
from core.pages.addresses import path_to
from users.domains.models import Domain
from web.pages import page
from web.paths import name_on
from web.people.profiles import identity_by_path
from web.templatetags.previews import embeddable

_CACHED = "public, max-age=60, s-maxage=60"
_SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"


def _check_embeddable(post: PostView) -> None:
    """Raise NotFound for posts that are not visible to everybody, for boosts, and for remote posts, whose own servers may embed them."""
    if not embeddable(post):
        raise NotFound(_("There is no such post."))


def frame_address(domain: Domain, post: PostView) -> str:
    """Return the URL of a post's frame page, on the current domain."""
    return domain.base_url + path_to("embed", handle=name_on(domain, post.author), post_id=post.id)


@methods("GET")
@without_session
@policy(frame_ancestors="*")
async def frame(request: Request, handle: str, post_id: int) -> HttpResponse:
    """Show a post as an anonymous visitor sees it. Reads no cookie and sets none, so that the embedding page learns nothing about the reader."""
    post = await get_post(post_id, None)
    _check_embeddable(post)
    author = await identity_by_path(request, handle)
    if author.pk != post.author_id:
        raise NotFound(_("There is no such post."))
    body = render_to_string("posts/embed/frame.html", {"post": post, "shown": post}, request)
    return HttpResponse(
        body, headers={"Cache-Control": _CACHED, "Vary": "Accept-Language", "X-Robots-Tag": "noindex"}
    )


@methods("GET")
async def code(request: Request, post_id: int) -> HttpResponse:
    """Show the code that embeds a post in another site."""
    post = await get_post(post_id, None)
    _check_embeddable(post)
    height = frame_height(post)
    context = {
        "post": post,
        "address": frame_address(request.domain, post),
        "sandbox": _SANDBOX,
        "height": height,
        "shape": format_html(
            'width="550" height="{}" style="max-width: 100%; border: 0" loading="lazy"', height
        ),
    }
    return page(request, "posts/embed/code.html", context)
