"""Policies of one domain for other servers, set by its staff on top of the server's."""

import msgspec

from core import clock
from core.db import async_atomic, on_commit
from core.errors import Invalid, NotFound
from core.logs import get_logger
from federation import peers
from federation.models import DomainPolicy, Policy
from federation.models.domain_policy import MOST_PER_DOMAIN
from federation.policies import Effect
from federation.policies.domains import EVERY_HOST, effects_now
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain
from users.domains.names import check_host
from users.domains.queries import is_local_host
from users.logins.models import User
from users.logins.services.staff import require
from users.roles.models import Permission
from users.severances.services import record_blocks

log = get_logger(__name__)
MAX_COMMENT_LENGTH = 1000
POLICIES = (Policy.open, Policy.limited, Policy.blocked)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The choices of a domain's staff for a host. `public_comment` is published with the domain's blocks, `note` is for its staff."""

    policy: str = Policy.open
    reject_media: bool = False
    force_sensitive: bool = False
    force_unlisted: bool = False
    strip_links: bool = False
    note: str = ""
    public_comment: str = ""

    @property
    def effects(self) -> dict[str, bool]:
        return {
            name: getattr(self, name)
            for name in ("reject_media", "force_sensitive", "force_unlisted", "strip_links")
        }


@audited(Act.set_domain_policy)
async def set_domain_policy(*, moderator: User, domain: Domain, host: str, choice: Choice) -> DomainPolicy:
    """Set a domain's policy for a host and its subdomains, in place of an earlier one. A block tells the domain's people what they lose.

    Raises Invalid for a host of ours, a policy without effect, and too many policies.
    """
    require(moderator, Permission.manage_federation, domain.pk)
    if choice.policy not in POLICIES:
        raise Invalid("policy", "unknown", known=", ".join(POLICIES))
    if choice.policy == Policy.open and not any(choice.effects.values()):
        raise Invalid("policy", "without_effect")
    name = check_host(host.strip().removeprefix("*."))
    if await is_local_host(name):
        raise Invalid("host", "is_local", host=name)
    async with async_atomic():
        await Domain.objects.select_for_update(no_key=True).aget(pk=domain.pk)  # one change after the other
        peers.forget_policies()
        is_cut_off = choice.policy == Policy.blocked and not (
            await peers.is_blocked(name) or Effect.hides in effects_now(name, domain.pk)
        )
        known = await DomainPolicy.objects.filter(domain=domain, host=name).afirst()
        if known is None and await DomainPolicy.objects.filter(domain=domain).acount() >= MOST_PER_DOMAIN:
            raise Invalid("host", "too_many", most=MOST_PER_DOMAIN)
        values = {
            "policy": choice.policy,
            **choice.effects,
            "note": choice.note.strip()[:MAX_COMMENT_LENGTH],
            "public_comment": choice.public_comment.strip()[:MAX_COMMENT_LENGTH],
            "set_by_id": moderator.pk or None,
            "set_at": clock.now(),
        }
        row, _ = await DomainPolicy.objects.aupdate_or_create(domain=domain, host=name, defaults=values)
        await record(
            Act.set_domain_policy,
            Target("server", None, name),
            by=moderator.pk,
            domain_id=domain.pk,
            reason=row.note,
            details={
                "policy": str(row.policy),
                "before": str(known.policy if known else Policy.open),
                "reject_media": row.reject_media,
                **{effect: True for effect, is_on in choice.effects.items() if is_on},
            },
        )
        if is_cut_off:
            await record_blocks([name], domain_id=domain.pk)
        await on_commit(_forget)
    log.info(
        "moderation.domain_policy_set", by=moderator.pk, domain=domain.name, host=name, policy=str(row.policy)
    )
    return row


@audited(Act.remove_domain_policy)
async def remove_domain_policy(*, moderator: User, domain: Domain, policy_id: int) -> DomainPolicy:
    """Remove a domain's policy for a host: what it hid is shown again, and follows count again. Raises NotFound for another domain's."""
    require(moderator, Permission.manage_federation, domain.pk)
    async with async_atomic():
        await Domain.objects.select_for_update(no_key=True).aget(pk=domain.pk)  # one change after the other
        row = await DomainPolicy.objects.select_for_update().filter(pk=policy_id, domain=domain).afirst()
        if row is None or row.host == EVERY_HOST:
            raise NotFound(code="no_such_policy")
        await row.adelete()
        await record(
            Act.remove_domain_policy,
            Target("server", None, row.host),
            by=moderator.pk,
            domain_id=domain.pk,
            details={"before": str(row.policy)},
        )
        await on_commit(_forget)
    log.info("moderation.domain_policy_removed", by=moderator.pk, domain=domain.name, host=row.host)
    return row


async def _forget() -> None:
    peers.forget_policies()
