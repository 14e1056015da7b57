"""The base class of every model: `objects`, `asave` and `adelete` are truly async and never hop to a thread."""

from typing import Any, ClassVar

from django.db import models
from django_async_backend.db.models.base import AsyncModelMixin
from django_async_backend.db.models.manager import AsyncManager

__all__ = ["AsyncManager", "Model"]


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
