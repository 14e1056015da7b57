"""Hot statements have a name, included as a comment, by which they can be found in pg_stat_statements, logs and plans.

docs/develop/sql.md lists them; tests/platform/test_sql.py generates the page and compares it with the indexes of the database.
"""

from collections.abc import Mapping
from typing import Any

from core.db.sql import Sql


class Statement:
    """A statement that runs for every page, post, request or delivery. Calling it with a text returns that text with the name in it.

    `indexes` are those that serve it, so that nothing in it scans a whole table.
    """

    def __init__(self, name: str, does: str, *indexes: str) -> None:
        """Name a statement `subject.verb`. `does` explains it to readers who find the name in a list of slow statements."""
        self.name, self.does, self.indexes = name, does, indexes

    def __call__(self, text: str, *parts: Sql | Mapping[str, Any], **params: Any) -> Sql:
        """Return the same as `Sql.of`. The name follows the first word, because some tools remove leading comments."""
        word, _, rest = text.lstrip().partition(" ")
        return Sql.of(f"{word} /* {self.name} */ {rest}", *parts, **params)
