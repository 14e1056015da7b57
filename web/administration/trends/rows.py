"""Rows of the table of trends for staff: two counts of each, and what was decided about it."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy

from activities.reviews.models import ReviewKind
from activities.reviews.queries import Verdict, publishers, verdicts
from activities.trends import queries as reads
from activities.trends.models import TrendKind
from core import clock
from core.db.paging import Page
from users.domains.models import Domain
from users.identities.models import Identity

PAGE_SIZE = 40


class Asked(NamedTuple):
    """A page of the table: after so many rows, for sites after this id; with `waiting` undecided ones only."""

    viewer: Identity | None
    domain: Domain
    waiting: bool
    after: int | None

    def trending(self) -> reads.Trending:
        return reads.Trending(self.domain, PAGE_SIZE, self.after or 0, unseen=True, waiting=self.waiting)


class Found(NamedTuple):
    """A trend. `shown`: a hashtag, a card, a post or a host, as the template shows it."""

    id: int
    name: str
    shown: Any
    counts: tuple[int, int] = (0, 0)


async def _hashtags(asked: Asked) -> list[Found]:
    found = await reads.trending_hashtags(asked.trending())
    uses = await uses_of_hashtags([tag.id for tag in found])
    return [Found(tag.id, f"#{tag.display_name}", tag, uses[tag.id]) for tag in found]


async def _links(asked: Asked) -> list[Found]:
    found = await reads.trending_links(asked.trending())
    uses = await _uses(TrendKind.link, [card.id for card in found])
    return [Found(card.id, card.title, card, uses[card.id]) for card in found]


async def uses_of_hashtags(ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return the posts of the last week and the users of a day, by the ids of hashtags."""
    return await _uses(TrendKind.tag, ids)


async def _uses(kind: TrendKind, ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return the posts of the last week, and the users of today or yesterday, whichever is larger, because some post on both days."""
    found, today = dict.fromkeys(ids, (0, 0)), clock.now().date()
    for (target, day), (posts, people) in (await reads.uses_of(kind, ids)).items():
        week, most = found[target]
        found[target] = (week + posts, max(most, people) if (today - day).days <= 1 else most)
    return found


async def _sites(asked: Asked) -> list[Found]:
    page = Page(limit=PAGE_SIZE, max_id=asked.after)
    found = await publishers(asked.domain.pk, page, waiting=asked.waiting)
    uses = await reads.uses_of_sites([host for _, host, _ in found])
    return [Found(pk, host, host, uses.get(host, (0, 0))) for pk, host, _ in found]


async def _posts(asked: Asked) -> list[Found]:
    found = await reads.trending_posts(asked.viewer, asked.trending())
    return [Found(one.id, f"@{one.author.handle}", one, (one.likes_count, one.boosts_count)) for one in found]


class Tab(NamedTuple):
    """A tab of the page; `heads` are those of the counts."""

    label: str
    kind: ReviewKind
    heads: tuple[str, str]
    find: Callable[[Asked], Awaitable[list[Found]]]

    async def read(self, asked: Asked) -> list[tuple[Found, Verdict | None]]:
        found = await self.find(asked)
        decided = await verdicts(self.kind, [one.id for one in found], asked.domain.pk)
        return [(one, decided.get(one.id)) for one in found]

    def after(self, asked: Asked, found: list[tuple[Found, Verdict | None]]) -> int | None:
        """Return where the next page begins, if there may be one."""
        if len(found) < PAGE_SIZE:
            return None
        return found[-1][0].id if self.kind == ReviewKind.publisher else (asked.after or 0) + PAGE_SIZE


_WEEK = gettext_lazy("Posts in a week")
_USES = (_WEEK, gettext_lazy("People in a day"))
_OF_SITES = (gettext_lazy("Trending links"), _WEEK)
_OF_POSTS = (gettext_lazy("Likes"), gettext_lazy("Boosts"))
TABS = {
    "tags": Tab(gettext_lazy("Hashtags"), ReviewKind.tag, _USES, _hashtags),
    "links": Tab(gettext_lazy("Links"), ReviewKind.link, _USES, _links),
    "sites": Tab(gettext_lazy("Sites"), ReviewKind.publisher, _OF_SITES, _sites),
    "posts": Tab(gettext_lazy("Posts"), ReviewKind.post, _OF_POSTS, _posts),
}
