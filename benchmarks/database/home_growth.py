"""Time of a home timeline request with 2,000, 20,000 and 200,000 stored posts. The bound is on the growth, not on the time.

`python -m benchmarks.database.home_growth`
"""

import statistics
import time

from benchmarks.support.common import report
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import make_people, run, write_posts

SIZES = (2_000, 20_000, 200_000)
READS = 400


async def _main() -> None:
    from activities.timelines.queries.timelines import home
    from core.db import own_connection
    from core.db.paging import Page
    from users.identities.models import Identity

    times = []
    async with own_connection():
        viewer_id = await make_people()
        stored = 0
        for size in SIZES:
            await write_posts(size - stored, viewer_id)
            stored = size
            viewer = await Identity.objects.aget(pk=viewer_id)
            spent = []
            for _ in range(READS):
                start = time.perf_counter()
                assert len(await home(viewer, Page())) == 20
                spent.append(time.perf_counter() - start)
            times.append(statistics.median(spent[READS // 10 :]) * 1000)
            print(f"home timeline with {size:,} posts: {times[-1]:.2f} ms")
    report("home timeline growth", max(times[1:]), times[0], 1.3, unit=" ms", at_most=True)


if __name__ == "__main__":
    with migrated_database():
        run(_main)
