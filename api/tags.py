"""Hashtags with their last week: how often each was used publicly, and by how many."""

import datetime as dt
from collections.abc import Sequence

from msgspec import UNSET

from activities.models import Visibility
from activities.queries.search import HashtagView
from activities.queries.tags import flags_of
from api.entities.tag import Tag, TagHistory
from api.routing import Call
from core import clock
from core.db import sql
from core.ids import lowest_id_at

DAYS = 7
_DAY_S = 24 * 3600


async def tags_of(call: Call, found: Sequence[HashtagView]) -> list[Tag]:
    """The hashtags in this order, in one query (a range of activities_post_tag_hashtag for each), and one for the viewer's flags."""
    if not found:
        return []
    today = int(clock.now().timestamp()) // _DAY_S * _DAY_S
    days = [today - number * _DAY_S for number in range(DAYS)]
    since = dt.datetime.fromtimestamp(days[-1], tz=dt.UTC)
    used = {
        (tag_id, int(day)): (str(uses), str(people))
        for tag_id, day, uses, people in await sql.rows(
            """SELECT g.hashtag_id, floor(extract(epoch FROM p.created_at) / 86400) * 86400, count(*), count(DISTINCT p.author_id)
               FROM activities_posttag g JOIN activities_post p ON p.id = g.post_id
               WHERE g.hashtag_id = ANY(%s) AND g.post_id >= %s AND p.visibility = %s AND p.deleted_at IS NULL
               GROUP BY 1, 2""",
            [[tag.id for tag in found], lowest_id_at(since), Visibility.public.value],
        )
    }
    flags = None if call.viewer is None else await flags_of(call.viewer, [tag.id for tag in found])
    base = call.domain.base_url
    return [
        Tag(
            id=str(tag.id),
            name=tag.name,
            url=f"{base}/tags/{tag.name}",
            history=[TagHistory(str(day), *used.get((tag.id, day), ("0", "0"))) for day in days],
            following=UNSET if flags is None else tag.id in flags.following,
            featuring=UNSET if flags is None else tag.id in flags.featuring,
        )
        for tag in found
    ]
