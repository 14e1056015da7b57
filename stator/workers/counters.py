"""Counters of handled rows, kept in memory and added to the table of counts every few seconds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from core.db import sql
from stator.updates import Update


@dataclass(slots=True)
class Counts:
    moved: int = 0
    delayed: int = 0
    failed: int = 0


class Counters:
    """Counts per model and state since the last `save`, and the rows moved on since the start."""

    def __init__(self) -> None:
        self.rows_done = 0
        self._counts: defaultdict[tuple[str, str], Counts] = defaultdict(Counts)

    def count(self, label: str, state: str, updates: Iterable[Update]) -> None:
        counts = self._counts[label, state]
        for update in updates:
            self.rows_done += update.leaves
            if update.gives_up:
                counts.failed += 1
            elif update.leaves:
                counts.moved += 1
            else:
                counts.delayed += 1

    def count_moved(self, label: str, state: str, number: int) -> None:
        """Count rows moved without a handler: timed out, deleted."""
        self._counts[label, state].moved += number
        self.rows_done += number

    async def save(self) -> None:
        """Add the counts to this minute's rows; after an error they are kept for the next time."""
        taken, self._counts = self._counts, defaultdict(Counts)
        if not taken:
            return
        items = sorted(taken.items())  # in a fixed order, so that two workers can't deadlock
        try:
            await sql.run(
                """INSERT INTO stator_tally AS t (minute, label, state, moved, delayed, failed)
                   SELECT date_trunc('minute', now()), * FROM unnest(%s::text[], %s::text[], %s::int8[], %s::int8[], %s::int8[])
                   ON CONFLICT (minute, label, state) DO UPDATE SET moved = t.moved + excluded.moved,
                       delayed = t.delayed + excluded.delayed, failed = t.failed + excluded.failed""",
                (
                    [label for (label, _), _ in items],
                    [state for (_, state), _ in items],
                    [counts.moved for _, counts in items],
                    [counts.delayed for _, counts in items],
                    [counts.failed for _, counts in items],
                ),
            )
        except BaseException:
            for key, counts in taken.items():
                present = self._counts[key]
                present.moved += counts.moved
                present.delayed += counts.delayed
                present.failed += counts.failed
            raise
