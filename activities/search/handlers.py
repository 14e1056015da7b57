"""A periodic job that fills the search words of older posts, newest first."""

from datetime import timedelta

from activities.posts.models.progress import Progress
from core.db import async_atomic, sql
from stator import every

BACKFILL_NAME = "search_words"  # the row of activities_progress; without it all posts are processed again
BATCH_SIZE = 2000
_BATCHES_PER_RUN = 100  # per run
_BEGIN = 2**63 - 1


@every(timedelta(minutes=5), name="fill_search_words")
async def fill_search_words() -> int:
    """Compute missing or outdated search words; return for how many posts. Each batch is a transaction of its own."""
    filled = 0
    for _ in range(_BATCHES_PER_RUN):
        piece = await _fill_piece()
        if piece is None:
            break
        filled += piece
    return filled


async def _fill_piece() -> int | None:
    """Fill the next batch, by the primary key; return None if there is none."""
    async with async_atomic():
        await Progress.objects.aget_or_create(name=BACKFILL_NAME, defaults={"position": _BEGIN})
        progress = await Progress.objects.select_for_update().aget(name=BACKFILL_NAME)
        if progress.position == 0:
            return None
        ids = await sql.column(
            "SELECT id FROM activities_post WHERE id < %s ORDER BY id DESC LIMIT %s",
            [progress.position, BATCH_SIZE],
        )
        filled = await sql.run(
            """UPDATE activities_post SET words = activities_search_words(content_warning, title, content)
               WHERE id = ANY(%s::bigint[]) AND boost_of_id IS NULL
               AND words IS DISTINCT FROM activities_search_words(content_warning, title, content)""",
            [ids],
        )
        await Progress.objects.filter(name=BACKFILL_NAME).aupdate(position=ids[-1] if ids else 0)
    return filled if ids else None
