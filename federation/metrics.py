"""Counters of federation in this process, for /metrics: `count("inbox", "accepted")`."""

from collections import Counter

from core.metrics.exposition import Family, Sample
from core.server_state import PerServer

_counts: PerServer[Counter[tuple[str, str]]] = PerServer(Counter)


def count(what: str, outcome: str, times: int = 1) -> None:
    """Count an event. `what`: inbox, message, delivery or fetch. `outcome`: a word from our own code, never external text."""
    _counts()[what, outcome] += times


def counted(what: str, outcome: str) -> int:
    return _counts()[what, outcome]


def families() -> list[Family]:
    """Return the counts as metrics."""
    counts = [
        Sample(number, {"what": what, "outcome": outcome})
        for (what, outcome), number in sorted(_counts().items())
    ]
    return [Family("takahe_federation_total", "counter", "Events of federation, by outcome.", counts)]
