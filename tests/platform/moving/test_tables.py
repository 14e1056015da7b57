"""Every model and column is exported with a domain, or is listed as left behind."""

from django.apps import apps
from django.db.models import JSONField

from takahe.moving.left import LEFT_BEHIND
from takahe.moving.shapes import SHAPES
from takahe.moving.tables import ELSEWHERE, TABLES


def test_every_model_is_exported_or_left_behind() -> None:
    exported = [table.label for table in TABLES]
    left = [label for labels in LEFT_BEHIND.values() for label in labels]
    listed = [*exported, *left, *(set(ELSEWHERE) - set(exported))]
    assert sorted(listed) == sorted(model._meta.label for model in apps.get_models())


def test_every_column_is_exported_or_left_behind() -> None:
    for table in TABLES:
        listed = [*table.names, *table.left.split()]
        assert sorted(listed) == sorted(table.fields), table.label
        used = {*table.owned, *table.actors, *table.loose, *table.sealed, *table.html, *table.files}
        assert used <= {*table.names}, table.label
        assert set(table.settled) <= set(table.left.split()), table.label


def test_every_json_column_has_a_shape() -> None:
    columns = {
        (table.label, name)
        for table in TABLES
        for name in table.names
        if isinstance(table.fields[name], JSONField)
    }
    assert columns == set(SHAPES)
