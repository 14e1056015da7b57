"""Notices to connected clients: ids on one channel, sent in the transaction of the change.

The web processes receive them and decide who sees what (api/streaming). Triggers send three more: `notified` for every new notification,
`token` for every token that ended (api/migrations/0004), `access_ended` when somebody may not act any more (api/migrations/0006).
"""

from collections.abc import Collection

from activities.posts.events import FollowersPiece
from activities.posts.models import Post
from core.db.pubsub import in_pieces, publish
from users.identities.models import Identity

CHANNEL = "takahe_live"
REACTED = "reacted "


async def posts_appeared(ids: Collection[int]) -> None:
    """Announce that these posts and boosts are in home and other timelines now."""
    await publish(CHANNEL, list(in_pieces("update", ids)))


async def posts_reached_homes(pieces: list[FollowersPiece]) -> None:
    """Announce that posts are at home of further followers; the first ones hear of it by `posts_appeared`."""
    later = [f"at_home {one.post_id}:{one.after}:{one.before}" for one in pieces if not one.is_first]
    if later:
        await publish(CHANNEL, later)


async def posts_changed(ids: Collection[int]) -> None:
    """Announce that these posts were edited."""
    await publish(CHANNEL, list(in_pieces("status.update", ids)))


async def reactions_changed(post: Post, identity: Identity) -> None:
    """Announce that a post has a reaction more or less. Web processes gather these: many people may react within moments."""
    await publish(CHANNEL, [f"{REACTED}{post.pk}"])


async def posts_left(ids: Collection[int]) -> None:
    """Announce that these posts and boosts were deleted; their rows still exist."""
    await publish(CHANNEL, list(in_pieces("delete", ids)))


async def filters_changed(identity_id: int) -> None:
    """Announce that an identity's filters changed."""
    await publish(CHANNEL, [f"filters_changed {identity_id}"])


async def announcement_changed(announcement_id: int) -> None:
    """Tell connected clients of an announcement, new or edited."""
    await publish(CHANNEL, [f"announcement {announcement_id}"])


async def announcement_removed(announcement_id: int) -> None:
    await publish(CHANNEL, [f"announcement.delete {announcement_id}"])


async def reaction_changed(announcement_id: int, name: str) -> None:
    """Announce that the number of people with this reaction to an announcement changed."""
    await publish(CHANNEL, [f"announcement.reaction {announcement_id} {name}"])
