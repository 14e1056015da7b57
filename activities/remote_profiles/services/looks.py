"""Recording that a remote profile is viewed. The worker does the rest (handlers.py)."""

from activities.remote_profiles.models import LookGraph
from core.db import sql
from core.db.statements import Statement
from federation.peers import host_of
from stator.transitions import is_request_due, restart_request
from users.identities.queries.predicates import is_active

REQUEST = Statement(
    "profiles.request",
    "Requests a remote profile, unless it was requested recently.",
    "users_identity_pkey",
    "activities_profilelook_pkey",
)
# between two looks: shorter for active or new profiles
_WAITS = {
    LookGraph.known: "CASE WHEN coalesce(i.last_post_at, i.created_at) > now() - interval '7 days' THEN interval '1 hour' ELSE interval '6 hours' END",
    LookGraph.failed: "interval '6 hours'",
}
_FROM_THE_START = "next_page = '', place = 0, pages = 0, posts = 0, fetches = 0, problems = '{}'"


async def request_look(identity_id: int, uri: str) -> None:
    """Let the worker fetch a remote profile, unless that was done lately.

    One statement, which writes nothing if there is nothing to do. `uri` is the actor's id.
    """
    await sql.run(
        REQUEST(
            f"""INSERT INTO activities_profilelook AS k (identity_id, host, state, state_changed_at, state_due_at, state_attempts,
                   next_page, place, pages, posts, fetches, problems)
               SELECT i.id, %(host)s, 'counting', now(), now(), 0, '', 0, 0, 0, 0, '{{}}' FROM users_identity i
               LEFT JOIN activities_profilelook c ON c.identity_id = i.id
               WHERE i.id = %(identity)s AND i.domain_id IS NULL AND {is_active("i")} AND {is_request_due(LookGraph, "c", _WAITS)}
               ON CONFLICT (identity_id) {restart_request(LookGraph, "k", _FROM_THE_START)}""",
            identity=identity_id,
            host=host_of(uri)[:255],
        )
    )
