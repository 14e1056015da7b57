"""What moderators do with posts."""

from collections.abc import Collection

from activities.models import Post
from activities.services.posting import wipe
from core.db import async_atomic
from core.errors import BadInput, NotAllowed, NotFound
from core.logs import get_logger
from users.models import IdentityAccess, Report, Role, User
from users.services import moderation

log = get_logger(__name__)


async def delete_reported(
    *, moderator: User, report_id: int, post_ids: Collection[int], settles: bool
) -> list[Post]:
    """Delete posts that a report names, as their author would: other servers are told of those written here. `settles` the report with it.

    Raises NotFound for posts that the report does not name, and NotAllowed for a moderator when the author runs this server.
    """
    moderation.check_moderator(moderator)
    async with async_atomic():
        report = await Report.objects.filter(pk=report_id).afirst()
        if report is None:
            raise NotFound("There is no such report.")
        team = IdentityAccess.objects.filter(
            identity=report.target_id, user__role__in=(Role.moderator, Role.admin)
        )
        if not moderator.is_admin and await team.aexists():
            raise NotAllowed("This person is a moderator or an admin. Only an admin can do this.")
        named = Post.objects.select_for_update().filter(
            pk__in=post_ids, author=report.target_id, uri__in=report.post_uris, deleted_at=None
        )
        posts = [post async for post in named.order_by("pk")]
        if not posts:
            raise BadInput("Select a post that still exists.")
        if len(posts) < len(set(post_ids)):
            raise NotFound("This post is not part of the report.")
        for post in posts:
            await wipe(post)
        if settles:
            await moderation.settle_report(moderator=moderator, report_id=report_id, is_resolved=True)
    for post in posts:
        log.info("moderation.post_deleted", by=moderator.pk, post=post.uri, report=report_id)
    return posts
