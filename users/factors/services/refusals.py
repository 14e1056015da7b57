"""Forged and repeated proofs in the audit log: somebody may be trying to sign in as a login."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.errors import Problem
from users.audit.models import Act
from users.audit.services import Target, record_refusal
from users.domains.models import Domain
from users.logins.models import User


@asynccontextmanager
async def refusals_recorded(act: Act, user: User, domain: Domain | None) -> AsyncIterator[None]:
    """Record a refusal in the block as an attempt by the login that it was for, and raise it again. Not inside a transaction."""
    try:
        yield
    except Problem as problem:
        target = Target("login", user.pk)
        place = domain.pk if domain is not None else None
        await record_refusal(act, target, by=user.pk, code=problem.code or "refused", domain_id=place)
        raise
