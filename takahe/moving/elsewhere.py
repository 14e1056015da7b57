"""People, posts and hashtags to which an imported domain refers and that aren't its own: known here by address, or noted to be fetched.

Nothing that the file says about them is believed but their address and name: the worker fetches their actor documents from their servers.
"""

import re
from typing import Any

from django.db.models.functions import Lower

from core import clock
from core.db import sql
from core.errors import BadInput
from core.ids import new_id
from core.texts.hashtags import normal_tag
from federation.documents import host_of
from federation.peers import registrable_domain
from takahe.moving.archive import Part
from takahe.moving.checking import Checker
from takahe.moving.tables import ELSEWHERE, PEOPLE, POSTS
from users.identities.models import Identity, IdentityGraph

KNOWN, OWN = 1, 2
_NAME = re.compile(r"[\w.~:-]{1,255}")


class Elsewhere:
    """Stores the parts of the folder `elsewhere`."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    async def store(self, part: Part) -> None:
        """Find or store what the rows of a part name, and note our ids."""
        if part.name not in ELSEWHERE:
            raise BadInput(f"The file has unexpected entries: {part.name}.")
        rows = part.rows()
        if not all(type(row.get("id")) is int and isinstance(row.get("uri"), str) for row in rows):
            raise BadInput(f"A row of {part.name} has no address.")
        if part.name == PEOPLE:
            chosen = await self._people(rows)
        elif part.name == POSTS:
            chosen = await self._posts(rows)
        else:
            chosen = await _hashtags(rows)
        await sql.run(
            """INSERT INTO moving_ids SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[])
               ON CONFLICT DO NOTHING""",
            [part.name, *([one[at] for one in chosen] for at in range(3))],
        )

    async def _people(self, rows: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
        uris = {self._checker.address(row["uri"]): row for row in rows}
        await self._add_missing(uris)
        found = await sql.rows(
            "SELECT uri, id, domain_id IS NOT NULL FROM users_identity WHERE uri = ANY(%s)", [list(uris)]
        )
        return [(uris[uri]["id"], id, OWN if is_own else KNOWN) for uri, id, is_own in found]

    async def _add_missing(self, uris: dict[str, dict[str, Any]]) -> None:
        known = set(await sql.column("SELECT uri FROM users_identity WHERE uri = ANY(%s)", [list(uris)]))
        own = set(
            await sql.column(
                "SELECT lower(h) FROM users_domain, LATERAL unnest(ARRAY[name, service_name]) AS h WHERE h IS NOT NULL"
            )
        )
        for uri, row in uris.items():
            if uri in known or host_of(uri) in own:
                continue
            name, host = str(row.get("name", "")), str(row.get("host", ""))
            handle = Identity.objects.annotate(n=Lower("username"), h=Lower("host"))
            if not _NAME.fullmatch(name) or host.lower() in own:
                raise BadInput(f"{uri} has an invalid name.")
            # a handle on another site is only known once that site was asked
            if registrable_domain(host.lower()) != registrable_domain(host_of(uri)):
                host = host_of(uri)
            if await handle.filter(n=name.lower(), h=host.lower()).aexists():
                continue
            await Identity.objects.acreate(
                id=new_id(),
                uri=uri,
                username=name,
                host=host,
                inbox_url=_beside(uri, row.get("inbox")),
                shared_inbox_url=_beside(uri, row.get("shared_inbox")),
                followers_url=_beside(uri, row.get("followers")),
                created_at=clock.now(),
                state=IdentityGraph.outdated.name,
                state_due_at=clock.now(),
            )

    async def _posts(self, rows: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
        uris = {self._checker.address(row["uri"]): row["id"] for row in rows}
        found = await sql.rows("SELECT uri, id FROM activities_post WHERE uri = ANY(%s)", [list(uris)])
        return [(uris[uri], id, KNOWN) for uri, id in found]


async def _hashtags(rows: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    """Find or add hashtags. Their names are in the column of addresses."""
    names = {row["uri"]: row for row in rows}
    for name, row in names.items():
        shown = row.get("name")
        if not isinstance(shown, str) or len(shown) > 200 or not name or normal_tag(name) != name:
            raise BadInput(f"{name[:100]!r} is no hashtag.")
    await sql.run(
        """INSERT INTO activities_hashtag (name, display_name, created_at) SELECT *, now() FROM unnest(%s::text[], %s::text[])
           ON CONFLICT (name) DO NOTHING""",
        [list(names), [row["name"] for row in names.values()]],
    )
    found = await sql.rows("SELECT name, id FROM activities_hashtag WHERE name = ANY(%s)", [list(names)])
    return [(names[name]["id"], id, KNOWN) for name, id in found]


def _beside(uri: str, address: Any) -> str:
    """Return an address if it is on the host of `uri`; "" otherwise, until the worker has fetched the actor."""
    return (
        address
        if isinstance(address, str) and len(address) <= 2048 and host_of(address) == host_of(uri)
        else ""
    )
