"""Access rules in the endpoints for staff: lists, single rules, and the domain of a new one."""

from typing import Annotated

from api.pagination import Cursors, link_rows
from api.parameters import Limit
from api.routing import Call
from api.services.staff import staff_of
from core.errors import NotFound
from users.access_rules.models import AccessRule
from users.access_rules.queries import find_rule, rules
from users.logins.services.staff import require_somewhere
from users.roles.models import Permission

_LIMIT = Limit(100, 200)


class RulePage(Cursors, kw_only=True):
    limit: Annotated[int, _LIMIT] = _LIMIT.default


async def list_rules[R: AccessRule](call: Call, kind: type[R], asked: RulePage) -> list[R]:
    """Return a page of the rules that the caller manages, and set `Link`."""
    scope = require_somewhere(staff_of(call), Permission.manage_blocks)
    found = await rules(kind, scope, asked.page(asked.limit))
    link_rows(call, [one.pk for one in found], limit=asked.limit)
    return found


async def shown[R: AccessRule](call: Call, kind: type[R], rule_id: int) -> R:
    """Return a rule that the caller manages. Raises NotFound for those of other domains, as for unknown ones."""
    found = await find_rule(kind, require_somewhere(staff_of(call), Permission.manage_blocks), rule_id)
    if found is None:
        raise NotFound
    return found
