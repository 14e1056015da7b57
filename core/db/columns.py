"""Rows of models without the ORM's compiler, which takes a millisecond for a join: for what every request reads."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from django.db import DEFAULT_DB_ALIAS
from django.db.models import JSONField, Model


class Columns[M: Model]:
    """The columns of a model in a statement, and instances made from their values.

    Those named in `without` are deferred, as by the ORM's `defer`: accessing them raises.
    """

    def __init__(self, model: type[M], *, without: Collection[str] = ()) -> None:
        fields = [field for field in model._meta.concrete_fields if field.attname not in without]
        self._model = model
        self._names = [field.attname for field in fields]
        self._columns = [field.column for field in fields]
        self._json = [place for place, field in enumerate(fields) if isinstance(field, JSONField)]

    def __len__(self) -> int:
        return len(self._columns)

    def of(self, alias: str) -> str:
        """Return the columns of the table with alias `alias` as SQL."""
        return ", ".join(f'{alias}."{column}"' for column in self._columns)

    def instance(self, values: Sequence[Any]) -> M | None:
        """Return the instance with these values in the order of the columns; None for the empty row of an outer join."""
        if values[0] is None:
            return None
        row = list(values)
        for place in self._json:
            if isinstance(row[place], str):
                row[place] = msgspec.json.decode(row[place])
        made: M = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row)
        return made
