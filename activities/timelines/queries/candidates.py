"""Pages of posts in two steps: the newest rows of an index range first, then the visibility policy on these.

Postgres expects few posts to pass the visibility policy, so by itself it may evaluate it for a whole table and sort the result. Here the
range ends at CANDIDATES and is read only as far as the page needs; if a page is incomplete then, the next round continues from there.
"""

from collections.abc import Callable

import msgspec

from activities.posts.queries.posts import read_page
from activities.posts.queries.views import PostView
from core.db.paging import Page
from core.db.sql import Sql
from core.db.statements import Statement
from users.identities.models import Identity

CANDIDATES = 1000
ROUNDS = 4


type Candidates = Callable[[Page], Sql]
"""A page's newest candidates (the oldest for `min_id`), as `post_id` and `rank`; at most `%(candidates)s` of them.

Candidates that are posts themselves have all their columns instead (see PostsWhere).
"""


def entries_where(table: str, condition: Sql, *, rank: str) -> Candidates:
    """Return candidates from rows that refer to posts, by an index on columns of `table` that ends with `rank`."""

    def newest(page: Page) -> Sql:
        limits = f"{page.where(f'e.{rank}')}{page.order(f'e.{rank}', limit='candidates')}"
        return Sql.of(
            f"SELECT e.post_id, e.{rank} AS rank FROM {table} e WHERE {condition}{limits}",
            condition,
        )

    return newest


class PostsWhere:
    """Candidates that are posts themselves, with the alias `e`, from an index that ends with their id: they need no second look-up."""

    def __init__(self, condition: Sql) -> None:
        self._condition = condition

    def __call__(self, page: Page) -> Sql:
        limits = f"{page.where('e.id')}{page.order('e.id', limit='candidates')}"
        return Sql.of(
            f"SELECT e.*, e.id AS post_id, e.id AS rank FROM activities_post e WHERE {self._condition}{limits}",
            self._condition,
        )


def last_rank_of(picked: str) -> str:
    """Return SQL for the rank of the last candidate of a full round. It yields no row if there are no more."""
    return f"SELECT c.rank FROM ({picked}) c OFFSET %(candidates)s - 1"


class IncompletePage(list[PostView]):
    """A page that ended early because too many candidates failed the condition. Candidates older than `end` were not examined."""

    end: int


async def read_candidates(
    statement: Statement,
    candidates: Candidates,
    condition: Sql,
    page: Page,
    viewer: Identity | None,
    *,
    first: Sql | None = None,
    last: Callable[[str], str] = last_rank_of,
) -> list[PostView]:
    """Return a page of the candidates that meet `condition` on the post `p`, newest first. Two queries if the first round fills the page.

    `first` (on `k.post_id`) is evaluated before the post itself is read: an index check costs less than the policy. `last` converts the
    candidates' SQL into a query for the rank of the last one, without a row if there is none behind it.
    """
    wanted = page.limit
    post = "p" if isinstance(candidates, PostsWhere) else "c"
    looked_up = "CROSS JOIN LATERAL (SELECT q.* FROM activities_post q WHERE q.id = c.post_id OFFSET 0) p"
    found: list[PostView] = []
    for _ in range(ROUNDS):
        picked = candidates(page)
        views, end = await read_page(
            statement(
                f"""SELECT p.id, p.boost_of_id, {post}.rank FROM ({_narrowed(picked.text, first, page)}) {post}
                    {looked_up if post == "c" else ""}
                    WHERE {condition}{page.order(f"{post}.rank")}""",
                picked,
                first or {},
                condition,
                page.params(),
                candidates=CANDIDATES,
            ),
            Sql(last(picked.text)),
            viewer,
        )
        found += views
        if end is None or len(found) >= page.limit:
            break
        cursor = {"min_id": end} if page.min_id is not None else {"max_id": end}
        page = msgspec.structs.replace(page, limit=page.limit - len(views), **cursor)
    found.sort(key=lambda view: view.rank or 0, reverse=True)
    if end is not None and len(found) < wanted and page.min_id is None:
        found = IncompletePage(found)
        found.end = end
    return found


def _narrowed(picked: str, first: Sql | None, page: Page) -> str:
    """Return a batch of the candidates with an explicit order, without which Postgres reads and sorts all of them."""
    if first is None:
        return picked
    return f"SELECT k.* FROM ({picked}) k WHERE true AND {first}{page.order('k.rank', limit='candidates')}"
