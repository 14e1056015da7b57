"""Rules on who may sign up and who may connect, written by staff of a domain or of the whole server."""

import datetime as dt
import re
from typing import Any

from django.db import IntegrityError

from core import clock
from core.db import async_atomic, on_commit
from core.db.pubsub import publish
from core.errors import Invalid, NotFound
from core.hosts.names import BadHost, normal_host
from core.ids import new_id
from core.logs import get_logger
from users.access_rules import queries as reads
from users.access_rules.addresses import Network, email_hash, parsed_address, parsed_network
from users.access_rules.models import AccessRule, CanonicalEmailBlock, EmailDomainBlock, IpBlock, Severity
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain
from users.domains.queries import domain_by_id
from users.logins import queries as login_reads
from users.logins.addresses import clean_email
from users.logins.models import User
from users.logins.services.staff import require, require_somewhere
from users.roles.models import Permission, is_within

log = get_logger(__name__)

MAX_COMMENT = 1000
LONGEST = dt.timedelta(days=366 * 20)
_HASH = re.compile(r"[0-9a-f]{64}")


@audited(Act.block_email_domain)
async def block_email_domain(
    *,
    moderator: User,
    name: str,
    domain: Domain | None = None,
    allows_with_approval: bool = False,
    lasts: dt.timedelta | None = None,
    row_id: int | None = None,
) -> EmailDomainBlock:
    """Refuse sign-ups with addresses of an e-mail domain and its subdomains, or require approval: on a domain, or without one on the
    whole server. `lasts` is None for a permanent rule.
    """
    require(moderator, Permission.manage_blocks, domain.pk if domain else None)
    made = EmailDomainBlock(
        id=row_id or new_id(),
        name=_email_domain(name),
        allows_with_approval=allows_with_approval,
        expires_at=_end(lasts),
        domain=domain,
        created_at=clock.now(),
    )
    details = {"allows_with_approval": allows_with_approval}
    await _insert(made, "name", Act.block_email_domain, moderator, details)
    return made


@audited(Act.unblock_email_domain)
async def unblock_email_domain(*, moderator: User, rule_id: int) -> EmailDomainBlock:
    """Delete such a rule. Raises NotFound."""
    return await _remove(EmailDomainBlock, rule_id, Act.unblock_email_domain, moderator)


@audited(Act.block_email)
async def block_email(
    *, moderator: User, email: str, domain: Domain | None = None, row_id: int | None = None
) -> CanonicalEmailBlock:
    """Refuse sign-ups with a mailbox, in any spelling. `email` may be its hash, as shown in the list."""
    require(moderator, Permission.manage_blocks, domain.pk if domain else None)
    wanted = email.strip().lower()
    if not _HASH.fullmatch(wanted):
        wanted = email_hash(clean_email(email))
    made = CanonicalEmailBlock(
        id=row_id or new_id(), email_hash=wanted, domain=domain, created_at=clock.now()
    )
    await _insert(made, "email", Act.block_email, moderator, {})
    return made


@audited(Act.block_email)
async def block_email_of(*, moderator: User, user_id: int) -> CanonicalEmailBlock:
    """Refuse sign-ups with the mailbox of a restricted or disabled login, without revealing the address to the caller.

    It applies to the whole server if the caller is its staff, else to each domain of the login where the caller may write rules; the last
    one is returned.
    """
    scope = require_somewhere(moderator, Permission.manage_blocks)
    user = await User.objects.filter(pk=user_id).afirst()
    homes = sorted(await login_reads.domains_of(user_id)) if user is not None else []
    places = [home for home in homes if is_within(scope, home)]
    if user is None or (scope is not None and not places):
        raise NotFound(code="no_such_login")
    if not user.is_restricted and not user.is_disabled:
        raise Invalid("email", "of_free_login")
    async with async_atomic():
        for place in [None] if scope is None else places:
            made = await block_email(
                moderator=moderator, email=user.email, domain=await domain_by_id(place) if place else None
            )
    return made


@audited(Act.unblock_email)
async def unblock_email(*, moderator: User, rule_id: int) -> CanonicalEmailBlock:
    """Delete such a rule. Raises NotFound."""
    return await _remove(CanonicalEmailBlock, rule_id, Act.unblock_email, moderator)


@audited(Act.add_ip_rule)
async def add_ip_rule(
    *,
    moderator: User,
    network: str,
    severity: str,
    address: str,
    domain: Domain | None = None,
    comment: str = "",
    lasts: dt.timedelta | None = None,
    row_id: int | None = None,
) -> IpBlock:
    """Add a rule on a network or address; `lasts` is None for a permanent one. `address` is the caller's own: a rule must not lock its
    author out.
    """
    require(moderator, Permission.manage_blocks, domain.pk if domain else None)
    made = IpBlock(
        id=row_id or new_id(),
        network=_network(network),
        severity=_severity(severity),
        comment=_comment(comment),
        expires_at=_end(lasts),
        domain=domain,
        created_at=clock.now(),
    )
    _check_not_own(made, address)
    await _insert(made, "network", Act.add_ip_rule, moderator, _ip_details(made))
    return made


@audited(Act.change_ip_rule)
async def change_ip_rule(
    *,
    moderator: User,
    rule_id: int,
    address: str,
    network: str | None = None,
    severity: str | None = None,
    comment: str | None = None,
    lasts: dt.timedelta | None = None,
    keeps_end: bool = True,
) -> IpBlock:
    """Change a rule on a network; None leaves a value as it is. Without `keeps_end` it expires after `lasts` from now, or never. Raises
    NotFound.
    """
    scope = require_somewhere(moderator, Permission.manage_blocks)
    try:
        async with async_atomic():
            rule = await reads.find_rule(IpBlock, scope, rule_id, locks=True)
            if rule is None:
                raise NotFound(code="no_such_rule")
            if network is not None:
                rule.network = _network(network)
            if severity is not None:
                rule.severity = _severity(severity)
            if comment is not None:
                rule.comment = _comment(comment)
            if not keeps_end:
                rule.expires_at = _end(lasts)
            _check_not_own(rule, address)
            await rule.asave(update_fields=["network", "severity", "comment", "expires_at"])
            await _note(rule, Act.change_ip_rule, moderator, _ip_details(rule))
    except IntegrityError as error:
        raise Invalid("network", "rule_exists") from error
    log.info("moderation.ip_rule_changed", by=moderator.pk, rule=rule_id)
    return rule


@audited(Act.remove_ip_rule)
async def remove_ip_rule(*, moderator: User, rule_id: int) -> IpBlock:
    """Delete a rule on a network. Raises NotFound."""
    return await _remove(IpBlock, rule_id, Act.remove_ip_rule, moderator)


async def _insert(
    made: AccessRule,
    field: str,
    act: Act,
    by: User,
    details: dict[str, Any],
) -> None:
    try:
        async with async_atomic():
            # ignore an expired one that the worker has not deleted yet
            if isinstance(made, IpBlock):
                old = IpBlock.objects.filter(network=made.network, domain=made.domain_id)
                await old.filter(expires_at__lte=clock.now()).adelete()
            elif isinstance(made, EmailDomainBlock):
                same = EmailDomainBlock.objects.filter(name=made.name, domain=made.domain_id)
                await same.filter(expires_at__lte=clock.now()).adelete()
            await made.asave(force_insert=True)
            await _note(made, act, by, details)
    except IntegrityError as error:
        raise Invalid(field, "rule_exists") from error
    log.info("moderation.access_rule_added", by=by.pk, rule=made.pk, act=act)


async def _remove[R: AccessRule](kind: type[R], rule_id: int, act: Act, by: User) -> R:
    scope = require_somewhere(by, Permission.manage_blocks)
    async with async_atomic():
        found = await reads.find_rule(kind, scope, rule_id)
        if found is None or not (await kind.objects.filter(pk=rule_id).adelete())[0]:
            raise NotFound(code="no_such_rule")
        await _note(found, act, by, {})
    log.info("moderation.access_rule_removed", by=by.pk, rule=rule_id, act=act)
    return found


async def _note(rule: AccessRule, act: Act, by: User, details: dict[str, Any]) -> None:
    """Write to the audit log, and notify every web process of a rule that requests check. Runs inside the transaction of the act."""
    reason = ""
    if isinstance(rule, IpBlock):
        reason = rule.comment
        await publish(reads.CHANNEL, ["changed"])
        await on_commit(reads.load_refused)
    target = Target(rule.KIND, rule.pk, rule.label)
    await record(act, target, by=by.pk, domain_id=rule.domain_id, reason=reason, details=details)


def _ip_details(rule: IpBlock) -> dict[str, Any]:
    ends = rule.expires_at.isoformat() if rule.expires_at else None
    return {"severity": str(rule.severity), "expires_at": ends}


def _check_not_own(rule: IpBlock, address: str) -> None:
    """Raise Invalid for a rule that would lock its author out."""
    own = parsed_address(address)
    if rule.severity == Severity.no_access and own is not None and own in rule.network:
        raise Invalid("network", "own_address", address=str(own))


def _email_domain(name: str) -> str:
    given = name.strip().rpartition("@")[2].removeprefix("*.").removeprefix(".")
    if not given:
        raise Invalid("name", "no_email_domain")
    try:
        host = normal_host(given)
    except BadHost as error:
        raise Invalid("name", "not_an_email_domain", given=given[:100]) from error
    if parsed_address(host) is not None:
        raise Invalid("name", "not_an_email_domain", given=given[:100])
    return host


def _network(text: str) -> Network:
    network = parsed_network(text)
    if network is None:
        raise Invalid("network", "not_a_network", given=text.strip()[:100])
    return network


def _severity(text: str) -> Severity:
    if text not in Severity:
        raise Invalid("severity", "unknown_severity")
    return Severity(text)


def _comment(text: str) -> str:
    if len(text.strip()) > MAX_COMMENT:
        raise Invalid("comment", "too_long", most=MAX_COMMENT)
    return text.strip()


def _end(lasts: dt.timedelta | None) -> dt.datetime | None:
    if lasts is None:
        return None
    if not dt.timedelta(0) < lasts <= LONGEST:
        raise Invalid("expires_in", "not_a_time")
    return clock.now() + lasts
