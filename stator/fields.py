"""The model field that holds a row's state. In migrations it is a plain text column, so that they import no app code."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Value
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Now

from stator.graph import GraphError, State, StateGraph


def fair_index(column: str, *, name: str) -> models.Index:
    """Return the index for a state whose handler is fair by `column`: due rows of one value of it, oldest first."""
    return models.Index(
        fields=["state", column, "state_due_at"],
        condition=models.Q(state_due_at__isnull=False),
        name=name,
    )


class DueField(models.DateTimeField):
    """The time at which the engine handles the row, set from the row's state when it is inserted."""

    def __init__(self, graph: type[StateGraph]) -> None:
        self.graph = graph
        defaults: dict[str, Any] = {"db_default": Now()} if graph.initial.is_active else {}
        super().__init__(null=True, editable=False, **defaults)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs

    def clone(self) -> models.DateTimeField:
        _, _, args, kwargs = self.deconstruct()
        return models.DateTimeField(*args, **kwargs)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if not add or (value is not None and not isinstance(value, DatabaseDefault)):
            return value
        wait_s = self.graph.state(str(model_instance.state)).due_in_s()
        if wait_s is None:
            model_instance.state_due_at = None
            return None
        return Now() + Value(dt.timedelta(seconds=wait_s)) if wait_s else Now()


class StateField(models.TextField):
    """A text column with the name of a state of `graph`; a new row is in the graph's initial state.

    It adds the indexes for the worker's claims and the list of failed rows, and lets the database set state and due time for raw INSERTs.
    """

    if TYPE_CHECKING:  # the type of a row's attribute

        def __get__(self, row: object, model: type[object] | None = None) -> str: ...
        def __set__(self, row: object, value: str) -> None: ...

    def __init__(self, graph: type[StateGraph], **options: Any) -> None:
        self.graph = graph
        options.setdefault("default", graph.initial.name)
        options.setdefault("db_default", graph.initial.name)
        options.setdefault("editable", False)
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        return name, "django.db.models.TextField", args, kwargs

    def clone(self) -> models.TextField:
        """Return what migrations keep of this field: the plain column (a copy of this class would add its columns again)."""
        _, _, args, kwargs = self.deconstruct()
        return models.TextField(*args, **kwargs)

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if cls._meta.abstract:
            return
        if name != "state":
            raise GraphError(f"{cls._meta.label}.{name}: a StateField must be named state")
        if self.graph.model is not None and self.graph.model._meta.label != cls._meta.label:
            raise GraphError(
                f"{cls._meta.label} uses {self.graph.__name__}, which already belongs to {self.graph.model._meta.label}"
            )
        self.graph.model = cls
        DueField(self.graph).contribute_to_class(cls, "state_due_at")
        # Appended here, not declared in an abstract Meta, so that a model with a Meta of its own can't lose them.
        prefix = f"{cls._meta.app_label[:6]}_{cls._meta.model_name[:15]}"
        due = models.Index(
            fields=["state", "state_due_at"],
            name=f"{prefix}_due",
            condition=models.Q(state_due_at__isnull=False),
        )
        indexes = [*cls._meta.indexes, due]
        if self.graph.failure is not None:
            failure = models.Q(state=self.graph.failure.name)
            indexes.append(
                models.Index(fields=["state_changed_at"], name=f"{prefix}_failed", condition=failure)
            )
        cls._meta.indexes = indexes
        cls._meta.original_attrs["indexes"] = indexes

    def get_prep_value(self, value: Any) -> Any:
        return value.name if isinstance(value, State) else super().get_prep_value(value)
