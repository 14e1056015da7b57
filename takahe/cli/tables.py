"""Aligned tables with headings, and lists that are shown as one or as JSON."""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import msgspec

from takahe.cli.exits import Exit

type Fields = Mapping[str, Any]


def print_list(
    options: argparse.Namespace,
    rows: Sequence[Fields],
    headings: Sequence[str],
    cells: Callable[[Fields], Sequence[object]],
) -> int:
    """Print rows as JSON if requested, else as a table with `cells` of each; after a full page say how to continue. Return the exit code."""
    if options.json:
        print(msgspec.json.encode(rows).decode())
        return Exit.OK
    print_table(headings, map(cells, rows))
    if len(rows) == getattr(options, "limit", None):
        print(f"\nThere may be more: --before {rows[-1]['id']}")
    return Exit.OK


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings, two spaces between columns; without rows nothing. A heading with a leading `#` is right-aligned, for numbers."""
    shown = [[" ".join(str(cell).split()) for cell in row] for row in rows]
    if not shown:
        return
    right = [heading.startswith("#") for heading in headings]
    lines = [[heading.removeprefix("#").upper() for heading in headings], *shown]
    widths = [max(map(len, column)) for column in zip_longest(*lines, fillvalue="")]
    for line in lines:
        cells = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(line, widths, right, strict=True)
        ]
        print("  ".join(cells).rstrip())
