"""Ten kinds of servers that differ in ids, keys, signatures, likes, undos and deletions."""

from typing import Any

from tests.support.peers.http import Actor
from tests.support.peers.peer import FakePeer
from tests.support.peers.signing import rfc9421_headers
from tests.support.peers.software import FedifyPeer, GoToSocialPeer, MastodonPeer, SnacPeer

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"


class Dialect(FakePeer):
    """A peer that composes activities as Mastodon does. Subclasses override what their software does differently."""

    reacts = False  # supports emoji reactions
    has_groups = False
    reuses_ids = False  # a repeated activity has the same id as the first one
    note_type = "Note"
    actor_type = "Person"
    public = PUBLIC

    def actor_document(self, actor: Actor) -> dict[str, Any]:
        return {**super().actor_document(actor), "type": actor.extra.get("type", self.actor_type)}

    def follow(self, actor: Actor, target: str) -> dict[str, Any]:
        return self.activity(actor, "Follow", target)

    def block(self, actor: Actor, target: str) -> dict[str, Any]:
        return self.activity(actor, "Block", target)

    def like(self, actor: Actor, post: str) -> dict[str, Any]:
        return self.activity(actor, "Like", post)

    def react(self, actor: Actor, post: str, emoji: str) -> dict[str, Any]:
        return self.activity(actor, "EmojiReact", post, content=emoji, tag=self.emoji_tags(emoji))

    def emoji_tags(self, emoji: str) -> list[dict[str, Any]]:
        """Return the tag of a custom emoji, written as `:shortcode:`."""
        if not emoji.startswith(":"):
            return []
        name = emoji.strip(":")
        icon = {"type": "Image", "mediaType": "image/png", "url": f"{self.base_url}/emoji/{name}.png"}
        return [{"id": f"{self.base_url}/emoji/{name}", "type": "Emoji", "name": emoji, "icon": icon}]

    def boost(self, actor: Actor, post: str) -> dict[str, Any]:
        return self.activity(actor, "Announce", post, to=[self.public], cc=[f"{actor.uri}/followers"])

    def undo(self, actor: Actor, undone: dict[str, Any]) -> dict[str, Any]:
        inner = {name: value for name, value in undone.items() if name != "@context"}
        return self.activity(actor, "Undo", inner)

    def compose(self, actor: Actor, **extra: Any) -> dict[str, Any]:
        """Return a new Note, or whatever type this software writes instead."""
        return self.note(actor, type=self.note_type, **({"to": [self.public]} | extra))

    def create(self, actor: Actor, note: dict[str, Any]) -> dict[str, Any]:
        return self.activity(actor, "Create", note, to=note["to"], cc=note.get("cc", []))

    def update(self, actor: Actor, note: dict[str, Any]) -> dict[str, Any]:
        return self.activity(actor, "Update", note, to=note["to"], cc=note.get("cc", []))

    def delete(self, actor: Actor, note: dict[str, Any]) -> dict[str, Any]:
        return self.activity(actor, "Delete", {"id": note["id"], "type": "Tombstone"}, to=[PUBLIC])

    def delete_actor(self, actor: Actor) -> dict[str, Any]:
        return self.activity(actor, "Delete", actor.uri, id=f"{actor.uri}#delete", to=[PUBLIC])

    def announce(self, group: Actor, value: Any) -> dict[str, Any]:
        """Announce an activity to the followers of a group (FEP-1b12)."""
        return self.activity(group, "Announce", value, to=[PUBLIC], cc=[f"{group.uri}/followers"])


class Mastodon(Dialect, MastodonPeer):
    pass


class GoToSocial(GoToSocialPeer, Dialect):
    """A peer that deletes with only the id of the object."""

    def delete(self, actor: Actor, note: dict[str, Any]) -> dict[str, Any]:
        return self.activity(actor, "Delete", note["id"], to=[PUBLIC])


class Snac(SnacPeer, Dialect):
    """A peer that sends a single value where others send a list of one."""

    def compose(self, actor: Actor, **extra: Any) -> dict[str, Any]:
        note = super().compose(actor, **extra)
        note["to"] = note["to"][0] if len(note["to"]) == 1 else note["to"]
        return note


class Fedify(FedifyPeer, Dialect):
    """A peer that signs with RFC 9421."""

    def signed(
        self, actor: Actor, url: str, body: bytes = b"", *, method: str = "POST", **options: Any
    ) -> dict[str, str]:
        date = options.get("date")
        created = None if date is None else int(date.timestamp())
        return rfc9421_headers(actor.key, actor.key_id, method, url, body, created=created)


class Misskey(Dialect):
    """A peer that reacts with a Like that has content, and abbreviates the public collection."""

    software = "misskey"
    reacts = True
    public = "as:Public"

    def react(self, actor: Actor, post: str, emoji: str) -> dict[str, Any]:
        tags = self.emoji_tags(emoji)
        return self.activity(actor, "Like", post, content=emoji, _misskey_reaction=emoji, tag=tags)

    def delete(self, actor: Actor, note: dict[str, Any]) -> dict[str, Any]:
        return self.activity(actor, "Delete", {"id": note["id"], "type": "Tombstone"})


class Akkoma(Dialect):
    """A peer that undoes by id and adds a `context` to the Undo."""

    software = "akkoma"
    reacts = True

    def undo(self, actor: Actor, undone: dict[str, Any]) -> dict[str, Any]:
        return self.activity(actor, "Undo", undone["id"], context=f"{self.base_url}/contexts/1")


class BookWyrm(Dialect):
    """A peer that deletes with the id of the Create and the whole object."""

    software = "bookwyrm"

    def create(self, actor: Actor, note: dict[str, Any]) -> dict[str, Any]:
        return super().create(actor, note) | {"id": f"{note['id']}/activity"}

    def delete(self, actor: Actor, note: dict[str, Any]) -> dict[str, Any]:
        return self.activity(actor, "Delete", note, id=f"{note['id']}/activity")


class Lemmy(Dialect):
    """A peer whose Like has a list of one object."""

    software = "lemmy"
    has_groups = True

    def like(self, actor: Actor, post: str) -> dict[str, Any]:
        return self.activity(actor, "Like", [post])


class WordPress(Dialect):
    """A peer whose actors are of type Service and write articles."""

    software = "wordpress"
    actor_type = "Service"
    note_type = "Article"

    def compose(self, actor: Actor, **extra: Any) -> dict[str, Any]:
        return super().compose(actor, name="A title", **extra)


class Pixelfed(Dialect):
    """A peer that deletes with the type of the deleted object.

    It reuses the ids of repeated activities, as the Misskey family does for follows.
    """

    software = "pixelfed"
    reuses_ids = True

    def delete(self, actor: Actor, note: dict[str, Any]) -> dict[str, Any]:
        return self.activity(actor, "Delete", {"id": note["id"], "type": "Note"})


DIALECTS: tuple[type[Dialect], ...] = (
    Mastodon,
    GoToSocial,
    Snac,
    Fedify,
    Misskey,
    Akkoma,
    BookWyrm,
    Lemmy,
    WordPress,
    Pixelfed,
)
