"""A unique index that can be built beside a running server, which Django's UniqueConstraint can't."""

from typing import Any

from django.db import models


class UniqueIndex(models.Index):
    """Built by AddIndexConcurrently, like other indexes; a row that breaks it is an IntegrityError, as with a constraint."""

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        statement = super().create_sql(model, schema_editor, using=using, **kwargs)
        statement.template = statement.template.replace("CREATE INDEX", "CREATE UNIQUE INDEX", 1)
        return statement
