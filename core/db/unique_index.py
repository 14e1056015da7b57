"""A unique index that can be built concurrently, which Django's UniqueConstraint can't."""

from typing import Any

from django.db import models


class UniqueIndex(models.Index):
    """A unique index built by AddIndexConcurrently, like other indexes; a violation is an IntegrityError, as with a constraint."""

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        statement = super().create_sql(model, schema_editor, using=using, **kwargs)
        statement.template = statement.template.replace("CREATE INDEX", "CREATE UNIQUE INDEX", 1)
        return statement
