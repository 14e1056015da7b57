"""Reporting posts and accounts to the moderators."""

from collections.abc import Sequence

from activities.posts.queries.posts import load_posts
from activities.posts.queries.views import PostView
from core.db import async_atomic
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.logs import get_logger
from federation.registry import SYSTEM_ACTOR
from federation.sending import send
from federation.signing import system_actor_uri
from users.collections.queries import collections_by_ids
from users.domains.queries import domain_by_id, is_local_only
from users.identities.models import Identity
from users.identities.queries import identities
from users.logins.services.notices import mail_staff
from users.moderation import events
from users.moderation.activitypub import flag_document
from users.moderation.models import Report, ReportCategory
from users.moderation.services import REPORTS

log = get_logger(__name__)

MAX_COMMENT_LENGTH = 1000
MAX_POSTS = 100


async def report(
    *,
    source: Identity,
    target_id: int,
    post_ids: Sequence[int] = (),
    collection_ids: Sequence[int] = (),
    comment: str = "",
    category: str = ReportCategory.other,
    rule_ids: Sequence[str] = (),
    forward: bool = False,
    row_id: int | None = None,
) -> Report:
    """Report `target` to the moderators, optionally with the id `row_id`. With `forward` a remote target's server gets it, too, without
    the reporter's name.

    Raises NotFound for accounts, posts and collections that the reporter can't see, and for posts and collections of others. Rules make
    it a report of a violation.
    """
    target = await identities.by_id(target_id)
    if target is None or target.deleted_at is not None:
        raise NotFound
    comment = comment.strip()
    if len(comment) > MAX_COMMENT_LENGTH:
        raise Invalid("comment", "too_long", most=MAX_COMMENT_LENGTH)
    if category not in ReportCategory:
        raise Invalid("category", "unknown")
    rules = await _checked_rules(source, rule_ids)
    posts = await _posts_of(target, post_ids, source)
    collections = await _collections_of(target, collection_ids, source)
    async with async_atomic():
        made = await Report.objects.acreate(
            id=row_id or new_id(),
            source=source,
            target=target,
            comment=comment,
            category=ReportCategory.violation if rules else category,
            rule_ids=rules,
            post_ids=[post.id for post in posts],
            collection_ids=collections,
            post_uris=[post.uri for post in posts],
            is_forwarded=forward and not target.is_local and not await is_local_only(source.domain_id),
        )
        if made.is_forwarded:
            await send_copy(made, target)
        home = target.domain_id or source.domain_id
        await mail_staff(REPORTS, await domain_by_id(home) if home else None)
        await events.on_report.emit(made)
    log.info("report.made", by=source.pk, target=target.handle, forwarded=made.is_forwarded)
    return made


async def _checked_rules(source: Identity, rule_ids: Sequence[str]) -> list[str]:
    domain = await domain_by_id(source.domain_id)
    known = set(domain.rule_ids) if domain is not None else set()
    if not known.issuperset(rule_ids):
        raise Invalid("rules", "unknown")
    return list(dict.fromkeys(rule_ids))


async def _posts_of(target: Identity, post_ids: Sequence[int], viewer: Identity) -> list[PostView]:
    wanted = list(dict.fromkeys(post_ids))
    if len(wanted) > MAX_POSTS:
        raise Invalid("post_ids", "too_many", most=MAX_POSTS)
    found = {post.id: post for post in await load_posts(wanted, viewer)} if wanted else {}
    if any(post_id not in found or found[post_id].author.id != target.pk for post_id in wanted):
        raise NotFound
    return [found[post_id] for post_id in wanted]


async def _collections_of(target: Identity, collection_ids: Sequence[int], viewer: Identity) -> list[int]:
    wanted = list(dict.fromkeys(collection_ids))
    if len(wanted) > MAX_POSTS:
        raise Invalid("post_ids", "too_many", most=MAX_POSTS)
    found = await collections_by_ids(wanted, viewer)
    if any(one not in found or found[one].collection.owner_id != target.pk for one in wanted):
        raise NotFound
    return wanted


async def send_copy(made: Report, target: Identity) -> None:
    """Send a report to the server of the reported actor, without the name of the reporter. Runs inside a transaction."""
    document = flag_document(
        await system_actor_uri(), made.pk, target.uri, list(made.post_uris), made.comment
    )
    await send(signer=SYSTEM_ACTOR, activity=document, inboxes=[target.inbox_url])
