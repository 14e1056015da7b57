"""Captions of videos and audio, for the players of our pages and of other servers."""

from django.http import HttpResponse

from activities.media.queries import captions_at
from activities.media.services.captions import remote_captions
from activities.posts.queries.posts import get_post
from core.asgi.decorators import methods, without_session
from core.asgi.request import Request
from core.errors import NotFound
from core.media.captions import CONTENT_TYPE
from federation.peers import host_of
from users.logins.services.guess_limits import limit_tries
from web.pages import signed_in

_FETCHES, _WINDOW_S = 120, 30 * 60


@methods("GET")
@without_session
async def own(request: Request, name: str) -> HttpResponse:
    """Serve the captions at their secret address, which changes with every edit."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Access-Control-Allow-Origin": "*"}
    return HttpResponse(await captions_at(name), content_type=CONTENT_TYPE, headers=headers)


@methods("GET")
@signed_in
async def remote(request: Request, post_id: int, attachment_id: int, number: int) -> HttpResponse:
    """Serve captions of a remote post to a viewer who may see it. Players request them when captions are turned on."""
    post = (await get_post(post_id, request.identity)).shown
    tracks = [track for item in post.attachments if item.id == attachment_id for track in item.captions]
    if post.is_local or number >= len(tracks):
        raise NotFound
    await limit_tries(f"captions:{request.identity.pk}", _FETCHES, _WINDOW_S)
    text = await remote_captions(url=tracks[number].url, owner_host=host_of(post.author.uri))
    return HttpResponse(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "private, max-age=86400"})
