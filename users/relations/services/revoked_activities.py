"""Activities that were revoked before they arrived, because the order is not guaranteed between servers.

The later signature counts, not the id: many servers give a second follow or like the id of the first. A current follow, block, like,
reaction or boost stores when it was last signed, so that nothing signed earlier changes it.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, Protocol

from core.db import sql
from federation.documents import MAX_URI, same_host

_REPLACED = "replaced "  # no id has this prefix


class Standing(Protocol):
    """The row of an activity that can be undone. `said_at` is null for local ones and those read from an outbox."""

    uri: str
    said_at: dt.datetime | None

    async def asave(self, *, update_fields: Iterable[str]) -> Any: ...


async def record_revoked(uri: str, *, actor_uri: str, said_at: dt.datetime) -> bool:
    """Record that the activity `uri` was revoked at `said_at`. Ids on another host than the actor's are ignored.

    Return False for a repeat of a known Undo, which can only refer to the row with this id.
    """
    if not uri or len(uri) > MAX_URI or not same_host(uri, actor_uri):
        return True
    return bool(
        await sql.value(
            """WITH before AS (SELECT said_at FROM users_undone WHERE uri = %(uri)s)
               INSERT INTO users_undone AS known (uri, said_at, created_at) VALUES (%(uri)s, %(said_at)s, now())
               ON CONFLICT (uri) DO UPDATE SET said_at = greatest(known.said_at, excluded.said_at), created_at = now()
               RETURNING coalesce((SELECT said_at FROM before) < %(said_at)s, true)""",
            {"uri": uri, "said_at": said_at},
        )
    )


async def was_revoked(uri: str, said_at: dt.datetime) -> bool:
    """Return whether the activity `uri`, sent at `said_at`, was revoked later (primary key).

    Both times are from the sender's clock, in whole seconds. A revocation within the same second is ignored, so that nothing is lost.
    """
    found = "SELECT 1 FROM users_undone WHERE uri = %s AND said_at > %s"
    return bool(uri) and await sql.value(found, [uri, said_at]) is not None


async def record_latest(word: str, *, host: str, uri: str, said_at: dt.datetime) -> bool:
    """Record when actors on `host` last changed a state of an object, such as "locked", in either direction. Return False if a later
    change is recorded.

    Primary key.
    """
    mark = latest_mark(word, host, uri)
    if len(mark) > MAX_URI:
        return True
    return bool(
        await sql.value(
            """INSERT INTO users_undone AS known (uri, said_at, created_at) VALUES (%s, %s, now())
               ON CONFLICT (uri) DO UPDATE SET said_at = excluded.said_at, created_at = now()
               WHERE known.said_at <= excluded.said_at RETURNING 1""",
            [mark, said_at],
        )
    )


async def record_latest_of(word: str, *, host: str, uris: Collection[str], said_at: dt.datetime) -> set[str]:
    """Record the same for several objects, and return those without a later change. Primary key."""
    marks = {mark: uri for uri in uris if len(mark := latest_mark(word, host, uri)) <= MAX_URI}
    latest = await sql.column(
        """INSERT INTO users_undone AS known (uri, said_at, created_at)
           SELECT mark, %(said_at)s, now() FROM unnest(%(marks)s::text[]) AS mark ORDER BY mark
           ON CONFLICT (uri) DO UPDATE SET said_at = excluded.said_at, created_at = now()
           WHERE known.said_at <= excluded.said_at RETURNING uri""",
        {"marks": list(marks), "said_at": said_at},
    )
    return {marks[mark] for mark in latest} | (set(uris) - set(marks.values()))


async def remember_early(word: str, *, host: str, uri: str, said_at: dt.datetime) -> None:
    """Record a decision of moderators on `host`, such as "locked", about an object that is unknown here."""
    mark = early_mark(word, host, uri)
    if uri and len(mark) <= MAX_URI:
        await sql.run(
            """INSERT INTO users_undone AS known (uri, said_at, created_at) VALUES (%s, %s, now())
               ON CONFLICT (uri) DO UPDATE SET said_at = greatest(known.said_at, excluded.said_at), created_at = now()""",
            [mark, said_at],
        )


async def forget_early(word: str, *, host: str, uri: str, said_at: dt.datetime) -> None:
    """Delete such a record made before `said_at` (primary key)."""
    mark = early_mark(word, host, uri)
    await sql.run("DELETE FROM users_undone WHERE uri = %s AND said_at <= %s", [mark, said_at])


async def decided_at(marks: Collection[str]) -> dict[str, dt.datetime]:
    """Return the times of the recorded decisions among these keys (primary key)."""
    return dict(
        await sql.rows("SELECT uri, said_at FROM users_undone WHERE uri = ANY(%s::text[])", [list(marks)])
    )


def early_mark(word: str, host: str, uri: str) -> str:
    """Return the key of a decision by `host`, or by the one actor there whose id is given instead. Ids contain no spaces."""
    return f"{word} {host} {uri}"


def latest_mark(word: str, host: str, uri: str) -> str:
    """Return the key of the latest decision, in either direction."""
    return early_mark(f"latest {word}", host, uri)


async def was_deleted(uri: str) -> bool:
    """Return whether its server deleted the object `uri` before it arrived here (primary key). Ids are not reused."""
    return await sql.value("SELECT 1 FROM users_undone WHERE uri = %s", [uri]) is not None


async def record_replaced(uri: str) -> None:
    """Record that the follow, block, like or boost `uri` ended or was replaced, so that a late Undo of it does not end a newer one."""
    if uri and len(uri) <= MAX_URI - len(_REPLACED):
        await sql.run(
            """INSERT INTO users_undone AS known (uri, said_at, created_at) VALUES (%s, NULL, now())
               ON CONFLICT (uri) DO UPDATE SET created_at = now()""",
            [_REPLACED + uri],
        )


async def say_again(standing: Standing, uri: str, said_at: dt.datetime | None) -> None:
    """Replace the current activity with a newer one of the same kind, unless the new one was signed earlier. A late Undo of the replaced
    one has no effect.
    """
    if was_said_before(standing, said_at):
        if standing.uri != uri:
            await record_replaced(uri)
        return
    if standing.uri != uri:
        await record_replaced(standing.uri)
    standing.uri, standing.said_at = uri, said_at
    await standing.asave(update_fields=["uri", "said_at"])


def was_said_before(standing: Standing, said_at: dt.datetime | None) -> bool:
    """Return whether a new activity was signed before the current one. Equal timestamps count as later."""
    return said_at is not None and standing.said_at is not None and said_at < standing.said_at


async def undo_applies(undone: str, standing: Standing, said_at: dt.datetime, *, named: bool = False) -> bool:
    """Return whether an Undo of the id `undone` applies to the current activity, not to an earlier one: it may be late or repeated.

    It also applies if that id is unknown, because some servers make up the id inside an Undo. `named`: the current activity arrived with
    that id, though it is stored with another. Primary key.
    """
    if was_said_before(standing, said_at):
        return False
    if not undone or not standing.uri:
        return True
    if undone != standing.uri and not named:
        return not await was_replaced(undone)
    await record_replaced(undone)
    return True


async def was_replaced(uri: str) -> bool:
    """Return whether the activity `uri` ended or was replaced (primary key)."""
    return await sql.value("SELECT 1 FROM users_undone WHERE uri = %s", [_REPLACED + uri]) is not None
