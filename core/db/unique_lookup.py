"""Look-up of one row by a unique value, whose SQL is compiled once.

Django takes about 1 ms of CPU to compile the selection of a table of 50 columns, and a quarter of that for everything else. The statement
is the same each time except for its values.
"""

from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models.expressions import Col
from django.db.models.fields.related_lookups import RelatedExact, RelatedIsNull
from django.db.models.lookups import Exact, IsNull
from django_async_backend.db import async_connections

from core.django_internals import asks_for_rows_alone, populators_of, row_of

type _Shape = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A query set in parts: what its SQL depends on, and the values of its placeholders."""

    shape: _Shape
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    names: tuple[str, ...]  # attributes of the row itself, whose columns come first
    converters: tuple[tuple[int, Any, Any], ...]  # place of a column, what converts its value, its expression
    populators: tuple[Any, ...]  # of the rows that are loaded along


_statements: dict[_Shape, _Statement | None] = {}


def names_unique_value(queryset: Any) -> bool:
    """Return whether the filter of a query set contains a value of a unique column of its table."""
    where = queryset.query.where
    return (
        where.connector == "AND"
        and not where.negated
        and any(
            isinstance(lookup, Exact)
            and isinstance(lookup.lhs, Col)
            and lookup.lhs.target.unique
            and lookup.lhs.alias == queryset.model._meta.db_table
            and not hasattr(lookup.rhs, "resolve_expression")
            and lookup.lhs.target.model is queryset.model
            for lookup in where.children
        )
    )


def _taken_apart(queryset: Any) -> _Lookup | None:
    """Return the parts of a query set; None if it is more than rows and their related rows, filtered by values of their own columns."""
    query, model = queryset.query, queryset.model
    connection = async_connections[DEFAULT_DB_ALIAS]
    if not asks_for_rows_alone(queryset) or (query.select_for_update and not connection.in_atomic_block):
        return None
    conditions: list[tuple[str, type, Any]] = []
    values: list[Any] = []
    for lookup in query.where.children:
        lhs, kind = getattr(lookup, "lhs", None), type(lookup)
        if kind not in {Exact, RelatedExact, IsNull, RelatedIsNull} or not isinstance(lhs, Col):
            return None
        if lhs.alias != model._meta.db_table or hasattr(lookup.rhs, "resolve_expression"):
            return None
        if isinstance(lookup.rhs, bool):
            conditions.append((lhs.target.attname, kind, lookup.rhs))
            continue
        conditions.append((lhs.target.attname, kind, None))
        values += lookup.get_db_prep_lookup(lookup.rhs, connection)[1]
    lock = (query.select_for_update, query.select_for_no_key_update, query.select_for_update_nowait)
    skipping = (query.select_for_update_skip_locked, query.select_for_update_of)
    related = _frozen(query.select_related)
    return _Lookup((model, tuple(conditions), related, lock, skipping), tuple(values))


def _frozen(related: Any) -> Any:
    return (
        tuple((name, _frozen(below)) for name, below in related.items())
        if isinstance(related, dict)
        else related
    )


async def find(queryset: Any) -> tuple[bool, Any]:
    """Return whether a query set can be answered by this look-up, and the row, or None."""
    lookup = _taken_apart(queryset)
    if lookup is None:
        return False, None
    if lookup.shape not in _statements:
        _statements[lookup.shape] = _compiled(queryset, lookup.values)
    statement = _statements[lookup.shape]
    if statement is None:
        return False, None
    connection = async_connections[DEFAULT_DB_ALIAS]
    async with await connection.cursor() as cursor:
        await cursor.execute(statement.text, lookup.values)
        found = await cursor.fetchone()
    if found is None:
        return True, None
    row = list(found)
    for place, convert, column in statement.converters:
        row[place] = convert(row[place], column, connection)
    instance = row_of(queryset, statement.names, row[: len(statement.names)])
    for populator in statement.populators:
        populator.populate(row, instance)
    return True, instance


def _compiled(queryset: Any, values: tuple[Any, ...]) -> _Statement | None:
    """Let Django compile a look-up. None if its placeholders do not correspond to its values."""
    query = queryset.order_by()[:1].query
    compiler = query.get_compiler(using=queryset.db)
    text, params = compiler.as_sql()
    own = compiler.klass_info["select_fields"]
    names = tuple(compiler.select[place][0].target.attname for place in own)
    if tuple(params) != values or own != list(range(len(names))):
        return None
    converters = compiler.get_converters([selected[0] for selected in compiler.select])
    return _Statement(
        text=text,
        names=names,
        converters=tuple(
            (place, convert, column) for place, (several, column) in converters.items() for convert in several
        ),
        populators=tuple(populators_of(queryset, compiler)),
    )
