"""Lists of rules for staff, limited to the domains whose rules the reader may manage. Newest first, served by the primary keys."""

from django.db.models import Q

from core import clock
from core.db.paging import Page
from users.access_rules.models import AccessRule, CanonicalEmailBlock
from users.roles.models import Scope


async def rules[R: AccessRule](kind: type[R], scope: Scope, page: Page) -> list[R]:
    """Return a page of the rules of one kind in a scope, without expired ones, with `domain`."""
    found = kind.objects.select_related("domain").filter(_live(kind))
    if scope is not None:
        found = found.filter(domain__in=scope)
    return await page.read(found)


async def find_rule[R: AccessRule](
    kind: type[R], scope: Scope, rule_id: int, *, locks: bool = False
) -> R | None:
    """Return a rule in a scope, with `domain`; with `locks` it is locked until the end of the transaction."""
    found = kind.objects.select_related("domain").filter(_live(kind), pk=rule_id)
    if locks:
        found = found.select_for_update(of=("self",))
    return await (found if scope is None else found.filter(domain__in=scope)).afirst()


async def blocks_of_hash(scope: Scope, email_hash: str) -> list[CanonicalEmailBlock]:
    """Return the rules in a scope that refuse a mailbox, one per domain. Index users_canonicalemailblock_hash."""
    found = CanonicalEmailBlock.objects.select_related("domain").filter(email_hash=email_hash)
    return [one async for one in (found if scope is None else found.filter(domain__in=scope)).order_by("-pk")]


def _live(kind: type[AccessRule]) -> Q:
    """Return the condition that a rule has not expired."""
    return Q(expires_at=None) | Q(expires_at__gt=clock.now()) if kind is not CanonicalEmailBlock else Q()
