"""Subscriptions to blocklists: fetched by the worker, looked at by staff once, applied in batches, and removed."""

from datetime import timedelta

import msgspec

import stator
from core import clock
from core.config import config
from core.db import async_atomic, sql
from core.errors import Invalid, NotFound
from core.http import parse_url
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.blocklists.models import SubscribedServer, Subscription, SubscriptionGraph
from users.blocklists.queries import lost_follows, rulings_of
from users.blocklists.reading import Fetched, FetchedServer, Ruling
from users.blocklists.services import BATCH_SIZE
from users.blocklists.services.reconciling import SUBSCRIBED, keep_as_own, overrule, reconcile
from users.logins.models import User
from users.logins.services.staff import require
from users.moderation import events as moderation
from users.roles.models import Permission

MOST_SUBSCRIPTIONS = 50
FETCH_LEASE = timedelta(minutes=5)


@audited(Act.subscribe_blocklist)
async def subscribe(*, moderator: User | None, address: str, name: str = "") -> Subscription:
    """Subscribe to the list at an https address, or return the subscription to it. The worker fetches it; staff accept it with `accept`.

    Without a moderator the command line acts, here and below. Raises Invalid, and BadUrl for an address that is not requested.
    """
    _check(moderator)
    url = parse_url(address.strip(), allow_http=config().allow_http)
    async with async_atomic():
        await sql.run("SELECT pg_advisory_xact_lock(hashtext('users_subscription'))")
        known = await Subscription.objects.filter(address=url.text[:2048]).afirst()
        if known is not None:
            return known
        if await Subscription.objects.acount() >= MOST_SUBSCRIPTIONS:
            raise Invalid("address", "subscriptions_too_many", most=MOST_SUBSCRIPTIONS)
        made = await Subscription.objects.acreate(
            address=url.text[:2048],
            name=name.strip()[:200] or url.host,
            user_id=None if moderator is None else moderator.pk,
        )
        await _record(Act.subscribe_blocklist, moderator, made, address=made.address)
    return made


@audited(Act.apply_subscription)
async def accept(*, moderator: User | None, subscription_id: int) -> None:
    """Have the worker apply a list that waits for staff. Raises NotFound if it doesn't."""
    _check(moderator)
    async with async_atomic():
        found = await _locked(subscription_id)
        waits = found.state in (SubscriptionGraph.shown.name, SubscriptionGraph.held.name)
        if not waits or not await stator.transition(found, SubscriptionGraph.applying):
            raise NotFound
        await Subscription.objects.filter(pk=found.pk).aupdate(position="", applied_at=clock.now())
        await _record(Act.apply_subscription, moderator, found, count=found.counts["listed"])


@audited(Act.refresh_blocklist)
async def refresh(*, moderator: User | None, subscription_id: int) -> None:
    """Have the worker fetch a list now."""
    _check(moderator)
    async with async_atomic():
        found = await _locked(subscription_id)
        if found.state != SubscriptionGraph.fetching.name:
            await stator.transition(found, SubscriptionGraph.fetching)
        elif found.state_attempts:  # it failed, and waits; a request in progress keeps its lease
            now = clock.now()
            waiting = Subscription.objects.filter(pk=found.pk, state_due_at__gt=now + FETCH_LEASE)
            await waiting.aupdate(state_due_at=now)
        await _record(Act.refresh_blocklist, moderator, found)


@audited(Act.unsubscribe_blocklist)
async def unsubscribe(*, moderator: User | None, subscription_id: int, keeps: bool) -> None:
    """Have the worker remove a list, and the policies that only it set, unless the server `keeps` them as its own."""
    _check(moderator)
    async with async_atomic():
        found = await _locked(subscription_id)
        ending = SubscriptionGraph.keeping if keeps else SubscriptionGraph.retracting
        if not await stator.transition(
            found, SubscriptionGraph.ended if found.applied_at is None else ending
        ):
            raise NotFound
        freed = f"{found.pk} {found.address}"[:2048]  # the address can be subscribed again at once
        await Subscription.objects.filter(pk=found.pk).aupdate(position="", address=freed)
        await _record(Act.unsubscribe_blocklist, moderator, found, keeps=keeps)


def _check(moderator: User | None) -> None:
    if moderator is not None:
        require(moderator, Permission.manage_federation)


async def _record(act: Act, moderator: User | None, one: Subscription, **details: object) -> None:
    by = None if moderator is None else moderator.pk
    await record(act, Target("blocklist", one.pk, one.name), by=by, details=details)


async def _locked(subscription_id: int) -> Subscription:
    found = await Subscription.objects.select_for_update().filter(pk=subscription_id).afirst()
    if found is None:
        raise NotFound
    return found


async def store_problem(one: Subscription, problem: str) -> None:
    """Store why a list could not be fetched. Nothing that it set changes."""
    await Subscription.objects.filter(pk=one.pk).aupdate(problem=problem[:500])


async def store_fetched(one: Subscription, fetched: Fetched, etag: str) -> bool:
    """Store the servers of a list that was fetched; return whether most of those in effect have disappeared from it.

    In pieces, each in its own transaction; a repeated call stores them again as a newer generation.
    """
    generation = int(
        await sql.value(
            f"UPDATE {sql.table(Subscription)} SET generation = generation + 1 WHERE id = %s RETURNING generation",
            [one.pk],
        )
    )
    counts = {"listed": 0, "new": 0, "kept": 0, "skipped": fetched.skipped}
    for content in fetched.pieces:
        piece = msgspec.json.decode(content, type=list[FetchedServer])
        known = await rulings_of([server.host for server in piece])
        counts["listed"] += len(piece)
        free = sum(known.get(server.host, Ruling()) == Ruling() for server in piece)
        counts["new"] += free
        counts["kept"] += len(piece) - free
        await sql.run(
            f"""INSERT INTO {SUBSCRIBED} (subscription_id, host, fetched, comment, generation)
                SELECT %s, new.host, new.ruling, new.comment, %s
                FROM unnest(%s::text[], %s::text[], %s::text[]) AS new (host, ruling, comment)
                ON CONFLICT (subscription_id, host) DO UPDATE
                SET fetched = excluded.fetched, comment = excluded.comment, generation = excluded.generation""",
            [
                one.pk,
                generation,
                [server.host for server in piece],
                [msgspec.json.encode(server.ruling).decode() for server in piece],
                [server.comment for server in piece],
            ],
        )
    in_effect = SubscribedServer.objects.filter(subscription=one.pk).exclude(ruling="")
    before = await in_effect.acount()
    counts["gone"] = await in_effect.filter(generation__lt=generation).acount()
    if one.applied_at is None:
        counts["lost"] = await lost_follows(
            f"""SELECT 1 FROM {SUBSCRIBED} r WHERE r.subscription_id = %(id)s AND r.fetched LIKE '%%"blocked"%%'
                AND r.generation = %(generation)s AND r.host = ANY(federation_host_suffixes(p.host))""",
            {"id": one.pk, "generation": generation},
        )
    await Subscription.objects.filter(pk=one.pk).aupdate(
        counts=counts, fetched_at=clock.now(), etag=etag[:200], problem="", position=""
    )
    return counts["gone"] * 2 > before


async def store_unchanged(one: Subscription) -> None:
    """Record that a list has not changed since it was last fetched."""
    await Subscription.objects.filter(pk=one.pk).aupdate(fetched_at=clock.now(), problem="")


async def apply_next(one: Subscription) -> bool:
    """Put the next servers of a list into effect, and those out of effect that it no longer names. Return whether there may be more."""
    hosts = await _next(one)
    await sql.run(
        f"""UPDATE {SUBSCRIBED} SET ruling = CASE WHEN generation = %s THEN fetched ELSE '' END
            WHERE subscription_id = %s AND host = ANY(%s::text[])""",
        [one.generation, one.pk, hosts],
    )
    await reconcile(hosts, name=one.name)
    await SubscribedServer.objects.filter(subscription=one.pk, host__in=hosts, ruling="").adelete()
    return await _moved(one, hosts)


async def remove_next(one: Subscription, *, keeps: bool) -> bool:
    """Remove the next servers of a list that ends; return whether there may be more. In a transaction."""
    hosts = await _next(one)
    rows = SubscribedServer.objects.filter(subscription=one.pk, host__in=hosts)
    await rows.aupdate(ruling="")
    if keeps:
        await rulings_of(hosts, lock=True)
        await keep_as_own(hosts)
    else:
        await reconcile(hosts, name=one.name)
    await rows.adelete()
    return await _moved(one, hosts)


async def _next(one: Subscription) -> list[str]:
    """Return the next hosts of a list by name (users_subscribed_server_once)."""
    rows = SubscribedServer.objects.filter(subscription=one.pk, host__gt=one.position).order_by("host")
    return [host async for host in rows.values_list("host", flat=True)[:BATCH_SIZE]]


async def _moved(one: Subscription, hosts: list[str]) -> bool:
    if hosts:
        await Subscription.objects.filter(pk=one.pk).aupdate(position=hosts[-1])
    return len(hosts) == BATCH_SIZE


@moderation.on_policy_set
async def keep_decision(host: str) -> None:
    """Keep what staff decided about a server, whatever lists say of it."""
    await overrule(host)
