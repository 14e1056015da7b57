"""Jobs of the worker: forgetting who left circles."""

from datetime import timedelta

from stator import every
from users.circles import services


@every(timedelta(minutes=10), name="users.left_circles")
async def delete_old_left() -> None:
    """Delete memberships that an Undo can't restore any more."""
    await services.delete_old_left()
