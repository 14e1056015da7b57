"""Incoming Flag activities: reports by other servers."""

from core.db import async_atomic
from core.ratelimit import take_exact
from federation.documents import as_ids
from federation.peers import takes_reports_from
from federation.registry import Handled, IncomingActivity, done, ignored, on
from users.domains.queries import domain_by_id
from users.identities.activitypub.parsing import text
from users.identities.models import Identity
from users.logins.services.notices import mail_staff
from users.moderation import events
from users.moderation.models import Report
from users.moderation.services import REPORTS

MAX_REPORTS_PER_HOST = 100  # per day: moderators read each, and a host can send any number
_MAX_REPORTED_POSTS = 50
_MAX_COMMENT_LENGTH = 3000


@on("Flag")
async def receive_flag(activity: IncomingActivity) -> Handled:
    """Store a report of a local identity, optionally with posts. The sender isn't stored, because servers sign on behalf of reporters."""
    uris = as_ids(activity.document.get("object"))[:_MAX_REPORTED_POSTS]
    if not await takes_reports_from(activity.host):
        return ignored("reports of this server are refused")
    target = await _reported(uris)
    if target is None:
        return ignored("nobody here is reported")
    if not (await take_exact(f"flags:{activity.host}", MAX_REPORTS_PER_HOST, 24 * 3600)).allowed:
        return ignored(f"this host has sent {MAX_REPORTS_PER_HOST} reports today")
    report = Report(
        target=target,
        uri=activity.id[:2048],
        comment=text(activity.document.get("content"), _MAX_COMMENT_LENGTH),
        post_uris=[uri for uri in uris if uri != target.uri],
    )
    same = Report.objects.filter(target=target, uri=report.uri, comment=report.comment)
    if not await same.filter(post_uris=report.post_uris).aexists():
        async with async_atomic():
            await report.asave(force_insert=True)
            await mail_staff(REPORTS, await domain_by_id(target.domain_id) if target.domain_id else None)
        await events.on_report.emit(report)
    return done()


async def _reported(uris: list[str]) -> Identity | None:
    """Return the local identity in `uris`, or the author of a local post in it (post ids begin with the author's)."""
    found = await Identity.objects.filter(uri__in=uris, domain__isnull=False, deleted_at=None).afirst()
    if found is None:
        owners = [uri.partition("/statuses/")[0] for uri in uris if "/statuses/" in uri]
        found = await Identity.objects.filter(uri__in=owners, domain__isnull=False, deleted_at=None).afirst()
    return found
