"""Fetching the results of a remote poll before it is closed here."""

import datetime as dt

from activities.polls.handlers import close_polls, wait_until_end
from activities.polls.models import Poll, PollGraph
from activities.polls.services import end_of, is_over
from activities.posts.models import Post
from activities.publishing.services.fetching import refetch
from core.db import release_connection
from core.errors import Problem
from core.logs import get_logger
from stator import Outcome, to

log = get_logger(__name__)


@PollGraph.stale.each(lease=dt.timedelta(seconds=60), concurrency=5)
async def refresh_before_close(poll: Poll) -> Outcome:
    """Refresh a remote poll from its server and close it if it has ended. Without a response the stored results are kept."""
    post = await Post.objects.select_related("author").filter(pk=poll.pk, deleted_at=None).afirst()
    if post is None:
        return to(PollGraph.closed)
    await release_connection()
    try:
        post = await refetch(post)
    except Problem as problem:
        log.info("poll.not_refreshed", post=poll.pk, reason=problem.detail or problem.sentence)
    question = post.question or {}
    if is_over(question):
        return to(PollGraph.closed, effect=lambda: close_polls([poll.pk]))
    poll.ends_at = end_of(question)

    async def keep_end() -> None:
        await Poll.objects.filter(pk=poll.pk).aupdate(ends_at=poll.ends_at)

    return to(PollGraph.open, effect=keep_end, after=wait_until_end(poll))
