"""The rate cap of a relay, counted in its row before a post is stored."""

from collections.abc import Collection, Mapping
from typing import Any

from core.db import sql
from core.db.statements import Statement
from core.texts import clean_tag, normal_tag
from federation.documents import as_list, text, types_of
from federation.models import Relay

COUNT = Statement("relays.count", "Counts what a relay sends, against its cap.", "federation_relay_pkey")


async def count_against_cap(relay: Relay) -> bool:
    """Count one post of a relay; return whether it is within the cap of this minute."""
    allowed = await sql.value(
        COUNT(
            """UPDATE federation_relay SET
                   minute = date_trunc('minute', now()),
                   in_minute = CASE WHEN minute = date_trunc('minute', now()) THEN in_minute + 1 ELSE 1 END,
                   received = received + CASE WHEN minute = date_trunc('minute', now()) AND in_minute >= most_per_minute THEN 0 ELSE 1 END,
                   dropped = dropped + CASE WHEN minute = date_trunc('minute', now()) AND in_minute >= most_per_minute THEN 1 ELSE 0 END,
                   last_heard_at = now()
               WHERE id = %(relay)s AND status = 'accepted' RETURNING in_minute <= most_per_minute""",
            relay=relay.pk,
        )
    )
    return bool(allowed)


async def count_post(relay_id: int) -> None:
    """Count a relay's post that was new here."""
    await sql.run("UPDATE federation_relay SET posts = posts + 1 WHERE id = %s", [relay_id])


def matches(hashtags: Collection[str], document: Mapping[str, Any]) -> bool:
    """Return whether a post has one of these hashtags; true if there are none."""
    if not hashtags:
        return True
    tags = (tag for tag in as_list(document.get("tag")) if "Hashtag" in types_of(tag))
    named = {normal_tag(clean_tag(text(tag.get("name"), longest=200))) for tag in tags}
    return not named.isdisjoint(hashtags)
