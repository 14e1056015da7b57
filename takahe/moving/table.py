"""A model that is exported with a domain: its columns, rows and references."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec
from django.apps import apps
from django.db import models

from core.db.network_field import NetworkField


@dataclass(frozen=True)
class Table:
    """A model that is exported: its columns, and those that stay behind (`left`).

    `where` selects the rows of a domain. Of the `owned` references at least one must be to something of the imported domain, and those
    in `actors` must not be to somebody who already lives on the importing server. A row whose `needed` references are to something unknown
    there is left out; others become NULL. `loose` are references without a foreign key, `settled` are values that rows get on import, `sealed` columns are encrypted on disk, `html` is sanitised, `files` name stored files.
    """

    label: str
    columns: str
    where: str
    owned: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    left: str = ""
    loose: Mapping[str, str] = field(default_factory=dict)
    settled: Mapping[str, Any] = field(default_factory=dict)
    sealed: tuple[str, ...] = ()
    html: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @cached_property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.label)

    @cached_property
    def names(self) -> list[str]:
        return self.columns.split()

    @cached_property
    def fields(self) -> dict[str, "models.Field[Any, Any]"]:
        return {one.column: one for one in self.model._meta.concrete_fields}

    @cached_property
    def key(self) -> str:
        """The column of the primary key."""
        return str(self.model._meta.pk.column)

    @property
    def has_own_ids(self) -> bool:
        """False if the primary key is another row's, or isn't exported."""
        return self.key == "id" and "id" in self.names and "id" not in self.loose

    @cached_property
    def references(self) -> dict[str, str]:
        """The label of what each column refers to."""
        keys = {
            name: one.related_model._meta.label
            for name, one in self.fields.items()
            if name in self.names and one.is_relation and one.related_model is not None
        }
        return {**keys, **self.loose}

    def decoded(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """Return a row as read by `sql.rows`, ready for JSON."""
        return {
            name: msgspec.json.decode(value)
            if isinstance(self.fields[name], models.JSONField) and isinstance(value, str | bytes)
            else str(value)
            if isinstance(self.fields[name], NetworkField)
            else value
            for name, value in zip(self.names, row, strict=True)
        }
