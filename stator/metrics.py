"""The stats as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from collections.abc import Callable

from stator.heartbeat import health
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


async def metrics_text() -> str:
    """Return all stats of the worker, one gauge a kind, labelled by model and state."""
    queues = await stats()
    lines = [
        "# HELP takahe_worker_up Whether a worker was seen in the last seconds.",
        "# TYPE takahe_worker_up gauge",
        f"takahe_worker_up {int((await health()).is_well)}",
    ]
    for name, meaning, read in _GAUGES:
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
        lines += [f'{name}{{model="{q.model}",state="{q.state}"}} {read(q):g}' for q in queues]
    return "\n".join(lines) + "\n"
