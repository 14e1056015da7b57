"""The jobs of custom emoji, and the end of pictures that were deleted or replaced."""

from datetime import timedelta

from stator import Outcome, every, later, to
from users.emojis import events
from users.emojis.models import EmojiRemoval, EmojiRemovalGraph
from users.emojis.services import pictures, remote

_MORE = later("more posts show it", timedelta(), is_attempt=False)


@EmojiRemovalGraph.removing.each(concurrency=1)
async def take_out_of_posts(removal: EmojiRemoval) -> Outcome:
    """Take a picture out of a bounded number of posts and profiles; delete its files when none shows it."""
    if await events.on_picture_removed.happened(removal):
        return _MORE
    return to(EmojiRemovalGraph.removed, lambda: pictures.discard([removal.file, removal.static_file]))


@every(timedelta(hours=6), name="users.unseen_emojis")
async def remove_unseen_emojis() -> int:
    """Delete emoji of other servers that nothing has named for half a year."""
    return await remote.remove_unseen()
