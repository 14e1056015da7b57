"""Streaming queries for many viewers at once give the same answers as the timelines of each."""

import pytest

from activities.posts.queries.visibility import in_timeline
from activities.streaming.queries import shown_to
from core.db import sql
from tests.activities.posts.test_visibility import AUTHORS, RELATIONS, Scene, cases_of

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.mark.parametrize("author", AUTHORS)
async def test_many_viewers_see_what_each_of_them_sees(db: None, author: str) -> None:
    scene = Scene()
    await scene.set_up(author)
    ids = [await scene.write(case) for case in cases_of(author)]
    viewers = [viewer for viewer in (scene.viewers[relation] for relation in RELATIONS) if viewer is not None]
    for by_anyone in (False, True):
        together = await shown_to(
            [(post_id, viewer.pk) for post_id in ids for viewer in viewers], by_anyone=by_anyone
        )
        for viewer in viewers:
            condition = in_timeline(viewer, by_anyone=by_anyone)
            alone = await sql.column(
                f"SELECT p.id FROM activities_post p WHERE p.id = ANY(%(ids)s::bigint[]) AND {condition}",
                {**condition.params, "ids": ids},
            )
            seen = {post_id for post_id, viewer_id in together if viewer_id == viewer.pk}
            if viewer.deleted_at is None and viewer.restriction != 2:
                assert seen == set(alone), (viewer.username, by_anyone)
            else:
                assert not seen
