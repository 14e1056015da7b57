"""Aligned tables with headings, for commands that list something."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings, two spaces between columns; without rows nothing. A heading that starts with `#` is one of numbers, at their right."""
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
