"""The job that deletes expired invitations."""

from datetime import timedelta

from stator import every
from users.sharing import services


@every(timedelta(hours=1), name="users.expired_sharing")
async def remove_expired_invitations() -> None:
    await services.remove_expired()
