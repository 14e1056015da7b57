"""Events of custom emoji, for the packages above."""

from collections.abc import Sequence

from core.events import Event
from users.emojis.models import EmojiRemoval

# (removal): take the old picture out of the copies; return True when there may be more of them
on_picture_removed: Event[EmojiRemoval] = Event("emoji_picture_removed")
on_files_unused: Event[Sequence[str]] = Event("emoji_files_unused")  # (names): no emoji has them any more
