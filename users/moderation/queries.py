"""What operators' pages read: figures, reports, people, logins that wait, peers. For moderators only: nothing here asks who may see it."""

import datetime as dt

import msgspec
from django.db.models.functions import Lower

from core.db import sql
from federation.models import Peer
from users.domains.queries import domain_by_name
from users.identities.models import Identity
from users.identities.queries.profiles import Profile, load_profiles
from users.logins.models import IdentityAccess, User
from users.moderation.models import Report, ReportCategory


class Figures(msgspec.Struct, frozen=True):
    logins: int
    identities: int
    active_month: int
    posts: int
    peers: int
    blocked_peers: int
    reports: int
    sign_ups: int


class ReportView(msgspec.Struct, frozen=True):
    """A report with the people in it. `source` is None when their server keeps them private."""

    id: int
    source: Profile | None
    target: Profile
    comment: str
    category: str
    rules: list[str]
    is_forwarded: bool
    post_uris: list[str]
    created_at: dt.datetime
    resolved_at: dt.datetime | None


class SignUp(msgspec.Struct, frozen=True):
    """Somebody who waits for a moderator. `handle` is who they want to be."""

    user_id: int
    email: str
    handle: str
    is_confirmed: bool
    created_at: dt.datetime
    reason: str


async def figures() -> Figures:
    """How many there are, in one query; every table counted is small, or has an index for it."""
    found = await sql.one(
        """SELECT (SELECT count(*) FROM users_user WHERE approved_at IS NOT NULL AND confirmed_at IS NOT NULL),
                  (SELECT count(*) FROM users_identity WHERE domain_id IS NOT NULL AND deleted_at IS NULL),
                  (SELECT count(*) FROM users_user WHERE last_seen_at > now() - interval '30 days'),
                  (SELECT coalesce(sum(posts_count), 0)::bigint FROM users_identity WHERE domain_id IS NOT NULL),
                  (SELECT count(*) FROM federation_peer),
                  (SELECT count(*) FROM federation_peer WHERE policy = 'blocked'),
                  (SELECT count(*) FROM users_report WHERE resolved_at IS NULL),
                  (SELECT count(*) FROM users_user WHERE approved_at IS NULL)"""
    )
    return Figures(*(found or (0,) * 8))


async def reports(*, resolved: bool, before: int | None = None, limit: int = 40) -> list[ReportView]:
    """Reports that wait, or that were dealt with, the newest first."""
    rows = Report.objects.filter(resolved_at__isnull=not resolved)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return await _views([report async for report in rows.order_by("-pk")[:limit]])


async def report_with(report_id: int) -> ReportView | None:
    """One report, if there is one about somebody who is still known."""
    views = await _views([report async for report in Report.objects.filter(pk=report_id)])
    return views[0] if views else None


async def _views(found: list[Report]) -> list[ReportView]:
    people = await load_profiles({r.target_id for r in found} | {r.source_id for r in found if r.source_id})
    return [
        ReportView(
            id=report.pk,
            source=people.get(report.source_id),
            target=people[report.target_id],
            comment=report.comment,
            category=ReportCategory(report.category).label,
            rules=await _rules_of(report, people.get(report.source_id)),
            is_forwarded=report.is_forwarded,
            post_uris=[uri for uri in report.post_uris if isinstance(uri, str)],
            created_at=report.created_at,
            resolved_at=report.resolved_at,
        )
        for report in found
        if report.target_id in people
    ]


async def _rules_of(report: Report, source: Profile | None) -> list[str]:
    """The words of the rules that were named. Domains are kept in the process: this asks nobody."""
    domain = await domain_by_name(source.host) if source is not None and report.rule_ids else None
    if domain is None:
        return []
    words = dict(zip(domain.rule_ids, domain.rules, strict=True))
    named = [words[rule_id] for rule_id in report.rule_ids if rule_id in words]
    return [str(rule.get("text", "")) if isinstance(rule, dict) else str(rule) for rule in named]


async def sign_ups_waiting(limit: int = 100) -> list[SignUp]:
    """Logins that no moderator has agreed to yet, the oldest first."""
    return await sql.structs(
        SignUp,
        """SELECT u.id, u.email, coalesce(s.username || '@' || d.name, ''), u.confirmed_at IS NOT NULL, u.created_at, u.sign_up_reason
           FROM users_user u LEFT JOIN users_signup s ON s.user_id = u.id LEFT JOIN users_domain d ON d.id = s.domain_id
           WHERE u.approved_at IS NULL ORDER BY u.created_at LIMIT %s""",
        [limit],
    )


async def people(*, q: str, kind: str, limit: int = 40) -> list[Profile]:
    """Identities whose handle starts with `q`. `kind`: local, restricted, or anything else for all."""
    found = Identity.objects.filter(deleted_at=None)
    username, _, host = q.strip().lower().removeprefix("@").partition("@")
    if username:
        found = found.alias(lower_username=Lower("username")).filter(lower_username__startswith=username)
    if host:
        found = found.alias(lower_host=Lower("host")).filter(lower_host__startswith=host)
    if kind == "local":
        found = found.filter(domain__isnull=False)
    elif kind == "restricted":
        found = found.filter(restriction__gt=0)
    ids = [pk async for pk in found.order_by("-pk").values_list("pk", flat=True)[:limit]]
    profiles = await load_profiles(ids)
    return [profiles[pk] for pk in ids]


async def logins_of(identity_id: int) -> list[tuple[User, list[Profile]]]:
    """Which logins may speak as an identity, and as whom else each may (50 at most), in a fixed number of queries."""
    held = IdentityAccess.objects.filter(identity=identity_id).values("user")
    users = [user async for user in User.objects.filter(pk__in=held).order_by("pk")]
    others = await identities_held_by([user.pk for user in users])
    return [(user, [other for other in others[user.pk] if other.id != identity_id]) for user in users]


async def identities_held_by(user_ids: list[int]) -> dict[int, list[Profile]]:
    """Whom each login may speak as, the oldest first, 50 at most; deleted ones left out (users_identity_access_pair)."""
    rows = await sql.rows(
        """SELECT u.id, a.identity_id FROM unnest(%s::bigint[]) AS u(id)
           CROSS JOIN LATERAL (SELECT a.identity_id FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
                               WHERE a.user_id = u.id AND i.deleted_at IS NULL ORDER BY a.identity_id LIMIT 50) a""",
        [user_ids],
    )
    profiles = await load_profiles({identity_id for _, identity_id in rows})
    found: dict[int, list[Profile]] = {user_id: [] for user_id in user_ids}
    for user_id, identity_id in rows:
        found[user_id].append(profiles[identity_id])
    return found


async def search_peers(*, q: str, policy: str, limit: int = 100) -> list[Peer]:
    """Hosts with `q` in their name: those with a policy of their own first, then the latest to speak to us."""
    found = Peer.objects.filter(host__contains=q.strip().lower()) if q.strip() else Peer.objects.all()
    if policy:
        found = found.filter(policy=policy)
    return [peer async for peer in found.order_by("policy", "-last_received_at", "host")[:limit]]
