"""The metrics of the worker: of its queues, and those that each worker process writes with its heartbeat."""

from collections.abc import Callable

from core.metrics.exposition import Family, Sample, gauge
from stator.heartbeat import health, metrics_of_workers
from stator.queue_stats import QueueStats, stats

_GAUGES: tuple[tuple[str, str, Callable[[QueueStats], float]], ...] = (
    ("takahe_stator_due", "Rows that could be worked on now.", lambda q: q.due),
    (
        "takahe_stator_waiting",
        "Rows that wait for a later time; in a failure state, all rows.",
        lambda q: q.waiting,
    ),
    ("takahe_stator_oldest_seconds", "How long the oldest due row has been due.", lambda q: q.oldest_s),
    ("takahe_stator_rate", "Rows moved on per second, over the last five minutes.", lambda q: q.rate),
    ("takahe_stator_retried_last_hour", "Attempts that ended with a later one.", lambda q: q.retried),
    ("takahe_stator_failed_last_hour", "Rows that went to the failure state.", lambda q: q.failed),
)


async def families() -> list[Family]:
    """Return the stats of all queues, one gauge a kind, labelled by model and state, and the metrics of each live worker.

    Workers are numbered from the one that runs longest on: their names would make new series at each start.
    """
    queues = await stats()
    is_up = (await health()).is_well
    found = [gauge("takahe_worker_up", "Whether a worker was seen in the last seconds.", is_up)]
    for name, meaning, read in _GAUGES:
        samples = [Sample(read(q), {"model": q.model, "state": q.state}) for q in queues]
        found.append(Family(name, "gauge", meaning, samples))
    for number, written in enumerate(await metrics_of_workers(), 1):
        found += [one.labelled(process="worker", worker=str(number)) for one in written]
    return found
