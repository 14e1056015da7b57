"""Judging posts by the rules that name the hash of their files, once these were copied."""

from datetime import timedelta

from activities.publishing.services.sheltering import judge_copied
from activities.shelter.models import FileMatch, FileMatchGraph
from activities.shelter.queries.stored import posts_with_file
from stator import Outcome, later, to

_BATCH = 50
_SOON = timedelta(milliseconds=100)  # others take their turn in between


@FileMatchGraph.waiting.each(lease=timedelta(minutes=2), concurrency=2)
async def judge_posts(match: FileMatch) -> Outcome:
    """Apply the rules to the next posts with the file, each in a transaction of its own."""
    ids = await posts_with_file(match.url, match.sha256, most=_BATCH)
    for post_id in ids:
        await judge_copied(post_id=post_id, url=match.url, sha256=match.sha256)
    return later(f"{len(ids)} compared", after=_SOON, is_attempt=False) if ids else to(FileMatchGraph.done)
