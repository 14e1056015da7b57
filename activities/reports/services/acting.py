"""Acts of moderators on posts, from a report or from a page: deleting them, and marking their media as sensitive.

Local authors are warned in the same transaction, and other servers told as for acts of the author.
"""

from collections.abc import Collection

from activities.posts.models import Post
from activities.posts.queries.visibility import may_see
from activities.posts.services.revising import keep_revision
from activities.publishing.services.posting import announce_edit, delete_content
from activities.reports.services.reporting import send_copy
from core import clock
from core.db import async_atomic
from core.errors import Invalid, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.identities.models import Identity
from users.logins.models import User
from users.logins.services.staff import require, require_rank, require_somewhere
from users.moderation import events
from users.moderation import services as moderation
from users.moderation.models import AccountWarning, Report, WarningAction
from users.moderation.queries import reports_in
from users.moderation.services.reports import domain_of, locked_report, record_report, target_of
from users.moderation.services.warning import checked_text, give
from users.roles.models import Permission, is_within

log = get_logger(__name__)


@audited(Act.delete_posts)
async def delete_reported(
    *, moderator: User, report_id: int, post_ids: Collection[int], resolves: bool, message: str = ""
) -> list[Post]:
    """Delete posts that a report names, as their author would: other servers are told of those written here. `resolves` the report with it.

    Raises NotFound for posts that are not in the report, and NotAllowed if the author is staff whom the moderator does not outrank.
    """
    message = checked_text(message)
    async with async_atomic():
        report = await _report(moderator, report_id)
        posts = await _named(report, post_ids)
        await _delete(moderator, report.target, posts, message=message, report=report)
        await _resolve(moderator, report, resolves)
    return posts


@audited(Act.mark_sensitive)
async def mark_reported(
    *, moderator: User, report_id: int, post_ids: Collection[int], resolves: bool, message: str = ""
) -> list[Post]:
    """Mark the media of a report's posts as sensitive, like an edit by their author. Raises as `delete_reported`."""
    message = checked_text(message)
    async with async_atomic():
        report = await _report(moderator, report_id)
        posts = await _mark(
            moderator, report.target, await _named(report, post_ids), message=message, report=report
        )
        await _resolve(moderator, report, resolves)
    return posts


@audited(Act.delete_posts)
async def delete_post(*, moderator: User, viewer: Identity, post_id: int, message: str = "") -> Post:
    """Delete a post that a moderator sees as `viewer`, as its author would. Raises NotFound for a remote one."""
    message = checked_text(message)
    async with async_atomic():
        post = await _seen(moderator, viewer, post_id)
        await _delete(moderator, post.author, [post], message=message)
    return post


@audited(Act.mark_sensitive)
async def mark_post(*, moderator: User, viewer: Identity, post_id: int, message: str = "") -> Post:
    """Mark the media of a post that a moderator sees as `viewer` as sensitive. Raises as `delete_post`."""
    message = checked_text(message)
    async with async_atomic():
        post = await _seen(moderator, viewer, post_id)
        await _mark(moderator, post.author, [post], message=message)
    return post


@audited(Act.forward_report)
async def forward_report(*, moderator: User, report_id: int) -> Report:
    """Send a report to the server of the reported actor, without the name of the reporter, once.

    Raises Invalid for people of this server, and if it was sent.
    """
    async with async_atomic():
        report = await locked_report(moderator, report_id)
        if report.target.is_local:
            raise Invalid("report", "of_this_server")
        if report.is_forwarded:
            raise Invalid("report", "forwarded")
        report.is_forwarded = True
        await report.asave(update_fields=["is_forwarded"])
        await send_copy(report, report.target)
        await record_report(Act.forward_report, report, moderator, host=report.target.host)
    log.info("moderation.report_forwarded", by=moderator.pk, report=report.pk)
    return report


async def _report(moderator: User, report_id: int) -> Report:
    scope = require_somewhere(moderator, Permission.manage_reports)
    report = await reports_in(scope).select_related("target", "source").filter(pk=report_id).afirst()
    if report is None:
        raise NotFound(code="no_such_report")
    if report.target.domain_id is None:  # the act affects the readers of all domains
        require(moderator, Permission.manage_reports)
    await require_rank(moderator, report.target_id)
    return report


async def _named(report: Report, post_ids: Collection[int]) -> list[Post]:
    named = Post.objects.select_for_update().filter(
        pk__in=post_ids, author=report.target_id, uri__in=report.post_uris, deleted_at=None
    )
    posts = [post async for post in named.order_by("pk")]
    if not posts:
        raise Invalid("post_ids", "blank")
    if len(posts) < len(set(post_ids)):
        raise NotFound(code="not_in_report")
    return posts


async def _seen(moderator: User, viewer: Identity, post_id: int) -> Post:
    scope = require_somewhere(moderator, Permission.manage_reports)
    rows = Post.objects.select_for_update(of=("self",)).select_related("author")
    post = await rows.filter(pk=post_id, boost_of=None, deleted_at=None).afirst()
    if post is None or not is_within(scope, post.author.domain_id) or not await may_see(viewer, post.pk):
        raise NotFound(code="no_such_post")
    await require_rank(moderator, post.author_id)
    return post


async def _delete(
    moderator: User, author: Identity, posts: list[Post], *, message: str, report: Report | None = None
) -> None:
    for post in posts:
        await delete_content(post)
    await _tell(moderator, Act.delete_posts, author, posts, message=message, report=report)


async def _mark(
    moderator: User, author: Identity, posts: list[Post], *, message: str, report: Report | None = None
) -> list[Post]:
    """Mark those that are not marked yet, and return them. Raises Invalid if all are."""
    found = [post for post in posts if not post.is_sensitive]
    if not found:
        raise Invalid("post_ids", "marked_already")
    for post in found:
        await _set_sensitive(post, is_sensitive=True)
    await _tell(moderator, Act.mark_sensitive, author, found, message=message, report=report)
    return found


async def _set_sensitive(post: Post, *, is_sensitive: bool) -> None:
    if not post.is_local:
        post.is_sensitive = is_sensitive
        await post.asave(update_fields=["is_sensitive"])
        return
    await keep_revision(post)
    post.is_sensitive, post.edited_at = is_sensitive, clock.now()
    await post.asave(update_fields=["is_sensitive", "edited_at"])
    await announce_edit(post)


_ACTIONS = {
    Act.delete_posts: WarningAction.delete_statuses,
    Act.mark_sensitive: WarningAction.mark_statuses_as_sensitive,
}


async def _tell(
    moderator: User,
    act: Act,
    author: Identity,
    posts: list[Post],
    *,
    message: str,
    report: Report | None,
) -> None:
    """Warn the author, and write the audit log."""
    await give(
        actor=moderator,
        identity=author,
        action=_ACTIONS[act],
        text=message,
        post_ids=[post.pk for post in posts],
        report_id=report.pk if report else None,
    )
    await record(
        act,
        target_of(report) if report else Target("person", author.pk, author.handle),
        by=moderator.pk,
        domain_id=domain_of(report) if report else author.domain_id,
        details={"posts": [post.uri for post in posts]} | ({"message": message} if message else {}),
    )
    for post in posts:
        log.info(f"moderation.{act}", by=moderator.pk, post=post.uri, report=report.pk if report else None)


async def _resolve(moderator: User, report: Report, resolves: bool) -> None:
    if resolves:
        await moderation.resolve_report(moderator=moderator, report_id=report.pk, is_resolved=True)


@events.on_warning_undone
async def take_marks_back(warning: AccountWarning) -> None:
    """Undo the marks of a warning."""
    if warning.action != WarningAction.mark_statuses_as_sensitive:
        return
    marked = Post.objects.select_for_update().filter(
        pk__in=warning.post_ids, author=warning.identity_id, is_sensitive=True, deleted_at=None
    )
    for post in [post async for post in marked.order_by("pk")]:
        await _set_sensitive(post, is_sensitive=False)
