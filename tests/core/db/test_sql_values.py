"""A piece of SQL keeps its values when it becomes a part of another."""

import pytest

from core.db.sql import Sql


def test_a_statement_takes_the_values_of_its_parts_along() -> None:
    mine = Sql("p.author_id = %(author)s", {"author": 3})
    condition = mine & "p.deleted_at IS NULL" & Sql("p.id < %(before)s", {"before": 9})
    statement = Sql.of(f"SELECT 1 FROM post p WHERE {condition} LIMIT %(limit)s", condition, limit=2)
    assert statement.text == (
        "SELECT 1 FROM post p WHERE p.author_id = %(author)s AND p.deleted_at IS NULL AND p.id < %(before)s LIMIT %(limit)s"
    )
    assert statement.params == {"author": 3, "before": 9, "limit": 2}


def test_parts_may_share_a_value_but_not_a_name() -> None:
    one = Sql("a = %(id)s", {"id": 1})
    assert (one & Sql("b = %(id)s", {"id": 1})).params == {"id": 1}
    with pytest.raises(ValueError, match="two values for id"):
        one & Sql("b = %(id)s", {"id": 2})
