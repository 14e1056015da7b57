"""Queries for moderators' pages: reports, appeals, users, pending logins, peers. Callers check that the reader is a moderator.

Only `warnings_for` and functions named after it are for the affected users.
"""

import datetime as dt
from typing import Any

import msgspec
from django.db.models import Q, QuerySet

from core.db import sql
from core.db.sql import Sql
from federation.models import Peer, Policy
from users.domains.queries import domain_by_name
from users.identities.queries.profiles import Profile, load_profiles
from users.logins.models import IdentityAccess, User
from users.moderation.models import AccountWarning, Appeal, Report, ReportCategory
from users.roles.models import Permission, RoleGrant, Scope, is_within
from users.roles.queries import grants_of

WITHOUT_MEDIA = "without-media"
WITHOUT_REPORTS = "without-reports"
NOTHING = Sql("0")
_CANDIDATES = 1000  # of a search; the newest matches are shown


class Waiting(msgspec.Struct, frozen=True):
    """The number of items waiting for staff, counted up to a thousand, and the age of the oldest."""

    reports: int
    sign_ups: int
    oldest_report_at: dt.datetime | None = None
    oldest_sign_up_at: dt.datetime | None = None
    appeals: int = 0
    oldest_appeal_at: dt.datetime | None = None
    more: tuple[Any, ...] = ()  # columns of the caller


class ReportView(msgspec.Struct, frozen=True):
    """A report with the actors in it. `source` is None if their server does not name them."""

    id: int
    source: Profile | None
    target: Profile
    comment: str
    category: str
    rules: list[str]
    is_forwarded: bool
    post_uris: list[str]
    collection_ids: list[int]
    created_at: dt.datetime
    resolved_at: dt.datetime | None
    domain_id: int | None = None  # whose staff handle it
    assigned_to: int | None = None  # a login


class SignUp(msgspec.Struct, frozen=True):
    """A sign-up that was not admitted yet. `handle` is the requested one, `question` what the domain asked then, if it had one of its own."""

    user_id: int
    email: str
    handle: str
    is_confirmed: bool
    created_at: dt.datetime
    reason: str
    question: str
    is_approved: bool


async def waiting(user: User, more: Sql = NOTHING) -> Waiting:
    """Count the items waiting for this login in its scope; sign-ups count once their address is confirmed.

    `more` are columns of a higher package, separated by commas and read in the same statement. Served by users_report_waiting, users_user_asks and users_appeal_waiting.
    """
    people, reported = user.scope(Permission.manage_users), user.scope(Permission.manage_reports)
    appealed = user.scope(Permission.manage_appeals)
    of = "(SELECT domain_id FROM users_identity WHERE id = r.{}_id)".format  # a join would read all of them
    found = await sql.one(
        Sql.of(
            f"""WITH r AS NOT MATERIALIZED (
                SELECT r.id, r.created_at FROM users_report r
                WHERE r.resolved_at IS NULL AND {_is_within("%(reported)s", f"coalesce({of('target')}, {of('source')})")}),
            u AS NOT MATERIALIZED (
                SELECT u.created_at FROM users_user u LEFT JOIN users_signup w ON w.user_id = u.id
                WHERE u.approved_at IS NULL AND u.confirmed_at IS NOT NULL AND {_is_within("%(people)s", "w.domain_id")}),
            a AS NOT MATERIALIZED (
                SELECT a.id, a.created_at FROM users_appeal a JOIN users_accountwarning w ON w.id = a.warning_id
                JOIN users_identity i ON i.id = w.identity_id
                WHERE a.decided_at IS NULL AND {_is_within("%(appealed)s", "i.domain_id")})
            SELECT (SELECT count(*) FROM (SELECT 1 FROM r LIMIT 1000) x), (SELECT count(*) FROM (SELECT 1 FROM u LIMIT 1000) x),
                   (SELECT created_at FROM r ORDER BY id LIMIT 1), (SELECT created_at FROM u ORDER BY created_at LIMIT 1),
                   (SELECT count(*) FROM (SELECT 1 FROM a LIMIT 1000) x), (SELECT created_at FROM a ORDER BY id LIMIT 1), {more}""",
            more,
            people=_listed(people),
            reported=_listed(reported),
            appealed=_listed(appealed),
        )
    )
    if found is None:
        return Waiting(0, 0)
    reports, sign_ups, oldest_report, oldest_sign_up, appeals, oldest_appeal, *others = found
    return Waiting(reports, sign_ups, oldest_report, oldest_sign_up, appeals, oldest_appeal, tuple(others))


def _listed(scope: Scope) -> list[int] | None:
    return None if scope is None else sorted(scope)


def _is_within(scope: str, domain: str) -> str:
    """Return the condition that the domain with the id `domain` is in the parameter `scope`, of `_listed`."""
    return f"({scope}::bigint[] IS NULL OR {domain} = ANY({scope}::bigint[]))"


def reports_in(scope: Scope) -> QuerySet[Report]:
    """Return the reports that concern these domains: about their users, or by them about remote actors."""
    if scope is None:
        return Report.objects.all()
    about_others = Q(target__domain=None, source__domain__in=scope)
    return Report.objects.filter(Q(target__domain__in=scope) | about_others)


async def reports(
    *, scope: Scope, resolved: bool, before: int | None = None, limit: int = 40
) -> list[ReportView]:
    """Return unresolved reports (users_report_waiting) or resolved ones (the majority), newest first."""
    rows = _page(reports_in(scope).filter(resolved_at__isnull=not resolved), before, limit)
    return await _views([report async for report in rows])


async def report_beside_others(
    report_id: int, scope: Scope, *, before: int | None = None, limit: int = 40
) -> tuple[ReportView | None, list[ReportView]]:
    """Return a report of the scope, if its target still exists, and a page of those that are resolved, or not, like it."""
    report = await reports_in(scope).filter(pk=report_id).afirst()
    if report is None:
        return None, []
    rows = _page(reports_in(scope).filter(resolved_at__isnull=report.resolved_at is None), before, limit)
    views = await _views([report, *[one async for one in rows]])
    return (views[0], views[1:]) if views and views[0].id == report_id else (None, [])


def _page(rows: QuerySet[Report], before: int | None, limit: int) -> QuerySet[Report]:
    return (rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[:limit]


async def reports_about(identity_id: int, scope: Scope, *, besides: int, limit: int = 10) -> list[Report]:
    """Return the newest other reports of the scope about an identity. Served by users_report_of_target."""
    rows = reports_in(scope).filter(target=identity_id).exclude(pk=besides)
    return [report async for report in rows.order_by("-pk")[:limit]]


async def _views(found: list[Report]) -> list[ReportView]:
    people = await load_profiles({r.target_id for r in found} | {r.source_id for r in found if r.source_id})
    return [
        ReportView(
            id=report.pk,
            source=people.get(report.source_id),
            target=people[report.target_id],
            comment=report.comment,
            category=ReportCategory(report.category).capitalize(),
            rules=await _rules_of(report, people.get(report.source_id)),
            is_forwarded=report.is_forwarded,
            post_uris=[uri for uri in report.post_uris if isinstance(uri, str)],
            collection_ids=report.collection_ids,
            created_at=report.created_at,
            resolved_at=report.resolved_at,
            domain_id=await _home_of(people[report.target_id], people.get(report.source_id)),
            assigned_to=report.assigned_to,
        )
        for report in found
        if report.target_id in people
    ]


async def _home_of(target: Profile, source: Profile | None) -> int | None:
    named = target if target.is_local else source
    domain = await domain_by_name(named.host) if named is not None and named.is_local else None
    return None if domain is None else domain.pk


async def _rules_of(report: Report, source: Profile | None) -> list[str]:
    """Return the texts of the rules in a report, also of those removed since. Domains are cached in the process: this runs no query."""
    domain = await domain_by_name(source.host) if source is not None and report.rule_ids else None
    if domain is None:
        return []
    return [rule.words.text for rule in domain.all_rules if rule.api_id in report.rule_ids]


async def sign_ups_waiting(scope: Scope, limit: int = 100) -> list[SignUp]:
    """Return logins awaiting approval with a confirmed address, then those whose address is not confirmed, each oldest first.

    Anybody can create any number of unconfirmed ones, with any addresses, and must not push the others off the page. Served by
    users_user_asks, users_user_waiting and the primary key of users_signup, which a job limits to a week's.
    """
    is_mine = """(%(scope)s::bigint[] IS NULL OR EXISTS (
        SELECT 1 FROM users_signup w WHERE w.user_id = u.id AND w.domain_id = ANY(%(scope)s::bigint[])))"""
    return await sql.structs(
        SignUp,
        f"""WITH asks AS MATERIALIZED (
               SELECT u.* FROM users_user u WHERE u.approved_at IS NULL AND u.confirmed_at IS NOT NULL AND {is_mine}
               ORDER BY u.created_at LIMIT %(limit)s),
           waiting AS (
               SELECT a.*, 1 AS place FROM asks a UNION ALL
               (SELECT u.*, 2 FROM users_user u WHERE u.approved_at IS NULL AND u.confirmed_at IS NULL AND {is_mine}
                ORDER BY u.created_at LIMIT greatest(%(limit)s - (SELECT count(*) FROM asks), 0)) UNION ALL
               (SELECT u.*, 3 FROM users_signup g JOIN users_user u ON u.id = g.user_id WHERE u.confirmed_at IS NULL
                AND u.approved_at IS NOT NULL AND {is_mine} ORDER BY g.user_id LIMIT %(limit)s))
           SELECT w.id, w.email, coalesce(s.username || '@' || d.name, ''), w.confirmed_at IS NOT NULL, w.created_at,
               w.sign_up_reason, w.sign_up_question, w.approved_at IS NOT NULL
           FROM waiting w LEFT JOIN users_signup s ON s.user_id = w.id LEFT JOIN users_domain d ON d.id = s.domain_id
           ORDER BY w.place, w.created_at""",
        {"limit": limit, "scope": _listed(scope)},
    )


async def people(
    *, scope: Scope, q: str, kind: str, before: int | None = None, limit: int = 40
) -> list[Profile]:
    """Return identities of the scope whose handle starts with `q`, newest first. `kind`: local, restricted, or anything else for all;
    remote ones are in the scope of the server only.

    A name before `@` must match completely. Served by the primary key, users_identity_of_domain and users_identity_restricted; a search
    by users_identity_prefix, users_identity_handle, users_identity_host and, for local ones, users_identity_local_name.
    """
    username, at, host = q.strip().lower().removeprefix("@").partition("@")
    conditions = ["i.deleted_at IS NULL"]
    if scope is not None:
        conditions.append("i.domain_id = ANY(%(scope)s::bigint[])")
        kind = "local" if kind != "restricted" else kind
    if before is not None:
        conditions.append("i.id < %(before)s")
    if kind == "restricted":
        conditions.append("i.restriction > 0")
    if kind == "local":
        conditions.append("i.domain_id IS NOT NULL")
    if username:
        conditions.append(f"lower(i.username) {'=' if at else 'LIKE'} %(username)s")
    if host:
        conditions.append("lower(i.host) LIKE %(host)s")
    those = f"SELECT i.id FROM users_identity i WHERE {' AND '.join(conditions)}"
    if username or host:
        those += f" LIMIT {_CANDIDATES}"
    elif kind == "local":
        newest = f"{those} AND i.domain_id = d.id ORDER BY i.id DESC LIMIT %(limit)s"
        those = f"SELECT o.id FROM users_domain d CROSS JOIN LATERAL ({newest}) o"
    ids = await sql.column(
        f"SELECT f.id FROM ({those}) f ORDER BY f.id DESC LIMIT %(limit)s",
        {
            "username": username if at else f"{sql.like(username)}%",
            "host": f"{sql.like(host)}%",
            "scope": _listed(scope),
            "before": before,
            "limit": limit,
        },
    )
    profiles = await load_profiles(ids)
    return [profiles[pk] for pk in ids]


async def logins_with_access_to(
    identity_id: int, scope: Scope
) -> list[tuple[User, list[Profile], list[RoleGrant]]]:
    """Return the logins with access to an identity, the other identities of the scope that each may use (at most 50), and their roles in
    the scope, in a fixed number of queries.
    """
    held = IdentityAccess.objects.filter(identity=identity_id).values("user")
    users = [user async for user in User.objects.filter(pk__in=held).order_by("pk")]
    others = await identities_held_by([user.pk for user in users], scope)
    held_roles = await grants_of([user.pk for user in users])
    return [
        (
            user,
            [one for one in others[user.pk] if one.id != identity_id],
            [one for one in held_roles.get(user.pk, []) if is_within(scope, one.domain_id)],
        )
        for user in users
    ]


async def identities_held_by(user_ids: list[int], scope: Scope = None) -> dict[int, list[Profile]]:
    """Return the identities of the scope that each login may use, oldest first, at most 50, without deleted ones.

    Index users_identity_access_pair.
    """
    rows = await sql.rows(
        f"""SELECT u.id, a.identity_id FROM unnest(%(users)s::bigint[]) AS u(id)
           CROSS JOIN LATERAL (SELECT a.identity_id FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
                               WHERE a.user_id = u.id AND i.deleted_at IS NULL AND {_is_within("%(scope)s", "i.domain_id")} ORDER BY a.identity_id LIMIT 50) a""",
        {"users": user_ids, "scope": _listed(scope)},
    )
    profiles = await load_profiles({identity_id for _, identity_id in rows})
    found: dict[int, list[Profile]] = {user_id: [] for user_id in user_ids}
    for user_id, identity_id in rows:
        found[user_id].append(profiles[identity_id])
    return found


async def search_peers(*, q: str, policy: str, limit: int = 100) -> list[Peer]:
    """Return hosts that start with `q`: all, those with a policy, or those whose media (WITHOUT_MEDIA) or reports (WITHOUT_REPORTS) are
    refused.

    Those with their own policy come first (federation_peer_policy), then the others, newest first (primary key), or by name in a search
    (the index on `host` for LIKE).
    """
    found = Peer.objects.exclude(host="*")
    if q.strip():
        found = found.filter(host__startswith=q.strip().lower())
    if policy == WITHOUT_MEDIA:  # served by federation_peer_without_media
        return [peer async for peer in found.filter(reject_media=True).order_by("host")[:limit]]
    if policy == WITHOUT_REPORTS:  # served by federation_peer_no_reports
        return [peer async for peer in found.filter(reject_reports=True).order_by("host")[:limit]]
    peers: list[Peer] = []
    if policy != Policy.open:
        ruled = found.exclude(policy=Policy.open)
        ruled = ruled.filter(policy=policy) if policy else ruled
        peers = [peer async for peer in ruled.order_by("policy", "host")[:limit]]
    if policy in {"", Policy.open} and len(peers) < limit:
        others = found.filter(policy=Policy.open).order_by("host" if q.strip() else "-pk")
        peers += [peer async for peer in others[: limit - len(peers)]]
    return peers


async def peers_by_ids(ids: list[int]) -> list[Peer]:
    """Return servers by their ids, without the row that represents all servers. Served by the primary key."""
    return [peer async for peer in Peer.objects.filter(pk__in=ids).exclude(host="*")]


def warnings_for(user: User) -> QuerySet[AccountWarning]:
    """Return the warnings that a login may read, with `identity`: those of its identities, and its own. Index users_warning_of."""
    mine = IdentityAccess.objects.filter(user=user.pk).values("identity")
    found = AccountWarning.objects.select_related("identity").filter(identity__in=mine)
    return found.filter(Q(user=None) | Q(user=user.pk), identity__deleted_at=None)


async def warnings_for_page(
    user: User, *, before: int | None = None, limit: int = 20
) -> list[AccountWarning]:
    """Return a page of these, with `appeal` or None, newest first."""
    found = warnings_for(user)
    if before is not None:
        found = found.filter(pk__lt=before)
    return await _with_appeals(found.order_by("-pk")[:limit])


async def warning_for(user: User, warning_id: int) -> AccountWarning | None:
    """Return one of these."""
    found = await _with_appeals(warnings_for(user).filter(pk=warning_id))
    return found[0] if found else None


async def warnings_by_ids(ids: set[int]) -> dict[int, AccountWarning]:
    """Return warnings with their appeals, for the warned users. Runs no query for an empty list."""
    if not ids:
        return {}
    found = await _with_appeals(AccountWarning.objects.filter(pk__in=ids))
    return {one.pk: one for one in found}


async def _with_appeals(found: QuerySet[AccountWarning]) -> list[AccountWarning]:
    warnings = [one async for one in found.select_related("appeal")]
    for warning in warnings:
        warning.appealed = getattr(warning, "appeal", None)
    return warnings


async def warnings_about(identity_id: int, *, limit: int = 10) -> list[AccountWarning]:
    """Return a user's newest warnings, for staff who may see the user. Index users_warning_of."""
    found = AccountWarning.objects.filter(identity=identity_id).order_by("-pk")
    return await _with_appeals(found[:limit])


def appeals_in(scope: Scope) -> QuerySet[Appeal]:
    """Return the appeals of these domains' users."""
    found = Appeal.objects.all()
    return found if scope is None else found.filter(warning__identity__domain__in=scope)


class AppealView(msgspec.Struct, frozen=True):
    """An appeal with its warning and its author."""

    appeal: Appeal
    warning: AccountWarning
    person: Profile


async def appeals(
    *, scope: Scope, decided: bool, before: int | None = None, limit: int = 20
) -> list[AppealView]:
    """Return pending appeals (users_appeal_waiting) or decided ones (the majority), newest first."""
    rows = appeals_in(scope).select_related("warning").filter(decided_at__isnull=not decided)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = [one async for one in rows.order_by("-pk")[:limit]]
    people = await load_profiles({one.warning.identity_id for one in found})
    return [
        AppealView(one, one.warning, people[one.warning.identity_id])
        for one in found
        if one.warning.identity_id in people
    ]
