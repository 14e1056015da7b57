"""Order of an actor's messages: a later one waits while an earlier one is in the queue for the first time.

Waiting ones are postponed, and woken in batches, in order, as soon as the first of them is next. So none is probed repeatedly, however
many wait.
"""

import datetime as dt

from core import clock
from core.db import sql
from core.db.statements import Statement
from core.ids import lowest_id_at
from federation.models import InboxMessage
from federation.models.inbox_message import WAITS_FOR_EARLIER
from stator import Outcome, later

_ORDER_FOR = dt.timedelta(minutes=2)  # at most
_PAUSE = dt.timedelta(seconds=2)  # if the earlier message ends without being handled, nothing wakes them
_WOKEN_AT_ONCE = 25

_EARLIER = Statement(
    "inbox.earlier", "The first message of each actor, for which later ones wait.", "federation_inbox_order"
)
_WAKE_NEXT = Statement(
    "inbox.wake_next", "Marks messages that waited for an earlier one as due.", "federation_inbox_order"
)

# The conditions are those of federation_inbox_order: messages awaiting a retry are not in that index and block nothing.
_ON_ITS_WAY = f"""id > %(oldest)s AND id <> ALL(%(mine)s::bigint[]) AND state IN ('unverified', 'received', 'fetching') AND tries = 0
    AND (state_error IS NULL OR state_error = '{WAITS_FOR_EARLIER}')"""
_FIRST_OUTSIDE = f"""
    SELECT actor, earlier.id, earlier.state_error IS NOT NULL FROM unnest(%(actors)s::text[]) AS actor CROSS JOIN LATERAL (
        SELECT id, state_error FROM federation_inboxmessage message
        WHERE message.actor = actor.actor AND {_ON_ITS_WAY} AND (state <> 'unverified' OR key_id = ANY(%(keys)s::text[]))
        ORDER BY id LIMIT 1
    ) earlier
"""
_WAKE = f"""
    UPDATE federation_inboxmessage SET state_due_at = received_at WHERE id IN (
        SELECT next.id FROM unnest(%(actors)s::text[]) AS actor CROSS JOIN LATERAL (
            SELECT id FROM federation_inboxmessage message
            WHERE message.actor = actor.actor AND {_ON_ITS_WAY} AND state = 'received'
            ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
        ) next
    ) AND state = 'received' AND state_due_at > now() AND state_error IS NOT NULL
"""


async def first_earlier_messages(messages: list[InboxMessage]) -> dict[str, int]:
    """Return actor → id of the earliest unhandled message of theirs that is not among these; make it due if it is postponed itself.

    A message that failed once, for whatever reason, blocks no other, because it may fail for long. One whose key is unknown counts only
    if a message with the same key is here, because anybody may name the actor with a key of their own.
    """
    values = {
        "actors": list({message.actor for message in messages}),
        "oldest": lowest_id_at(clock.now() - _ORDER_FOR),
        "mine": [message.id for message in messages],
        "keys": list({message.key_id for message in messages}),
    }
    found = await sql.rows(_EARLIER(_FIRST_OUTSIDE, values))
    next_waits = [actor for actor, _, waits in found if waits]
    if next_waits:
        await sql.run(_WAKE_NEXT(_WAKE, values | {"actors": next_waits, "limit": _WOKEN_AT_ONCE}))
    return {actor: pk for actor, pk, _ in found}


def wait_for_earlier() -> Outcome:
    """Make a message wait until it is woken, or for slightly longer than a fetch usually takes."""
    return later(WAITS_FOR_EARLIER, _PAUSE)
