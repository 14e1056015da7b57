"""Notices to connected clients: ids on one channel, sent in the transaction of the change.

The web processes receive them and decide who gets what (api/streaming). Triggers send three more: `notified` for every new notification,
`token` for every revoked token (api/migrations/0004), `access_ended` when a login loses access to an identity (api/migrations/0006).
"""

from collections.abc import Collection

from activities.posts.events import FollowersPiece
from activities.posts.models import Post
from activities.streaming.queries import readers_of_named
from core.db.pubsub import batched_payloads, publish
from users.identities.models import Identity

CHANNEL = "takahe_live"
REACTED = "reacted "


async def publish_new_posts(ids: Collection[int]) -> None:
    """Announce new posts and boosts, which are in home and other timelines now."""
    await publish(CHANNEL, list(batched_payloads("update", ids)))


async def publish_added_to_homes(pieces: list[FollowersPiece]) -> None:
    """Announce that posts were added to the home timelines of further followers; `publish_new_posts` covers the first ones."""
    later = [f"at_home {one.post_id}:{one.after}:{one.before}" for one in pieces if not one.is_first]
    if later:
        await publish(CHANNEL, later)


async def publish_edits(ids: Collection[int]) -> None:
    """Announce edits of posts."""
    await publish(CHANNEL, list(batched_payloads("status.update", ids)))


async def reactions_changed(post: Post, identity: Identity) -> None:
    """Announce that a post's reactions changed. Web processes collect these, because many may arrive within moments."""
    await publish(CHANNEL, [f"{REACTED}{post.pk}"])


async def publish_results(ids: Collection[int]) -> None:
    """Announce that the numbers of polls changed, or that they ended. Web processes collect these, as reactions."""
    await publish(CHANNEL, [f"{REACTED}{post_id}" for post_id in ids])


async def publish_deletions(ids: Collection[int]) -> None:
    """Announce that these posts and boosts were deleted; their rows and mentions still exist.

    The notice of a post for a few says for whom, because its mentions may be deleted when it is read.
    """
    few = await readers_of_named(ids)
    await publish(CHANNEL, list(batched_payloads("delete", [one for one in ids if one not in few])))
    for post_id, readers in few.items():
        await publish(CHANNEL, list(batched_payloads(f"delete_for {post_id}", readers)))


async def publish_joined_conversations(conversation_id: int, joined: list[int]) -> None:
    """Announce that conversations were merged, and have this id from now on."""
    await publish(CHANNEL, [f"joined {conversation_id}:{one}" for one in joined if one != conversation_id])


async def publish_filter_change(identity_id: int) -> None:
    """Announce that an identity's filters changed."""
    await publish(CHANNEL, [f"filters_changed {identity_id}"])


async def publish_notifications_read(identity: Identity) -> None:
    """Announce that an identity's notifications were read, in an app or on a page."""
    await publish(CHANNEL, [f"notifications_read {identity.pk}"])


async def publish_vote(post: Post, identity: Identity) -> None:
    """Announce that an identity voted, so that its other open pages show the results."""
    await publish(CHANNEL, [f"voted {identity.pk} {post.pk}"])


async def publish_announcement(announcement_id: int) -> None:
    """Publish a new or edited announcement."""
    await publish(CHANNEL, [f"announcement {announcement_id}"])


async def publish_announcement_removal(announcement_id: int) -> None:
    await publish(CHANNEL, [f"announcement.delete {announcement_id}"])


async def publish_announcement_reaction(announcement_id: int, name: str) -> None:
    """Announce that the number of these reactions to an announcement changed."""
    await publish(CHANNEL, [f"announcement.reaction {announcement_id} {name}"])
