"""Hashtags with their history of the last week: public uses and accounts, by day."""

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec import UNSET

from activities.posts.models import Visibility
from activities.tags.queries import HashtagView, flags_of
from activities.trends.models import TrendKind
from activities.trends.queries import DAYS, uses_of
from api.entities.tag import Tag, TagHistory
from api.routing import Call
from core import clock
from core.db import sql
from core.ids import lowest_id_at
from core.texts import tag_path

type Uses = Mapping[tuple[int, dt.date], tuple[int, int]]


async def tags_of(call: Call, found: Sequence[HashtagView], *, counts_today: bool = True) -> list[Tag]:
    """Return the hashtags in this order: two queries for the history (earlier days as counted by the worker; today counted now, or as
    last counted by the worker if there are too many uses or it is not requested), one for the viewer's flags.
    """
    if not found:
        return []
    ids = [tag.id for tag in found]
    used = await uses_of(TrendKind.tag, ids)
    for key, (uses, people) in (await _today(ids) if counts_today else {}).items():
        counted = used.get(key, (0, 0))
        used[key] = (max(uses, counted[0]), max(people, counted[1]))
    flags = None if call.viewer is None else await flags_of(call.viewer, ids)
    base = call.domain.base_url
    return [
        Tag(
            id=str(tag.id),
            name=tag.display_name,  # as in Mastodon; the tags of a Status have the normal form
            url=base + tag_path(tag.name),
            history=history_of(tag.id, used),
            following=UNSET if flags is None else tag.id in flags.following,
            featuring=UNSET if flags is None else tag.id in flags.featuring,
        )
        for tag in found
    ]


_NEWEST_USES = 400  # of today, for all hashtags of a response together


async def _today(ids: list[int]) -> dict[tuple[int, dt.date], tuple[int, int]]:
    """Count today's newest uses of hashtags, a bounded number of each. Served by a range of activities_post_tag_hashtag for each."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    found = await sql.rows(
        """SELECT t.id, count(*), count(DISTINCT p.author_id) FROM unnest(%(ids)s::bigint[]) t (id)
           CROSS JOIN LATERAL (SELECT g.post_id FROM activities_posttag g WHERE g.hashtag_id = t.id AND g.post_id >= %(since)s
                               ORDER BY g.post_id DESC LIMIT %(each)s) g
           CROSS JOIN LATERAL (SELECT * FROM activities_post q WHERE q.id = g.post_id OFFSET 0) p
           WHERE p.visibility = %(public)s AND p.deleted_at IS NULL GROUP BY 1""",
        {
            "ids": ids,
            "since": lowest_id_at(midnight),
            "each": max(1, _NEWEST_USES // len(ids)),
            "public": Visibility.public.value,
        },
    )
    return {(tag_id, midnight.date()): (uses, people) for tag_id, uses, people in found}


def history_of(target_id: int, used: Uses) -> list[TagHistory]:
    """Return the uses by day, today first. Numbers are texts."""
    today = clock.now().date()
    history = []
    for back in range(DAYS):
        day = today - dt.timedelta(days=back)
        uses, people = used.get((target_id, day), (0, 0))
        midnight = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
        history.append(TagHistory(str(int(midnight.timestamp())), str(uses), str(people)))
    return history
