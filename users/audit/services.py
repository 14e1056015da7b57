"""Writes to the audit log. Staff services call `record` in their transaction; `audited` records the attempts that they refuse.

The surface (pages, command line) sets the actor once with `acting`; services that receive a login pass it on.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, NamedTuple

import msgspec

from core import clock
from core.db import sql
from core.errors import NotAllowed, NotFound, Problem
from core.ids import new_id
from core.logs import get_logger
from core.ratelimit import take_exact
from users.audit.models import COMMAND_LINE, Act

log = get_logger(__name__)

AUDITED: dict[str, Act] = {}
"""The services of staff by their names; each writes an entry (tests/pages/administration/audit/test_audited_acts.py)."""

MAX_REFUSALS = 100  # per day and login, so that failed attempts can't flood the log

_acting: ContextVar[int | None] = ContextVar("acting", default=None)


class Target(NamedTuple):
    """The person or thing that an action is about. The name of a login is looked up by its id."""

    kind: str
    id: int | None = None
    name: str = ""


NOTHING = Target("")


@contextmanager
def acting(user_id: int) -> Iterator[None]:
    """Record everything inside the block as done by a login, or by COMMAND_LINE."""
    token = _acting.set(user_id)
    try:
        yield
    finally:
        _acting.reset(token)


def actor() -> int | None:
    """Return the login that acts; None for the server itself."""
    return _acting.get()


# the identity that names a login in the log: one on the domain if there is one. Index users_identity_access_pair
def _name_of(login: str) -> str:
    return f"""(SELECT i.username || '@' || i.host FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
            WHERE a.user_id = {login} ORDER BY i.domain_id IS DISTINCT FROM %(domain)s::bigint, NOT a.is_owner, i.id LIMIT 1)"""


_WRITE = f"""
    INSERT INTO users_auditentry (id, actor_id, actor_name, act, target_kind, target_id, target_name, domain_id, reason, details, refusal, created_at)
    SELECT %(id)s::bigint, %(by)s::bigint, coalesce({_name_of("%(by)s::bigint")}, ''), %(act)s::text, %(kind)s::text, %(target)s::bigint,
           CASE WHEN %(kind)s::text = 'login' AND %(name)s::text = '' THEN coalesce({_name_of("%(target)s::bigint")}, '') ELSE %(name)s::text END,
           %(domain)s::bigint, %(reason)s::text, %(details)s::text::jsonb, %(refusal)s::text, %(now)s::timestamptz
"""


async def record(
    act: Act,
    target: Target = NOTHING,
    *,
    by: int | None = None,
    domain_id: int | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    refusal: str = "",
) -> None:
    """Record a staff action. Runs inside the transaction of the action.

    `by` is the login, by default the one set by `acting`. `domain_id` is the domain whose staff can read the entry; None for the whole
    server's staff.
    """
    await sql.run(
        _WRITE,
        {
            "id": new_id(),
            "by": _acting.get() if by is None else by,
            "act": str(act),
            "kind": target.kind,
            "target": target.id,
            "name": target.name[:512],
            "domain": domain_id,
            "reason": reason,
            "details": msgspec.json.encode(details or {}).decode(),
            "refusal": refusal[:50],
            "now": clock.now(),
        },
    )


async def record_of_shell(
    act: Act,
    target: Target = NOTHING,
    *,
    domain_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record an action on the command line that users can otherwise do for themselves."""
    if _acting.get() == COMMAND_LINE:
        await record(act, target, domain_id=domain_id, details=details)


def audited[**P, R](act: Act) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Mark a staff service. It records its own success; a refusal is recorded here, because its transaction is rolled back."""

    def decorate(service: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @wraps(service)
        async def watched(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return await service(*args, **kwargs)
            except (NotAllowed, NotFound) as problem:
                await _refused(act, problem, kwargs)
                raise

        AUDITED[f"{service.__module__}.{service.__name__}"] = act
        return watched

    return decorate


# how to name the argument of a service in the log: its kind, and a query for its name and domain
_NAMED = {
    "identity_id": ("person", "SELECT username || '@' || host, domain_id FROM users_identity WHERE id = %s"),
    # its domain where it has one only
    "user_id": (
        "login",
        """SELECT '', (SELECT min(i.domain_id) FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
                       WHERE a.user_id = u.id AND i.deleted_at IS NULL HAVING count(DISTINCT i.domain_id) = 1)
           FROM users_user u WHERE u.id = %s""",
    ),
    "role_id": ("role", "SELECT name, domain_id FROM users_role WHERE id = %s"),
    "report_id": (
        "report",
        """SELECT t.username || '@' || t.host, coalesce(t.domain_id, s.domain_id) FROM users_report r JOIN users_identity t ON t.id = r.target_id
           LEFT JOIN users_identity s ON s.id = r.source_id WHERE r.id = %s""",
    ),
    "appeal_id": (
        "appeal",
        """SELECT i.username || '@' || i.host, i.domain_id FROM users_appeal a JOIN users_accountwarning w ON w.id = a.warning_id
           JOIN users_identity i ON i.id = w.identity_id WHERE a.id = %s""",
    ),
    "invitation_id": ("invitation", "SELECT '', domain_id FROM users_invitation WHERE id = %s"),
    "announcement_id": ("announcement", "SELECT '', domain_id FROM activities_announcement WHERE id = %s"),
}


async def _refused(act: Act, problem: Problem, arguments: Mapping[str, Any]) -> None:
    """Record a refused attempt. A target that does not exist is not recorded, and the command line is never refused."""
    by = next((arguments[name].pk for name in ("moderator", "by") if name in arguments), _acting.get())
    if not by:
        return
    target, domain_id = NOTHING, arguments.get("domain_id")
    if (domain := arguments.get("domain")) is not None:
        target, domain_id = Target("domain", domain.pk, domain.name), domain.pk
    for name, (kind, query) in _NAMED.items():
        if name in arguments and (row := await sql.one(query, [arguments[name]])) is not None:
            # a target that was not found may belong to another domain: staff of this one must not read its address
            is_elsewhere = isinstance(problem, NotFound)
            target = Target(kind, arguments[name], row[0])
            domain_id = row[1] if is_elsewhere else domain_id or row[1]
            break
    if target is NOTHING and isinstance(problem, NotFound):
        return
    await record_refusal(act, target, by=by, code=problem.code or "not_found", domain_id=domain_id)


async def record_refusal(
    act: Act,
    target: Target,
    *,
    by: int,
    code: str,
    domain_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write a refused attempt, up to MAX_REFUSALS per day and login."""
    log.info("audit.refused", by=by, act=act, target=target.id, code=code)
    if (await take_exact(f"refusals:{by}", MAX_REFUSALS, 24 * 3600)).allowed:
        await record(act, target, by=by, domain_id=domain_id, refusal=code, details=details)
