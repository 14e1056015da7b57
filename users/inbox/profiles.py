"""Update and Delete of an actor, Move, and Flag, as they come in."""

from core.db import async_atomic
from core.ratelimit import take_exact
from federation.documents import as_id, as_ids
from federation.models import Peer
from federation.registry import Handled, IncomingActivity, Need, NeedsFetch, done, ignored, needs, on, refused
from users import events
from users.domains.queries import domain_by_id
from users.identities.activitypub.parsing import text
from users.identities.inbox import actor_of
from users.identities.models import Identity
from users.identities.queries import identities as reads
from users.models import Follow, Report
from users.queries import identities as relationships
from users.services import following
from users.services.letters import REPORTS, tell_staff

MOST_REPORTS_OF_HOST = 100  # a day: moderators read each, and a host makes up as many as it likes
_MOST_REPORTED_POSTS = 50
_LONGEST_COMMENT = 3000


def _target_of(activity: IncomingActivity) -> str:
    return as_id(activity.document.get("target"))


@needs("Move")
async def where_they_moved(activity: IncomingActivity) -> list[Need]:
    """The new actor, unless it is known."""
    uri = _target_of(activity)
    if not uri or await Identity.objects.filter(uri=uri).aexists():
        return []
    return [Need(uri, "actor")]


@on("Move")
async def receive_move(activity: IncomingActivity) -> Handled:
    """The actor lives elsewhere now, if the new one names the old as its alias: our people who followed the old follow the new."""
    if activity.object_id != activity.actor:
        return refused("only an actor itself may move")
    old = await actor_of(activity)
    uri = _target_of(activity)
    if not uri or uri == old.uri:
        return refused("it does not say where to")
    new = await reads.by_uri(uri)
    if new is None:
        raise NeedsFetch(uri, "actor")
    if new.deleted_at is not None or new.moved_to_uri:
        return refused("the new account is not in use")
    if old.uri not in new.also_known_as:
        if not new.is_local and not await _is_fresh(new, activity):
            raise NeedsFetch(uri, "fresh actor")
        return refused("the new account does not name the old one as its alias")
    if old.moved_to_uri == new.uri and not await _has_local_followers(old):
        return done()
    await Identity.objects.filter(pk=old.pk).aupdate(moved_to_uri=new.uri)
    await _take_followers_along(old, new)
    return done()


async def _is_fresh(identity: Identity, activity: IncomingActivity) -> bool:
    """Whether we fetched it after the Move was received: an alias that is missing then is missing."""
    return identity.fetched_at is not None and identity.fetched_at >= activity.received_at


async def _has_local_followers(identity: Identity) -> bool:
    return await Follow.objects.filter(target=identity.pk, source__domain__isnull=False).aexists()


async def _take_followers_along(old: Identity, new: Identity) -> None:
    follows = [
        row
        async for row in Follow.objects.select_related("source").filter(
            target=old.pk, source__domain__isnull=False, source__deleted_at=None
        )
    ]
    for row in follows:
        source = row.source
        if source.pk == new.pk:
            continue
        if not await relationships.has_block_between(source.pk, new.pk):
            await following.follow(
                source=source,
                target_id=new.pk,
                shows_boosts=row.shows_boosts,
                notifies=row.notifies,
                languages=row.languages,
            )
        await following.unfollow(source=source, target_id=old.pk)


@on("Flag")
async def receive_flag(activity: IncomingActivity) -> Handled:
    """Another server's people report one of ours, and perhaps posts. Their server signs for them, so the sender is not kept as a person."""
    uris = as_ids(activity.document.get("object"))[:_MOST_REPORTED_POSTS]
    if await Peer.objects.filter(host=activity.host, reject_reports=True).aexists():
        return ignored("reports from this host are not wanted")
    target = await _reported(uris)
    if target is None:
        return ignored("nobody here is reported")
    if not (await take_exact(f"flags:{activity.host}", MOST_REPORTS_OF_HOST, 24 * 3600)).allowed:
        return ignored(f"this host has sent {MOST_REPORTS_OF_HOST} reports today")
    report = Report(
        target=target,
        uri=activity.id[:2048],
        comment=text(activity.document.get("content"), _LONGEST_COMMENT),
        post_uris=[uri for uri in uris if uri != target.uri],
    )
    same = Report.objects.filter(target=target, uri=report.uri, comment=report.comment)
    if not await same.filter(post_uris=report.post_uris).aexists():
        async with async_atomic():
            await report.asave(force_insert=True)
            await tell_staff(REPORTS, await domain_by_id(target.domain_id) if target.domain_id else None)
        await events.on_report.happened(report)
    return done()


async def _reported(uris: list[str]) -> Identity | None:
    """The person of ours among `uris`, or the author of a post of ours among them (their ids begin with the author's)."""
    found = await Identity.objects.filter(uri__in=uris, domain__isnull=False, deleted_at=None).afirst()
    if found is None:
        owners = [uri.partition("/statuses/")[0] for uri in uris if "/statuses/" in uri]
        found = await Identity.objects.filter(uri__in=owners, domain__isnull=False, deleted_at=None).afirst()
    return found
