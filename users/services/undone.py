"""Activities that were taken back before they arrived: order is not guaranteed between servers."""

from core.db import sql
from federation.documents import MAX_URI, same_host


async def remember_undone(uri: str, *, actor_uri: str) -> None:
    """The activity with this id will have no effect when it comes. An actor takes back only what is of its own server."""
    if len(uri) <= MAX_URI and same_host(uri, actor_uri):
        await sql.run(
            "INSERT INTO users_undone (uri, created_at) VALUES (%s, now()) ON CONFLICT (uri) DO NOTHING",
            [uri],
        )


async def was_undone(uri: str) -> bool:
    """Whether the activity with this id was taken back before (primary key)."""
    return bool(uri) and await sql.value("SELECT 1 FROM users_undone WHERE uri = %s", [uri]) is not None
