"""Queries for the stored files in use. Each package registers its own; files that no query returns are deleted."""

_queries: list[str] = []


def register_references(query: str) -> None:
    """Register a query that selects the names in use among those in `w (name)`: `SELECT w.name FROM w JOIN … ON …`."""
    if query not in _queries:
        _queries.append(query)


def names_in_use() -> str:
    """Return one query for all names in use."""
    return " UNION ALL ".join(_queries)
