"""Jobs of custom emoji, and removal of deleted or replaced pictures."""

from datetime import timedelta

from core.db import release_connection
from core.errors import Invalid, Unavailable
from core.media import children, limits
from core.media.locations import media_root
from core.media.messages import Pack, ReadPack
from stator import Outcome, every, failed, later, to
from users.emojis import events
from users.emojis.models import EmojiPack, EmojiPackGraph, EmojiRemoval, EmojiRemovalGraph
from users.emojis.services import packs, pictures, remote

_MORE = later("more posts show it", timedelta(), is_attempt=False)


@EmojiRemovalGraph.removing.each(concurrency=1)
async def remove_from_posts(removal: EmojiRemoval) -> Outcome:
    """Remove a picture from a bounded number of posts and profiles. Delete its files once none uses it."""
    if await events.on_picture_removed.emit(removal):
        return _MORE
    return to(EmojiRemovalGraph.removed, lambda: pictures.discard([removal.file, removal.static_file]))


@EmojiPackGraph.waiting.each(lease=timedelta(seconds=limits.VIDEO_TIMEOUT_S * 1.2), concurrency=1)
async def read_pack(pack: EmojiPack) -> Outcome:
    """Convert the emoji of an uploaded pack, or record why it can't be read."""
    await release_connection()
    try:
        found = await children.run_long(ReadPack(root=str(media_root()), raw=pack.raw_file))
    except Invalid as problem:
        refusal = problem.stored()
        return to(EmojiPackGraph.refused, lambda: packs.refuse(pack, refusal))
    except Unavailable as problem:
        return later(problem.detail)
    if not isinstance(found, Pack):
        return failed(f"the child answered {type(found).__name__}")
    return to(EmojiPackGraph.ready, lambda: packs.complete(pack, found.entries))


@every(timedelta(hours=1), name="users.old_emoji_packs")
async def remove_old_packs() -> int:
    """Delete packs older than a day from which nothing was imported."""
    return await packs.remove_old_packs()


@every(timedelta(hours=6), name="users.unseen_emojis")
async def remove_unseen_emojis() -> int:
    """Delete remote emoji that no document has used for half a year."""
    return await remote.remove_unseen_emojis()
