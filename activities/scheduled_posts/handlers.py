"""Publishing of scheduled posts. The post's id is reserved before it is written: a second attempt finds the post."""

from contextlib import nullcontext
from datetime import timedelta

from django.db import IntegrityError

from activities.posts.models import Post
from activities.scheduled_posts.models import ScheduledPost, ScheduledPostGraph
from activities.scheduled_posts.services import draft_of, publish_scheduled, return_to_author
from core import clock
from core.db import sql
from core.errors import BadInput, NotAllowed, NotFound, Problem
from core.ids import new_id
from stator import Outcome, every, failed, later, to
from users.identities.models import Identity, Restriction
from users.logins.access import speaking
from users.logins.models import AccessRole
from users.logins.queries import may_act, may_act_as

_LOOKED_AT_FOR = timedelta(days=7)
_MAX_COUNT = 100
_WHILE_PAUSED = timedelta(minutes=1)
_TOO_EARLY = timedelta(seconds=5)  # the clocks of database and worker may differ slightly


@ScheduledPostGraph.waiting.each(lease=timedelta(seconds=60), concurrency=5)
async def publish(row: ScheduledPost) -> Outcome:
    """Publish the post exactly once, even if a worker is killed."""
    if (early := row.scheduled_at - clock.now()) > _TOO_EARLY:
        return later("its time is still to come", after=early)
    post_id = await sql.value(
        "UPDATE activities_scheduledpost SET post_id = coalesce(post_id, %s) WHERE id = %s RETURNING post_id",
        [new_id(), row.pk],
    )
    if post_id is None:
        return failed("it was taken back")
    if await Post.objects.filter(pk=post_id).aexists():
        return to(ScheduledPostGraph.published)
    author = (
        await Identity.objects.select_related("domain").filter(pk=row.author_id, deleted_at=None).afirst()
    )
    if author is None:
        return failed("its author is gone")
    if author.domain is not None and author.domain.is_paused:
        return later("its domain is paused", after=_WHILE_PAUSED, is_attempt=False)
    is_refused = row.written_by is not None and not await may_act_as(row.written_by, author.pk)
    if is_refused or author.restriction == Restriction.suspended or not await may_act(author.pk):
        await return_to_author(
            row, NotAllowed(code="not_allowed_in_time")
        )  # shown to the author on their next visit
        return failed("its author can't write any more")
    try:
        # as an editor: what an author may use was checked when it was scheduled
        with speaking(row.written_by, AccessRole.editor) if row.written_by else nullcontext():
            await publish_scheduled(author=author, row=row, post_id=post_id)
    except IntegrityError:  # another worker's lease was still valid: the post exists
        return to(ScheduledPostGraph.published)
    except (BadInput, NotFound, NotAllowed) as problem:
        lost = isinstance(problem, NotFound) and draft_of(row).quoted_id is not None
        await return_to_author(row, NotFound(code="quoted_post_lost") if lost else problem)
        return failed(problem.detail or problem.sentence)
    return to(ScheduledPostGraph.published)


@every(timedelta(minutes=1), name="return_failed_scheduled_posts")
async def return_failed_posts() -> int:
    """Return posts to their authors after too many attempts failed or their workers were killed. Return how many.

    Served by activities_scheduledpost_failed.
    """
    broken = ScheduledPost.objects.filter(
        state=ScheduledPostGraph.failed.name,
        state_changed_at__gt=clock.now() - _LOOKED_AT_FOR,
        reason="",
        author__deleted_at=None,
    ).order_by("state_changed_at")[:_MAX_COUNT]
    rows = [row async for row in broken]
    for row in rows:
        await return_to_author(row, Problem(code="broken_in_time"))
    return len(rows)
