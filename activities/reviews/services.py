"""Decisions of staff on trends."""

from activities.posts.queries.posts import get_post
from activities.reviews.models import SERVER, Review, ReviewKind
from core import clock
from core.db import async_atomic, sql
from core.errors import NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain
from users.identities.models import Identity
from users.logins.models import User
from users.logins.services.staff import require
from users.roles.models import Permission

log = get_logger(__name__)

_NAMES = {
    ReviewKind.tag: "SELECT display_name FROM activities_hashtag WHERE id = %s FOR KEY SHARE",
    ReviewKind.link: "SELECT url FROM activities_previewcard WHERE id = %s FOR KEY SHARE",
    ReviewKind.publisher: "SELECT host FROM activities_publisher WHERE id = %s FOR KEY SHARE",
    ReviewKind.post: "SELECT uri FROM activities_post WHERE id = %s AND deleted_at IS NULL FOR KEY SHARE",
}
_FIELDS = ("is_trendable", "is_usable", "is_listable")


def require_reviewer(user: User, here: Domain) -> None:
    """Require that a login may review trends on the requested domain."""
    require(user, Permission.manage_taxonomies, here.pk)


def place_of(user: User, here: Domain) -> Domain | None:
    """Return the domain for which a login decides: None, the whole server, for the server's staff."""
    return None if user.may(Permission.manage_taxonomies) else here


async def review(
    *,
    reviewer: User,
    viewer: Identity | None,
    here: Domain,
    kind: ReviewKind,
    target_id: int,
    is_trendable: bool,
) -> None:
    """Decide whether an object may trend, for `place_of`'s domain. Raises NotFound also for a post that the viewer can't see."""
    if kind == ReviewKind.post:
        await get_post(target_id, viewer)
    await decide(
        moderator=reviewer,
        kind=kind,
        target_id=target_id,
        domain=place_of(reviewer, here),
        is_trendable=is_trendable,
    )


@audited(Act.review_trend)
async def decide(
    *, moderator: User, kind: ReviewKind, target_id: int, domain: Domain | None, **decisions: bool
) -> None:
    """Decide whether an object may trend on a domain, or without one on the whole server: `is_trendable`, for a hashtag also `is_usable`
    and `is_listable`.

    A decision for the server replaces earlier ones of domains, which may decide differently afterwards. Raises NotFound.
    """
    require(moderator, Permission.manage_taxonomies, domain.pk if domain else None)
    if not decisions or set(decisions) - set(_FIELDS):
        raise ValueError(f"not decided here: {sorted(decisions)}")
    async with async_atomic():
        name = await sql.value(_NAMES[kind], [target_id])
        if name is None:
            raise NotFound
        key = {"kind": kind.value, "target_id": target_id}
        if domain is None:
            await (
                Review.objects.filter(**key)
                .exclude(domain_id=SERVER)
                .aupdate(**dict.fromkeys(decisions, None))
            )
        place = domain.pk if domain else SERVER
        await Review.objects.aupdate_or_create(
            **key,
            domain_id=place,
            defaults={**decisions, "decided_by": moderator.pk or None, "decided_at": clock.now()},
        )
        await record(
            Act.review_trend,
            Target(kind.value, target_id, name),
            by=moderator.pk,
            domain_id=domain.pk if domain else None,
            details=decisions,
        )
    log.info("moderation.reviewed", by=moderator.pk, kind=kind.value, target=target_id, **decisions)


async def remember_publishers() -> None:
    """Store the hosts of trending links, so that staff can decide about them. Runs inside the transaction that ranks."""
    await sql.run(
        """INSERT INTO activities_publisher (host)
           SELECT DISTINCT c.host FROM activities_trend k JOIN activities_previewcard c ON c.id = k.target_id
           WHERE k.kind = 'link' AND c.host <> '' AND NOT EXISTS (SELECT 1 FROM activities_publisher b WHERE b.host = c.host)
           ORDER BY 1 ON CONFLICT DO NOTHING"""
    )
