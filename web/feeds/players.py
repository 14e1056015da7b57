"""Players of other sites (YouTube, PeerTube, Bandcamp …), each inside one of our own pages: only that page may frame anything of the site."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from activities.posts.queries.posts import get_post
from activities.posts.queries.views import CardView
from activities.trends import queries as trends
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from federation.peers import host_of
from users.domains.queries import is_local_host
from web.pages import check_open

_TRENDING = 40  # more than Explore shows, because an open page may contain older trends
_WITHOUT_COOKIES = dict.fromkeys(("www.youtube.com", "youtube.com"), "www.youtube-nocookie.com")


@methods("GET")
async def player(request: Request, post_id: int) -> HttpResponse:
    """Show the player of a post's card: only that site, in a sandbox, and only inside pages of this server."""
    return await _player(request, (await get_post(post_id, request.identity)).shown.card)


@methods("GET")
async def player_of_link(request: Request, card_id: int) -> HttpResponse:
    """Show the player of a trending link, to everyone who may see Explore."""
    check_open(request)
    links = await trends.trending_links(trends.Trending(request.domain, _TRENDING))
    return await _player(request, next((card for card in links if card.id == card_id), None))


async def _player(request: Request, card: CardView | None) -> HttpResponse:
    address = _playing(card.player_url) if card else ""
    if not card or not address or await is_local_host(host_of(address)):
        raise NotFound(_("There is no such post."))
    body = render_to_string("posts/embed/player.html", {"card": card, "address": address}, request)
    response = HttpResponse(body, headers={"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"})
    response.security_policy = {  # read by core/middleware/security.py
        "frame_src": f"https://{host_of(address)}",
        "frame_ancestors": "'self'",
        "script_src": "'none'",
    }
    return response


def _playing(address: str) -> str:
    """Return the URL of a player with autoplay, because the user pressed Play; for YouTube the one without cookies."""
    if not host_of(address):
        return ""
    parts = urlsplit(address)
    query = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "autoplay"
    ]
    host = _WITHOUT_COOKIES.get(parts.netloc.lower(), parts.netloc)
    return urlunsplit(("https", host, parts.path, urlencode([*query, ("autoplay", "1")]), ""))
