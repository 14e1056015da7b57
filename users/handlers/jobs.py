"""What is done again and again: ended sessions and mutes go, counts are put right, remote identities are refreshed, old notes are thrown away."""

from datetime import timedelta

from core import clock
from core.db import async_atomic, sql
from core.logs import get_logger
from core.ratelimit import remove_ended_tries, remove_ended_uses
from stator import every, transition_many
from users.identities.models import REFRESH_AFTER, Identity, IdentityGraph
from users.models import KnownNetwork, Mute, Session, Undone
from users.models.known_network import KEPT_FOR as NETWORKS_KEPT_FOR
from users.models.undone import KEPT_FOR
from users.queries import figures
from users.services import sign_up

log = get_logger(__name__)

_REFRESHED_AT_ONCE = 200


@every(timedelta(hours=1), name="users.ended_sessions")
async def remove_ended_sessions() -> None:
    await Session.objects.filter(expires_at__lt=clock.now()).adelete()


@every(timedelta(minutes=1), name="users.ended_tries")
async def remove_old_tries() -> None:
    """Bound the tables of limits: ended windows go, and networks that a login was not used from for long (index users_knownnetwork_last_at)."""
    await remove_ended_tries()
    await remove_ended_uses()
    await KnownNetwork.objects.filter(last_at__lt=clock.now() - NETWORKS_KEPT_FOR).adelete()


@every(timedelta(hours=1), name="users.stale_sign_ups")
async def remove_stale_sign_ups() -> None:
    """Those who did not get in within a week are deleted, 500 a run, and their names are free again."""
    await sign_up.remove_identities_of_those_not_in()
    await sign_up.remove_stale(before=clock.now() - sign_up.KEPT_FOR)


@every(timedelta(minutes=5), name="users.ended_mutes")
async def remove_ended_mutes() -> None:
    await Mute.objects.filter(expires_at__lt=clock.now()).adelete()


@every(timedelta(minutes=10), name="users.domain_figures")
async def keep_figures() -> None:
    """Count how big every domain is, in one statement over the people who are here, however many web processes are asked for it."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in figures.Figures.__struct_fields__)
    await sql.run(
        f"""INSERT INTO users_domainfigures (domain_id, {figures.NAMES}, counted_at) SELECT *, now() FROM ({figures.COUNTED}) counted
            ON CONFLICT (domain_id) DO UPDATE SET {changes}, counted_at = excluded.counted_at""",
        {"domain": None},
    )


@every(timedelta(hours=6), name="users.old_undone")
async def remove_old_undone() -> None:
    await Undone.objects.filter(created_at__lt=clock.now() - KEPT_FOR).adelete()


@every(timedelta(hours=6), name="users.repair_counts", timeout=timedelta(minutes=30))
async def repair_counts() -> None:
    """Followers and following are what the follows say. One statement for all; only wrong rows are written.

    Remote identities keep what their server once said of people we don't know, so only rows that we can count whole are compared: local ones.
    """
    async with async_atomic():
        wrong = await sql.run(
            """
            WITH right_now AS (
                SELECT i.id,
                       (SELECT count(*) FROM users_follow f WHERE f.target_id = i.id AND f.accepted_at IS NOT NULL) AS followers,
                       (SELECT count(*) FROM users_follow f WHERE f.source_id = i.id AND f.accepted_at IS NOT NULL) AS following
                FROM users_identity i
                WHERE i.domain_id IS NOT NULL AND i.deleted_at IS NULL
                ORDER BY i.id FOR NO KEY UPDATE OF i
            )
            UPDATE users_identity i SET followers_count = r.followers, following_count = r.following
            FROM right_now r
            WHERE i.id = r.id AND (i.followers_count <> r.followers OR i.following_count <> r.following)
            """
        )
    if wrong:
        log.warning("counts.repaired", identities=wrong)


@every(timedelta(minutes=10), name="users.refresh_remote")
async def refresh_stale_identities() -> None:
    """Remote identities that people here follow, and that were not looked at for two days, are fetched again, the oldest first."""
    stale = (
        Identity.objects.filter(
            domain=None,
            deleted_at=None,
            state=IdentityGraph.steady,
            fetched_at__lt=clock.now() - REFRESH_AFTER,
        )
        .extra(
            where=[
                """EXISTS (SELECT 1 FROM users_follow f JOIN users_identity s ON s.id = f.source_id
                   WHERE f.target_id = users_identity.id AND s.domain_id IS NOT NULL)"""
            ]
        )
        .order_by("fetched_at")[:_REFRESHED_AT_ONCE]
    )
    async with async_atomic():
        await transition_many(
            [pk async for pk in stale.values_list("pk", flat=True)], IdentityGraph.outdated, model=Identity
        )
