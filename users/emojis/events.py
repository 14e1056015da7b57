"""Events of custom emoji, for the packages above."""

from collections.abc import Sequence

from core.events import Event
from users.emojis.models import EmojiRemoval

# (removal): remove the old picture from the copies; return True if there may be more
on_picture_removed: Event[EmojiRemoval] = Event("emoji_picture_removed")
on_files_unused: Event[Sequence[str]] = Event(
    "emoji_files_unused"
)  # (names): no emoji uses these files any more
