"""Messages that wait for a document."""

import datetime as dt

from core.db import sql
from core.db.statements import Statement
from federation.registry import IncomingActivity, Later

_AGAIN_AFTER = dt.timedelta(seconds=15)
_MOST = 1000  # messages of one host that are examined

_FETCHED_FOR = Statement(
    "inbox.fetched_for", "Whether a message of an actor is waiting for a document.", "federation_inbox_fair"
)


async def wait_for_fetch_of(uri: str, activity: IncomingActivity) -> None:
    """Raise Later while another message of this actor waits for the object `uri`, until that is fetched or given up."""
    waits = await sql.value(
        _FETCHED_FOR(
            """SELECT 1 FROM (SELECT actor, wants FROM federation_inboxmessage WHERE state = 'fetching' AND host = %(host)s
                              ORDER BY state_due_at LIMIT %(most)s) message
               WHERE actor = %(actor)s AND wants -> 'todo' @> jsonb_build_array(jsonb_build_array('object', %(uri)s::text)) LIMIT 1""",
            host=activity.host,
            actor=activity.actor,
            uri=uri,
            most=_MOST,
        )
    )
    if waits is not None:
        raise Later(f"waits until {uri} was fetched", _AGAIN_AFTER, is_attempt=False)
