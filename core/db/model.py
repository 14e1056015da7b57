"""The base class of every model: `objects`, `asave` and `adelete` are truly async and never hop to a thread."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.lookups import Exact
from django_async_backend.db.models.base import AsyncModelMixin
from django_async_backend.db.models.manager import AsyncManager as BackendManager
from django_async_backend.db.models.query import QuerySet as BackendQuerySet

from core.django_internals import hash_columns_cheaply

__all__ = ["AsyncManager", "Model"]

hash_columns_cheaply()


class _QuerySet(BackendQuerySet):
    async def afirst(self) -> Any:
        """Return the first row, or None. Rows without an order come by primary key, unless there can only be one.

        Django puts every look-up in order. To compile `ORDER BY` compares it with each selected column, and costs as much as all the rest.
        """
        if not self.ordered and self.query.default_ordering and self._has_unique_value():
            return await self.order_by().afirst()
        return await super().afirst()

    def _has_unique_value(self) -> bool:
        """Return whether the filter names a value of a unique column of this table."""
        where = self.query.where
        return (
            where.connector == "AND"
            and not where.negated
            and any(
                isinstance(lookup, Exact)
                and isinstance(lookup.lhs, models.expressions.Col)
                and lookup.lhs.target.unique
                and lookup.lhs.alias == self.model._meta.db_table
                and not hasattr(lookup.rhs, "resolve_expression")
                and lookup.lhs.target.model is self.model
                for lookup in where.children
            )
        )


class AsyncManager(BackendManager.from_queryset(_QuerySet)):  # type: ignore[misc]
    """Gives out query sets of ours."""


class Model(AsyncModelMixin, models.Model):
    """Abstract base. A foreign key that was not loaded raises instead of querying: load companions with an explicit query."""

    objects: ClassVar[Any] = AsyncManager()

    class Meta:
        abstract = True

    async def asave(self, **options: Any) -> None:
        """Insert or update this row (Django's own `asave` would use a thread)."""
        await self.async_save(**options)

    async def adelete(self, **options: Any) -> Any:
        """Delete this row and what hangs on it (Django's own `adelete` would use a thread)."""
        return await self.async_delete(**options)
