"""Remote emoji, as documents of their servers list them. Runs inside the transaction that stores the document."""

import datetime as dt
from collections.abc import Sequence

from core import clock
from core.db import sql
from core.db.statements import Statement
from core.ids import new_id
from core.logs import get_logger
from federation.media import files
from federation.media.addresses import RequestedFile
from federation.models import RemoteFileKind
from federation.peers import takes_media_from
from users.emojis.activitypub import EmojiDocument
from users.emojis.services import pictures

log = get_logger(__name__)

MAX_PER_HOST = 10_000
_SEEN_EVERY = dt.timedelta(days=7)
_KEPT = dt.timedelta(days=180)
_REMOVED_AT_ONCE = 5000
_KNOWN = Statement(
    "emojis.known",
    "Known emoji of a host, when a post or profile with emoji is received.",
    "users_emoji_remote",
)


async def store_emojis(host: str, emojis: Sequence[EmojiDocument]) -> None:
    """Store the emoji of a remote document: new ones, and those whose picture or address changed.

    One with an older `updated` than the stored one changes nothing, because old posts may arrive late. A second statement runs only if
    there is something to write. If the picture at an unchanged address changed, its cached copy is deleted. Nothing is stored for a host
    whose media is refused.
    """
    if not emojis or not host or not await takes_media_from(host):
        return
    known = {
        shortcode: rest
        for shortcode, *rest in await sql.rows(
            _KNOWN(
                "SELECT shortcode, url, uri, updated_at, seen_at FROM users_emoji WHERE host = %(host)s AND host <> '' AND shortcode = ANY(%(names)s)",
                host=host,
                names=[one.shortcode for one in emojis],
            )
        )
    }
    now = clock.now()
    new, changed, seen, redrawn = [], [], [], []
    for one in emojis:
        if one.shortcode not in known:
            new.append(one)
            continue
        url, uri, updated, seen_at = known[one.shortcode]
        is_older = updated is not None and one.updated is not None and one.updated < updated
        if (one.url, one.uri, one.updated) != (url, uri, updated) and not is_older:
            changed.append(one)
            if one.url == url and updated is not None and one.updated is not None:
                redrawn.append(one)
        elif seen_at < now - _SEEN_EVERY:
            seen.append(one.shortcode)
    if new and await _is_full(host):
        log.warning("emojis.too_many", host=host, most=MAX_PER_HOST)
        new = []
    if new or changed:
        await _write(host, sorted([*new, *changed], key=lambda one: one.shortcode), now)
    if redrawn:
        kinds = (RemoteFileKind.emoji, RemoteFileKind.still)
        await pictures.discard(
            await files.forget([RequestedFile(one.url, kind, host) for one in redrawn for kind in kinds])
        )
    if seen:
        await sql.run(
            "UPDATE users_emoji SET seen_at = %(now)s WHERE host = %(host)s AND host <> '' AND shortcode = ANY(%(seen)s)",
            {"now": now, "host": host, "seen": seen},
        )


async def _is_full(host: str) -> bool:
    found = await sql.value(
        "SELECT count(*) FROM (SELECT FROM users_emoji WHERE host = %(host)s AND host <> '' LIMIT %(most)s) e",
        {"host": host, "most": MAX_PER_HOST},
    )
    return bool(found >= MAX_PER_HOST)


async def _write(host: str, emojis: Sequence[EmojiDocument], now: dt.datetime) -> None:
    """Insert or update rows in a fixed order, so that concurrent documents can't deadlock."""
    await sql.run(
        """INSERT INTO users_emoji (id, host, shortcode, url, uri, updated_at, seen_at)
           SELECT *, %(now)s FROM unnest(%(ids)s::bigint[], %(hosts)s::text[], %(names)s::text[], %(urls)s::text[], %(uris)s::text[], %(updated)s::timestamptz[])
           ON CONFLICT (host, shortcode) WHERE NOT host = ''
           DO UPDATE SET url = excluded.url, uri = excluded.uri, updated_at = excluded.updated_at, seen_at = excluded.seen_at""",
        {
            "now": now,
            "ids": [new_id() for _ in emojis],
            "hosts": [host] * len(emojis),
            "names": [one.shortcode for one in emojis],
            "urls": [one.url for one in emojis],
            "uris": [one.uri for one in emojis],
            "updated": [one.updated for one in emojis],
        },
    )


async def remove_unseen_emojis() -> int:
    """Delete a bounded number of remote emoji that no document has used for half a year. Served by users_emoji_seen."""
    return await sql.run(
        """DELETE FROM users_emoji WHERE id IN (
               SELECT id FROM users_emoji WHERE NOT host = '' AND seen_at < %(before)s ORDER BY seen_at LIMIT %(most)s)""",
        {"before": clock.now() - _KEPT, "most": _REMOVED_AT_ONCE},
    )
