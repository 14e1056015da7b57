"""Pages of lists ordered by id, newest first, with the three cursors of the Mastodon API (docs.joinmastodon.org/api/guidelines)."""

from collections.abc import Callable, Sequence

import msgspec
from django.db.models import Model, QuerySet


class Page(msgspec.Struct, frozen=True):
    """A page. `max_id`: older than this. `since_id`: newer than this, the newest first. `min_id`: newer than this, the next ones after
    it.

    Results are always shown newest first, whichever cursor selected them.
    """

    limit: int = 20
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None

    def where(self, column: str) -> str:
        """Return SQL conditions on `column`, joined by AND and starting with ` AND`, for use with `params()`."""
        conditions = ""
        if self.max_id is not None:
            conditions += f" AND {column} < %(page_max_id)s"
        if self.since_id is not None:
            conditions += f" AND {column} > %(page_since_id)s"
        if self.min_id is not None:
            conditions += f" AND {column} > %(page_min_id)s"
        return conditions

    def order(self, column: str, *, limit: str = "page_limit") -> str:
        """Return `ORDER BY … LIMIT …`, ascending for `min_id` so that the page starts right after it.

        `limit` names the parameter.
        """
        direction = "ASC" if self.min_id is not None else "DESC"
        return f" ORDER BY {column} {direction} LIMIT %({limit})s"

    def params(self) -> dict[str, int | None]:
        """Return the values for the parameters of `where` and `order`."""
        return {
            "page_max_id": self.max_id,
            "page_since_id": self.since_id,
            "page_min_id": self.min_id,
            "page_limit": self.limit,
        }

    async def read[T: Model](self, rows: QuerySet[T]) -> list[T]:
        """Return this page of rows ordered by their primary key."""
        if self.max_id is not None:
            rows = rows.filter(pk__lt=self.max_id)
        for newer_than in (self.since_id, self.min_id):
            rows = rows.filter(pk__gt=newer_than) if newer_than is not None else rows
        rows = rows.order_by("pk" if self.min_id is not None else "-pk")[: self.limit]
        return self.newest_first([row async for row in rows], lambda row: row.pk)

    def newest_first[T](self, found: Sequence[T], id_of: Callable[[T], int]) -> list[T]:
        """Return the results of the query, newest first."""
        return sorted(found, key=id_of, reverse=True)
