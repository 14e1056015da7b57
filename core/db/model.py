"""The base class of every model: `objects`, `asave` and `adelete` are truly async and never use a thread."""

from typing import Any, ClassVar

from django.db import models
from django_async_backend.db.models.base import AsyncModelMixin
from django_async_backend.db.models.manager import AsyncManager as BackendManager
from django_async_backend.db.models.query import QuerySet as BackendQuerySet

from core.db import unique_lookup
from core.django_internals import hash_columns_cheaply

__all__ = ["AsyncManager", "Model"]

hash_columns_cheaply()


class _QuerySet(BackendQuerySet):
    async def afirst(self) -> Any:
        """Return the first row, or None. Without an explicit order rows are ordered by primary key, unless there can be only one.

        Django orders every look-up. Compiling `ORDER BY` compares it with each selected column, and costs as much as everything else.
        """
        if not self.ordered and unique_lookup.names_unique_value(self):
            is_known, found = await unique_lookup.find(self)
            if is_known:
                return found
            if self.query.default_ordering:
                return await self.order_by().afirst()
        return await super().afirst()

    async def aget(self, *conditions: Any, **values: Any) -> Any:
        """Return the only row. Raises the model's DoesNotExist and MultipleObjectsReturned."""
        if not self.query.combinator and not self.query.is_sliced:
            asked = self.filter(*conditions, **values)
            if unique_lookup.names_unique_value(asked):
                is_known, found = await unique_lookup.find(asked)
                if is_known and found is None:
                    raise self.model.DoesNotExist(f"no such {self.model._meta.object_name}")
                if is_known:
                    return found
        return await super().aget(*conditions, **values)


class AsyncManager(BackendManager.from_queryset(_QuerySet)):  # type: ignore[misc]
    """Manager that returns our query sets."""


class Model(AsyncModelMixin, models.Model):
    """Abstract base. A foreign key that was not loaded raises instead of querying: load related objects with an explicit query."""

    objects: ClassVar[Any] = AsyncManager()

    class Meta:
        abstract = True

    async def asave(self, **options: Any) -> None:
        """Insert or update this row (Django's own `asave` would use a thread)."""
        await self.async_save(**options)

    async def adelete(self, **options: Any) -> Any:
        """Delete this row and its dependent rows (Django's own `adelete` would use a thread)."""
        return await self.async_delete(**options)
