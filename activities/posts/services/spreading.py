"""Distribution of a post to local recipients: to the first batch at once, to the rest by the worker.

Packages above register a writer for each kind, which writes one batch for several posts in one statement.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping

from activities.posts.events import LAST
from activities.posts.models import Spread

type Places = Mapping[int, int]
"""Post → the key from which its distribution continues."""
type Piece = Callable[[Places, int], Awaitable[Places]]
"""`piece(places, most)` writes for up to `most` recipients of each post, and returns the position of those with more."""

FIRST_BATCH_SIZE = 500  # recipients of a post at once; few authors have more local followers
BATCH_SIZE = 10_000  # of later batches
_pieces: dict[str, Piece] = {}


def register_writer(kind: str) -> Callable[[Piece], Piece]:
    """Register the function that writes batches of this kind."""

    def register(piece: Piece) -> Piece:
        assert _pieces.setdefault(kind, piece) is piece, f"{kind} is written twice"
        return piece

    return register


async def distribute(kind: str, ids: Collection[int]) -> None:
    """Write the first batch of each post, and leave the rest to the worker. In a transaction."""
    if not ids:
        return
    going_on = await _pieces[kind](dict.fromkeys(ids, LAST), FIRST_BATCH_SIZE)
    await Spread.objects.abulk_create(
        [Spread(post_id=post_id, kind=kind, before=before) for post_id, before in going_on.items()]
    )


async def distribute_next(row: Spread) -> int | None:
    """Write the next batch. Return the position to continue from, None after the last."""
    return (await _pieces[row.kind]({row.post_id: row.before}, BATCH_SIZE)).get(row.post_id)
