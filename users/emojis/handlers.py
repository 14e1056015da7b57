"""The jobs of custom emoji."""

from datetime import timedelta

from stator import every
from users.emojis.services import remote


@every(timedelta(hours=6), name="users.unseen_emojis")
async def remove_unseen_emojis() -> int:
    """Delete emoji of other servers that nothing has named for half a year."""
    return await remote.remove_unseen()
