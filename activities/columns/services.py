"""Adding, moving, resizing and removing columns. Each keeps the order of the others."""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from activities.columns.models import ColumnKind, ColumnWidth, Deck
from activities.columns.queries import Column, StoredDeck, deck_of
from core.db import async_atomic, delete_batch, sql
from core.errors import Invalid, NotFound
from users.identities import events
from users.identities.models import Identity

MAX_COLUMNS = 10
_DECKS = sql.table(Deck)


async def add_column(
    *,
    identity: Identity,
    kind: ColumnKind,
    target: str = "",
    width: ColumnWidth = ColumnWidth.normal,
    place: int = MAX_COLUMNS,
) -> Column:
    """Add a column at this position, by default the last, and return it, or the existing one if there is one.

    Callers check that the identity may see the target. Raises Invalid for too many columns.
    """

    def add(deck: StoredDeck) -> Column:
        for column in deck.columns:
            if (column.kind, column.target) == (kind, target):
                return column
        if len(deck.columns) >= MAX_COLUMNS:
            raise Invalid("columns", "too_many", most=MAX_COLUMNS)
        column = Column(deck.next_number, kind, target, width)
        deck.next_number += 1
        deck.columns.insert(place, column)
        return column

    return await _change(identity, add)


async def move_column(*, identity: Identity, number: int, place: int) -> int:
    """Move a column to this position, counted from 0 on the left, and return its final position. Raises NotFound."""

    def move(deck: StoredDeck) -> int:
        column = deck.columns.pop(_place_of(deck, number))
        deck.columns.insert(place, column)
        return deck.columns.index(column)

    return await _change(identity, move)


async def resize_column(*, identity: Identity, number: int, width: ColumnWidth) -> None:
    """Set the width of a column. Raises NotFound."""

    def resize(deck: StoredDeck) -> None:
        place = _place_of(deck, number)
        deck.columns[place] = replace(deck.columns[place], width=width)

    await _change(identity, resize)


async def remove_column(*, identity: Identity, number: int) -> tuple[Column, int]:
    """Remove a column, and return it with its former position. Raises NotFound."""

    def remove(deck: StoredDeck) -> tuple[Column, int]:
        place = _place_of(deck, number)
        return deck.columns.pop(place), place

    return await _change(identity, remove)


async def _change[T](identity: Identity, change: Callable[[StoredDeck], T]) -> T:
    """Change the columns of an identity, creating the row if necessary; concurrent changes are serialised."""
    async with async_atomic():
        await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [identity.pk])
        deck = await deck_of(identity)
        result = change(deck)
        await sql.run(
            f"""INSERT INTO {_DECKS} (identity_id, columns, next_number) VALUES (%s, %s, %s)
                ON CONFLICT (identity_id) DO UPDATE SET columns = EXCLUDED.columns, next_number = EXCLUDED.next_number""",
            [identity.pk, msgspec.json.encode(deck.columns).decode(), deck.next_number],
        )
        return result


def _place_of(deck: StoredDeck, number: int) -> int:
    for place, column in enumerate(deck.columns):
        if column.number == number:
            return place
    raise NotFound(code="column_not_found")


@events.on_identity_deleted
async def delete_deck_of(identity: Identity) -> bool:
    """Delete the columns of an identity; return whether there are more."""
    return await delete_batch(_DECKS, "identity_id = %(who)s", {"who": identity.pk})
