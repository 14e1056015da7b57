"""Many posts at once, and the number of database pages read by a response."""

from typing import Any

import pytest

from activities.tags.models import Hashtag
from core.db import sql
from tests.activities.people import make_post
from tests.api.support.world import World
from tests.support.plans import measured, total
from users.identities.models import Identity

MANY = 5_000


async def write_many(
    author: Identity, many: int = MANY, *, tags: tuple[Hashtag, ...] = (), **values: Any
) -> None:
    """Write many copies of a post, with these hashtags, in two statements.

    The function that makes a row is in FROM: `(function(…)).*` would run it once for each of a row's eighty columns.
    """
    template = await make_post(author, **values)
    parameters = {"id": template.pk, "many": many, "tags": [tag.pk for tag in tags]}
    await sql.run(
        """INSERT INTO activities_post SELECT made.*
           FROM activities_post p, generate_series(1, %(many)s - 1) n,
                jsonb_populate_record(p, jsonb_build_object('id', p.id + n, 'uri', p.uri || '/' || n)) made
           WHERE p.id = %(id)s""",
        parameters,
    )
    await sql.run(
        """INSERT INTO activities_posttag (post_id, hashtag_id) SELECT p.id, t.id FROM activities_post p, unnest(%(tags)s::bigint[]) t (id)
           WHERE p.id BETWEEN %(id)s AND %(id)s + %(many)s - 1""",
        parameters,
    )


async def make_tag(name: str) -> Hashtag:
    return await Hashtag.objects.acreate(name=name, display_name=name)


async def cost_of(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch, *, found: int, nobody: bool = True
) -> int:
    """Return the pages read for a response, which must have this many posts."""
    speaker = world.nobody if nobody else world.ada
    await speaker.get(path)
    async with measured(monkeypatch) as costs:
        assert len(await speaker.get(path)) == found
    return total(costs)
