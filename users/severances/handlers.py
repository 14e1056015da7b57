"""Work on blocks and suspensions that cost users follows, a batch at a time."""

from datetime import timedelta

from stator import Outcome, later, to
from users.severances import services
from users.severances.models import SeveranceEvent, SeveranceGraph, SeveranceKind

_MORE = later("more follows are to be looked at", timedelta(), is_attempt=False)
_PARTING = later("followers are still being removed", timedelta(seconds=5), is_attempt=False)


@SeveranceGraph.listing.batch(size=1)
async def list_lost(found: list[SeveranceEvent]) -> dict[int, Outcome]:
    """List the next lost follows of an event."""
    return {event.pk: await _listed(event) for event in found}


async def _listed(event: SeveranceEvent) -> Outcome:
    if not await services.still_holds(event):
        return to(SeveranceGraph.ended)
    if await services.list_next(event):
        return _MORE
    if event.kind == SeveranceKind.user_domain_block and await services.is_parting(event):
        return _PARTING
    return to(SeveranceGraph.telling if await services.has_losses(event) else SeveranceGraph.ended)


@SeveranceGraph.telling.batch(size=1)
async def notify(found: list[SeveranceEvent]) -> dict[int, Outcome]:
    """Notify the next users of an event."""
    return {
        event.pk: _MORE if await services.tell_next(event) else to(SeveranceGraph.told) for event in found
    }


@SeveranceGraph.purging.batch(size=1)
async def purge(found: list[SeveranceEvent]) -> dict[int, Outcome]:
    """Delete the next rows of the lists of an old event."""
    return {
        event.pk: _MORE if await services.purge_next(event) else to(SeveranceGraph.purged) for event in found
    }
