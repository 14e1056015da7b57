"""Work on uploaded blocklists, a batch of servers at a time."""

from datetime import timedelta

from stator import Outcome, later, to
from users.blocklists.models import Blocklist, BlocklistGraph
from users.blocklists.services import uploads

_MORE = later("more servers follow", timedelta(), is_attempt=False)


@BlocklistGraph.applying.batch(size=1)
async def apply(lists: list[Blocklist]) -> dict[int, Outcome]:
    """Set the policies of the next servers of a list."""
    return {one.pk: _MORE if await uploads.apply_next(one) else to(BlocklistGraph.applied) for one in lists}


@BlocklistGraph.undoing.batch(size=1)
async def undo(lists: list[Blocklist]) -> dict[int, Outcome]:
    """Set the policies of the next servers of a list back."""
    return {one.pk: _MORE if await uploads.undo_next(one) else to(BlocklistGraph.ended) for one in lists}
