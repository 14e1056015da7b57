"""Rendering of a migration's state: the model alone that an operation changes, where that is enough."""

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import migrations

if TYPE_CHECKING:
    from django.db.migrations import Migration
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

_OF_ONE_MODEL = (
    migrations.CreateModel,
    migrations.AddField,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.AddConstraint,
    migrations.RemoveConstraint,
)


def render_little(state: "ProjectState", migration: "Migration") -> None:
    """Let the migration render only the changed models if all its operations allow it, else also all related ones.

    After each operation Django recreates the classes of all models related to the changed one: 12 of the 17 seconds for creating the
    tables of an empty database. Operations on one table use the outdated classes only for what these operations don't change: names of
    tables and columns, and types of keys.
    """
    if all(_is_of_one_model(operation, state, migration.app_label) for operation in migration.operations):
        state.reload_model = partial(_reload_alone, state)
    elif "reload_model" in vars(state):
        del state.reload_model
        del state.apps
        state.apps  # noqa: B018 - renders all models, once


def _is_of_one_model(operation: "Operation", state: "ProjectState", app: str) -> bool:
    match operation:
        case migrations.SeparateDatabaseAndState():
            return all(_is_of_one_model(one, state, app) for one in operation.state_operations)
        case migrations.RunSQL():
            return not operation.state_operations
        case migrations.AlterField():
            model = state.models.get((app, operation.model_name_lower))
            before = model.fields.get(operation.name) if model else None  # None: this migration makes it
            return not any(
                field and (field.is_relation or field.unique) for field in (before, operation.field)
            )
    return isinstance(operation, _OF_ONE_MODEL)


def _reload_alone(state: "ProjectState", app: str, model: str, delay: bool = False, **more: Any) -> None:
    if "apps" in vars(state):
        state.is_delayed = True  # a data migration renders everything again
        with state.apps.bulk_update():
            state.apps.unregister_model(app, model)
        state.apps.render_multiple([state.models[app, model]])
