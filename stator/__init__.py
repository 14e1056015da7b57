"""The state machine engine: graphs, handlers, the worker and its statistics. Independent of the apps. See docs/develop/stator.md.

Names that need loaded models are imported on first use, because Django imports this package before any models are loaded.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stator.fields import StateField, fair_index
from stator.graph import Backoff, GraphError, State, StateGraph
from stator.handlers import HandlerError
from stator.outcomes import Outcome, failed, later, to

if TYPE_CHECKING:
    from stator.heartbeat import health
    from stator.jobs import every
    from stator.metrics import families
    from stator.models import StatefulModel
    from stator.queue_stats import Overview, QueueStats, failed_rows, is_late, overview, retry, stats
    from stator.registry import load_handlers, stateful_models, title_of
    from stator.transitions import transition, transition_many
    from stator.triggers import install_triggers

_LAZY = {
    "Overview": "stator.queue_stats",
    "QueueStats": "stator.queue_stats",
    "StatefulModel": "stator.models",
    "every": "stator.jobs",
    "failed_rows": "stator.queue_stats",
    "families": "stator.metrics",
    "health": "stator.heartbeat",
    "install_triggers": "stator.triggers",
    "is_late": "stator.queue_stats",
    "load_handlers": "stator.registry",
    "overview": "stator.queue_stats",
    "retry": "stator.queue_stats",
    "stateful_models": "stator.registry",
    "stats": "stator.queue_stats",
    "title_of": "stator.registry",
    "transition": "stator.transitions",
    "transition_many": "stator.transitions",
}

__all__ = [
    "Backoff",
    "GraphError",
    "HandlerError",
    "Outcome",
    "Overview",
    "QueueStats",
    "State",
    "StateField",
    "StateGraph",
    "StatefulModel",
    "every",
    "failed",
    "failed_rows",
    "fair_index",
    "families",
    "health",
    "install_triggers",
    "is_late",
    "later",
    "load_handlers",
    "overview",
    "retry",
    "stateful_models",
    "stats",
    "title_of",
    "to",
    "transition",
    "transition_many",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'stator' has no attribute {name!r}")
