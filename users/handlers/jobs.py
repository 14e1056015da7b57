"""What is done again and again: ended sessions and mutes go, counts are put right, remote identities are refreshed, old notes are thrown away."""

from datetime import timedelta

from core import clock
from core.db import sql
from core.ratelimit import remove_ended_tries, remove_ended_uses
from stator import every
from users.models import KnownNetwork, Session
from users.models.known_network import KEPT_FOR as NETWORKS_KEPT_FOR
from users.queries import figures
from users.services import sign_up


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


@every(timedelta(minutes=10), name="users.domain_figures")
async def keep_figures() -> None:
    """Count how big every domain is, in one statement over the people who are here, however many web processes are asked for it."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in figures.Figures.__struct_fields__)
    await sql.run(
        f"""INSERT INTO users_domainfigures (domain_id, {figures.NAMES}, counted_at) SELECT *, now() FROM ({figures.COUNTED}) counted
            ON CONFLICT (domain_id) DO UPDATE SET {changes}, counted_at = excluded.counted_at""",
        {"domain": None},
    )
