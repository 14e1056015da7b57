"""Users of a domain who opted in to search engines."""

import datetime as dt

from core.db import sql
from core.ids import lowest_id_at
from users.domains.models import Domain
from users.identities.queries.predicates import is_unrestricted

MAX_PEOPLE = 5_000


async def findable_people(
    domain: Domain, since: dt.datetime, before: dt.datetime
) -> list[tuple[str, dt.datetime | None]]:
    """Return `[(profile URL, last post)]` of those who joined in a period, according to their ids. Served by users_identity_of_domain."""
    rows = await sql.rows(
        f"""SELECT coalesce(nullif(i.profile_url, ''), i.uri), i.last_post_at FROM users_identity i
            WHERE i.domain_id = %(domain)s AND i.id >= %(since)s AND i.id < %(before)s
              AND i.is_indexable AND i.is_discoverable AND i.moved_to_uri = '' AND {is_unrestricted("i")}
            ORDER BY i.id LIMIT %(most)s""",
        {
            "domain": domain.pk,
            "since": lowest_id_at(since),
            "before": lowest_id_at(before),
            "most": MAX_PEOPLE,
        },
    )
    return [(row[0], row[1]) for row in rows]
