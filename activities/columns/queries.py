"""The columns of an identity. Visible to their owner only."""

import msgspec

from activities.columns.models import ColumnKind, ColumnWidth, Deck
from core.db import sql
from core.errors import NotFound
from users.identities.models import Identity


class Column(msgspec.Struct, frozen=True):
    """A column. `target` is the id of a list or an identity, or the name of a hashtag."""

    number: int
    kind: ColumnKind
    target: str = ""
    width: ColumnWidth = ColumnWidth.normal


class StoredDeck(msgspec.Struct):
    columns: list[Column]
    next_number: int


def first_deck() -> StoredDeck:
    """Return the default columns."""
    kinds = (ColumnKind.home, ColumnKind.notifications, ColumnKind.local)
    return StoredDeck([Column(number, kind) for number, kind in enumerate(kinds, 1)], len(kinds) + 1)


async def deck_of(identity: Identity) -> StoredDeck:
    """Return the columns of an identity. One row of the primary key."""
    row = await sql.one(
        f"SELECT columns, next_number FROM {sql.table(Deck)} WHERE identity_id = %s",
        [identity.pk],
    )
    if row is None:
        return first_deck()
    return StoredDeck(msgspec.json.decode(row[0], type=list[Column]), row[1])


async def column_of(identity: Identity, number: int) -> Column:
    """Return one column. Raises NotFound if it was removed."""
    for column in (await deck_of(identity)).columns:
        if column.number == number:
            return column
    raise NotFound(code="column_not_found")
