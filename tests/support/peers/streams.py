"""A live streaming server like Owncast: its posts have no video, but its page names a player."""

from html import escape
from typing import Any

from tests.support.peers.http import Actor, Received, Reply
from tests.support.peers.peer import FakePeer

PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


class OwncastPeer(FakePeer):
    """A streaming server. `site` is its address for browsers, with https, which the peer itself doesn't speak."""

    software = "owncast"
    site = "https://stream.test"

    def actor_document(self, actor: Actor) -> dict[str, Any]:
        return super().actor_document(actor) | {"type": "Service", "url": actor.uri}

    def going_live(self, actor: Actor, words: str = "The looms are running!") -> dict[str, Any]:
        """Return the post that announces a stream: text, hashtag links, a link to the server, and an attachment that is not in a list."""
        tag = {"type": "Hashtag", "name": "#weaving", "href": "https://directory.test/tags/weaving"}
        link = f'<a class="hashtag" href="{tag["href"]}">#weaving</a>'
        picture = {
            "type": "Image",
            "content": "Live stream preview",
            "url": f"{self.base_url}/preview.gif?us=Xq1",
        }
        said = f'<p>{words}</p><p></p><p>{link}</p><a href="{self.base_url}">{self.base_url}</a>'
        public = "https://www.w3.org/ns/activitystreams#Public"
        return self.note(actor, said, to=public, audience=public, cc=[], tag=tag, attachment=picture)

    def show(self, request: Received) -> Reply:
        if request.path == "/":
            return Reply(200, self.page().encode(), "text/html")
        if request.path in {"/preview.gif", "/thumbnail.jpg"}:
            return Reply(200, PIXEL, "image/gif")
        return super().show(request)

    def page(self) -> str:
        """Return the page of the stream. All meta tags use `property`, even Twitter's, and a script sets the title."""
        player = f"{self.site}/embed/video"
        facts = {
            "og:title": "Loom & thread",
            "og:site_name": "Loom & thread",
            "og:url": f"{self.site}/",
            "og:description": "Weaving, live",
            "og:type": "video.other",
            "og:image": f"{self.base_url}/thumbnail.jpg",
            "og:video": player,
            "og:video:secure_url": player,
            "og:video:width": "560",
            "og:video:height": "315",
            "og:video:type": "text/html",
            "twitter:card": "player",
            "twitter:player": player,
            "twitter:player:width": "560",
            "twitter:player:height": "315",
        }
        tags = "".join(
            f'<meta property="{name}" content="{escape(value)}"/>' for name, value in facts.items()
        )
        return f'<!DOCTYPE html><html lang="en"><head><meta charSet="utf-8"/><script>window.x = {{}};</script>{tags}<title></title></head></html>'
