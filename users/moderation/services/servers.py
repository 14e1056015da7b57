"""Actions of moderators on other servers, and of operators on relays and failed work."""

from collections.abc import Mapping

import stator
from core.db import async_atomic, on_commit
from core.errors import Invalid, NotFound
from core.logs import get_logger
from federation import peers
from federation.models import Peer, Policy, Relay
from federation.policies import Handling
from federation.relays import events as relays
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.names import check_host
from users.domains.queries import is_local_host
from users.logins.models import User
from users.logins.services.staff import require
from users.moderation import events
from users.roles.models import Permission
from users.severances.services import record_blocks

log = get_logger(__name__)


@audited(Act.set_peer_policy)
async def set_peer_policy(
    *,
    moderator: User,
    host: str,
    policy: str | None,
    reject_media: bool | None = None,
    reject_reports: bool | None = None,
    handling: Mapping[Handling, bool] | None = None,
    note: str | None = "",
) -> Peer:
    """Set a server's policy (open, allowed, limited, blocked), which also applies to its subdomains.

    `reject_media` refuses its pictures, videos, sounds and emoji; `reject_reports` refuses its reports. None leaves a value as it is.
    `handling` turns changes of its people's posts on or off, for posts and edits that arrive from now on; those not in it stay.
    """
    require(moderator, Permission.manage_federation)
    if policy is not None and policy not in Policy:
        raise Invalid("policy", "unknown", known=", ".join(Policy))
    name = check_host(host.strip().removeprefix("*."))
    if policy not in (None, Policy.open) and await is_local_host(name):
        raise Invalid("host", "is_local", host=name)
    async with async_atomic():
        known = await peers.lock_peer(name)  # concurrent changes are serialised
        peers.forget_policies()
        cut_off = await peers.newly_blocked([name], [name]) if policy == Policy.blocked else []
        handled = Handling(known.handling)
        for one, is_on in (handling or {}).items():
            handled = handled | one if is_on else handled & ~one
        peer = await peers.set_policy(
            host=name,
            policy=Policy(known.policy if policy is None else policy),
            reject_media=known.reject_media if reject_media is None else reject_media,
            reject_reports=known.reject_reports if reject_reports is None else reject_reports,
            handling=handled,
            note=known.policy_note if note is None else note.strip()[:1000],
        )
        await record(
            Act.set_peer_policy,
            Target("server", peer.pk, name),
            by=moderator.pk,
            reason=peer.policy_note,
            details={
                "policy": str(peer.policy),
                "before": str(known.policy),
                "reject_media": peer.reject_media,
                "reject_reports": peer.reject_reports,
                **{str(one.name): True for one in handled},
            },
        )
        await record_blocks(cut_off)
        await events.on_policy_set.emit(name)
        await on_commit(_forget_policies)
    log.info(
        "moderation.peer_policy_set",
        by=moderator.pk,
        host=name,
        policy=str(peer.policy),
        reject_media=peer.reject_media,
        reject_reports=peer.reject_reports,
        handling=int(handled),
    )
    return peer


@audited(Act.set_federation_mode)
async def set_federation_mode(*, moderator: User, listed_only: bool) -> None:
    """Set whether this installation federates with allowed servers only, or with all that aren't blocked."""
    require(moderator, Permission.manage_settings)
    async with async_atomic():
        await peers.set_federation_mode(listed_only=listed_only)
        await record(Act.set_federation_mode, by=moderator.pk, details={"listed_only": listed_only})
        await on_commit(_forget_policies)
    log.info("moderation.federation_mode_set", by=moderator.pk, listed_only=listed_only)


async def _forget_policies() -> None:
    peers.forget_policies()


@audited(Act.retry_failed)
async def retry_failed(*, moderator: User, model: str, pk: str | None = None) -> int:
    """Make failed rows due again, one by key or all of the model. Return how many."""
    require(moderator, Permission.view_devops)
    try:
        async with async_atomic():
            count = await stator.retry(model, pk)
            await record(
                Act.retry_failed, Target("queue", None, model), by=moderator.pk, details={"rows": count}
            )
    except (stator.GraphError, LookupError) as error:
        raise NotFound(code="no_such_queue", detail=str(error)) from error
    log.info("moderation.retried", by=moderator.pk, model=model, rows=count)
    return count


@relays.on_relay_added
async def record_added(relay: Relay) -> None:
    await _record_relay(Act.add_relay, relay)


@relays.on_relay_changed
async def record_changed(relay: Relay) -> None:
    await _record_relay(Act.change_relay, relay)


@relays.on_relay_removed
async def record_removed(relay: Relay) -> None:
    await _record_relay(Act.remove_relay, relay)


async def _record_relay(act: Act, relay: Relay) -> None:
    details = {"most_per_minute": relay.most_per_minute, "hashtags": list(relay.hashtags)[:20]}
    await record(act, Target("relay", relay.pk, relay.address), details=details)
