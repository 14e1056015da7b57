"""The models with a state graph, their handlers as modules to import, and the check that all active states have one."""

from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps

from stator.graph import GraphError, State, StateGraph
from stator.handlers import Each, HandlerError
from stator.models import StatefulModel

_MODULES = {"handlers", "inbox"}  # names of files, or of folders with files


def load_handlers() -> None:
    """Import every module of the apps that is named `handlers` or `inbox`, or is in a folder of that name.

    They register their states' handlers, jobs, inbox functions, and listeners to events that happen in the worker only. Web processes
    don't load them, which saves the memory of a hundred modules.
    """
    for app in apps.get_app_configs():
        if app.name.startswith("django"):
            continue
        for file in sorted(Path(app.path).rglob("*.py")):
            parts = file.relative_to(app.path).with_suffix("").parts
            if _MODULES.intersection(parts):
                import_module(".".join((app.name, *(part for part in parts if part != "__init__"))))


def graph_of(model: type[StatefulModel]) -> type[StateGraph]:
    """Return the graph that the model's `state` field was declared with."""
    field: Any = model._meta.get_field("state")
    graph: type[StateGraph] = field.graph
    return graph


def label_of(model: type[StatefulModel]) -> str:
    """Return the model's name for operators: activities.post."""
    return str(model._meta.label_lower)


def title_of(label: str) -> str:
    """Return the title of the model with that label. Raises GraphError if there is none."""
    return graph_of(model_named(label)).title


def stateful_models() -> list[type[StatefulModel]]:
    """Return every model with a StateField, in the order of the installed apps."""
    return [
        model for model in apps.get_models() if issubclass(model, StatefulModel) and not model._meta.proxy
    ]


def model_named(label: str) -> type[StatefulModel]:
    """Return the model with that label. Raises GraphError listing the known ones if there is none."""
    known = {label_of(model): model for model in stateful_models()}
    try:
        return known[label.lower()]
    except KeyError:
        raise GraphError(f"no model {label!r} has states; there are {', '.join(sorted(known))}") from None


def active_states(model: type[StatefulModel]) -> list[State]:
    return [state for state in graph_of(model).states.values() if state.is_active]


def check_handlers(models: list[type[StatefulModel]]) -> None:
    """Raise HandlerError for active states without a handler, or with one that is fair by a nullable column."""
    missing = [
        f"{state.label} ({label_of(model)})"
        for model in models
        for state in active_states(model)
        if state.handler is None
    ]
    if missing:
        raise HandlerError(
            f"no handler for {', '.join(missing)}; write one with @….batch() or @….each() and import its module in the app's ready()"
        )
    for model in models:
        for state in active_states(model):
            column = state.handler.fair_by if isinstance(state.handler, Each) else None
            if column is not None and model._meta.get_field(column).null:
                raise HandlerError(
                    f"{state.label}: fair_by={column!r} is a column that may be null; rows without a value would wait forever"
                )
