"""Removing a domain, and taking that back. The worker does the rest (handlers.py)."""

from datetime import date

from core.db import async_atomic, on_commit
from core.errors import Invalid, NotAllowed
from core.logs import get_logger
from stator import transition
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import REMOVED_AFTER, Domain, DomainGraph, SignUpMode
from users.domains.queries import clear_domain_cache

log = get_logger(__name__)


@audited(Act.remove_domain)
async def remove_domain(*, domain: Domain, typed: str, at_once: bool = False) -> Domain:
    """Close sign-ups of a domain, tell its people by mail, and erase it after two weeks, or `at_once`. A pause ends.

    `typed` is the domain's name, as typed by whoever asks. Raises Invalid if it is another, NotAllowed for the only domain.
    """
    if typed.strip().lower() != domain.name:
        raise Invalid("name", "not_the_domain", name=domain.name)
    async with async_atomic():
        fresh = await _locked(domain)
        is_told = fresh.state == DomainGraph.warning or fresh.is_leaving
        if fresh.is_removed or (is_told and not at_once):
            raise NotAllowed(code="domain_leaves", domain=fresh.name)
        fresh.sign_up_mode, fresh.removed_to = SignUpMode.closed, 0
        await fresh.asave(update_fields=["sign_up_mode", "removed_to"])
        await transition(fresh, DomainGraph.closing if at_once else DomainGraph.warning)
        await record(
            Act.remove_domain,
            Target("domain", fresh.pk, fresh.name),
            domain_id=fresh.pk,
            details={"at_once": at_once},
        )
        await on_commit(_forget)
    log.info("domain.leaves", domain=fresh.name, at_once=at_once)
    return fresh


@audited(Act.keep_domain)
async def keep_domain(*, domain: Domain) -> Domain:
    """Take the removal of a domain back. Its sign-ups stay closed. Raises NotAllowed once its people are being deleted."""
    async with async_atomic():
        fresh = await _locked(domain)
        if not fresh.is_leaving:
            raise NotAllowed(code="domain_stays" if not fresh.is_removed else "domain_not_kept")
        await transition(fresh, DomainGraph.served)
        await record(Act.keep_domain, Target("domain", fresh.pk, fresh.name), domain_id=fresh.pk)
        await on_commit(_forget)
    log.info("domain.stays", domain=fresh.name)
    return fresh


async def _locked(domain: Domain) -> Domain:
    """Lock all domains, so that of two removals at once the second sees the first, and return this one."""
    rows = {row.pk: row async for row in Domain.objects.select_for_update(no_key=True).order_by("pk")}
    others = [row for row in rows.values() if row.pk != domain.pk and not (row.is_removed or row.is_leaving)]
    if not others and not rows[domain.pk].is_leaving:
        raise NotAllowed(code="only_domain")
    return rows[domain.pk]


async def _forget() -> None:
    clear_domain_cache()


def removal_day(domain: Domain) -> date:
    """Return the day from which a domain that leaves is erased."""
    if domain.state == DomainGraph.leaving and domain.state_due_at is not None:
        return domain.state_due_at.date()
    return (domain.state_changed_at + REMOVED_AFTER).date()
