"""Peers with groups: Lemmy, PieFed, Mbin, NodeBB, Guppe and Friendica. Members may be on other servers."""

import datetime as dt
from typing import Any
from urllib.parse import quote

from tests.support.peers.http import Actor
from tests.support.peers.peer import FakePeer

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
TITLE = "Cats in boxes"
LINK = "https://news.test/boxes"


class GroupPeer(FakePeer):
    """A peer that announces the whole Create activity of a member's post."""

    has_title = True
    has_link = True

    def add_group(self, name: str = "cats") -> Actor:
        uri = f"{self.base_url}/users/{name}"
        more = {"attributedTo": f"{uri}/moderators", "postingRestrictedToMods": False}
        return self.add_actor(name, type="Group", name=name.title(), featured=f"{uri}/featured", **more)

    def thread(self, home: FakePeer, author: Actor, group: Actor) -> dict[str, Any]:
        """Return a new thread by a member, served by the member's own server."""
        return self._served(home, author, **self.first_post(author, group))

    def reply(self, home: FakePeer, author: Actor, group: Actor, parent: dict[str, Any]) -> dict[str, Any]:
        answer = {"type": "Note", "content": "<p>Mine, too.</p>", **self.addressing(author, group)}
        return self._served(home, author, **answer, inReplyTo=parent["id"])

    def pass_on(self, group: Actor, written: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the activities that the group sends to its followers for a member's post."""
        return [self.announce(group, self.create(group, written))]

    def first_post(self, author: Actor, group: Actor) -> dict[str, Any]:
        link = [{"type": "Link", "href": LINK}]
        return {"type": "Page", "name": TITLE, "attachment": link, **self.addressing(author, group)}

    def addressing(self, author: Actor, group: Actor) -> dict[str, Any]:
        return {"to": [group.uri, PUBLIC], "cc": [], "audience": group.uri}

    def create(self, group: Actor, written: dict[str, Any]) -> dict[str, Any]:
        addressing = {name: written[name] for name in ("to", "cc", "audience") if name in written}
        around = {"type": "Create", "actor": written["attributedTo"], "object": written}
        return {"id": f"{written['id']}/create", **around, **addressing}

    def announce(self, group: Actor, value: Any) -> dict[str, Any]:
        return self.activity(group, "Announce", value, to=[PUBLIC], cc=[f"{group.uri}/followers"])

    def _served(self, home: FakePeer, author: Actor, **document: Any) -> dict[str, Any]:
        published = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)).isoformat()
        return home.note(author, document.pop("content", "<p>Look.</p>"), published=published, **document)


class LemmyPeer(GroupPeer):
    """A peer that announces each thread a second time, as a bare Page, for software that only knows boosts."""

    software = "lemmy"

    def first_post(self, author: Actor, group: Actor) -> dict[str, Any]:
        return {
            **super().first_post(author, group),
            "mediaType": "text/html",
            "sensitive": False,
            "language": {"identifier": "fr", "name": "Français"},
        }

    def pass_on(self, group: Actor, written: dict[str, Any]) -> list[dict[str, Any]]:
        sent = super().pass_on(group, written)
        return [*sent, self.announce(group, written)] if written["type"] == "Page" else sent


class PieFedPeer(GroupPeer):
    software = "piefed"

    def first_post(self, author: Actor, group: Actor) -> dict[str, Any]:
        return {**super().first_post(author, group), "commentsEnabled": True, "stickied": False}

    def reply(self, home: FakePeer, author: Actor, group: Actor, parent: dict[str, Any]) -> dict[str, Any]:
        made = super().reply(home, author, group, parent)
        return home.add_document({**made, "to": [PUBLIC], "cc": [group.uri, parent["attributedTo"]]})


class MbinPeer(GroupPeer):
    """A peer whose link posts have no text; their summary consists of title and hashtags."""

    software = "mbin"

    def first_post(self, author: Actor, group: Actor) -> dict[str, Any]:
        return {
            **super().first_post(author, group),
            "content": None,
            "contentMap": {"en": None},
            "summary": f"{TITLE} #cats",
            "source": LINK,
            "commentsEnabled": True,
        }


class NodeBBPeer(GroupPeer):
    """A peer that names the group only in `audience`. A topic is a Note with a name, and is boosted as well."""

    software = "nodebb"
    has_link = False

    def first_post(self, author: Actor, group: Actor) -> dict[str, Any]:
        return {"type": "Note", "name": TITLE, "summary": None, **self.addressing(author, group)}

    def addressing(self, author: Actor, group: Actor) -> dict[str, Any]:
        return {"to": [PUBLIC], "cc": [f"{author.uri}/followers"], "audience": group.uri}

    def pass_on(self, group: Actor, written: dict[str, Any]) -> list[dict[str, Any]]:
        sent = super().pass_on(group, written)
        return [*sent, self.announce(group, written["id"])] if "name" in written else sent

    def announce(self, group: Actor, value: Any) -> dict[str, Any]:
        about = value if isinstance(value, str) else value["object"]["id"]
        kind = "note" if isinstance(value, str) else "create"
        uri = f"{self.base_url}/post/{quote(about, safe='')}#activity/announce/{kind}"
        return {**super().announce(group, value), "id": uri}


class GuppePeer(GroupPeer):
    """A peer that boosts posts that mention the group; members use microblogging software."""

    software = "guppe"
    has_title = has_link = False

    def first_post(self, author: Actor, group: Actor) -> dict[str, Any]:
        return {"type": "Note", "content": "<p>@cats look!</p>", **self.addressing(author, group)}

    def addressing(self, author: Actor, group: Actor) -> dict[str, Any]:
        mention = {"type": "Mention", "href": group.uri, "name": f"@{group.username}"}
        return {"to": [PUBLIC], "cc": [f"{author.uri}/followers", group.uri], "tag": [mention]}

    def pass_on(self, group: Actor, written: dict[str, Any]) -> list[dict[str, Any]]:
        return [self.announce(group, written["id"])]


class FriendicaPeer(GuppePeer):
    """A peer that boosts like Guppe; a post with a title is an unlisted Article."""

    software = "friendica"
    has_title = True

    def first_post(self, author: Actor, group: Actor) -> dict[str, Any]:
        return {"type": "Article", "name": TITLE, "summary": "", **self.addressing(author, group)}

    def addressing(self, author: Actor, group: Actor) -> dict[str, Any]:
        return {**super().addressing(author, group), "to": [group.uri], "cc": [PUBLIC]}


DIALECTS = (LemmyPeer, PieFedPeer, MbinPeer, NodeBBPeer, GuppePeer, FriendicaPeer)
