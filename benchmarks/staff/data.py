"""The database of the moderation benchmark: people here and elsewhere, reports, and somebody with many posts. Copies of a few rows, made by SQL."""

from typing import Any, NamedTuple

HOST = "bench.test:8080"
BLOCKED_HOST = "big.test"


class Staff(NamedTuple):
    """The rows that the benchmark acts on, the Cookie header of an owner, and a token to post with."""

    domain_id: int
    spammer_id: int
    small_id: int
    report_id: int
    cookie: str
    token: str


async def copy(table: str, pk: int, many: int, **changed: str) -> None:
    """Insert copies of the row with this id; `changed` are SQL expressions of `r`, the row, and `n`, the number of the copy."""
    from core.db import sql

    fields = ", ".join(f"'{name}', {value}" for name, value in {"id": "r.id + n", **changed}.items())
    await sql.run(
        f"""INSERT INTO {table} SELECT made.* FROM {table} r, generate_series(1, %s::bigint) n,
                jsonb_populate_record(r, jsonb_build_object({fields})) made WHERE r.id = %s""",
        [many, pk],
    )


async def make_staff(peer: str) -> Staff:
    """Create a domain, an owner whom the server `peer` follows, and a person with one post and one report."""
    from api.oauth.tokens import create_token
    from tests.activities.people import follow, make_remote
    from tests.users.support import make_domain, make_person, make_user
    from users.logins.cookies import cookie_name
    from users.logins.services import logins
    from users.moderation.models import Report
    from users.roles.models import OWNER

    domain = await make_domain(HOST)
    owner = await make_user("owner@bench.test", role=OWNER)
    ann = await make_person(domain, "ann", owner)
    inbox = f"http://{peer}/inbox"
    bea = await make_remote("bea", peer, uri=f"http://{peer}/users/bea", shared_inbox_url=inbox)
    await follow(bea, ann)
    spammer = await make_person(domain, "spammer", await make_user("spammer@bench.test"))
    small = await make_person(domain, "small", await make_user("small@bench.test"))
    report = await Report.objects.acreate(target=spammer, source=ann, comment="Spam")
    _, cookie = await logins.open_session(user=owner, domain=domain, address="127.0.0.1", user_agent="bench")
    token = await create_token(identity=ann, scopes="read write")
    return Staff(domain.pk, spammer.pk, small.pk, report.pk, f"{cookie_name(domain)}={cookie}", token)


async def grow(staff: Staff, *, people: int, reports: int, posts: int) -> None:
    """Add `people`: a quarter here with logins, half of them on BLOCKED_HOST, a quarter on a thousand other hosts; with follows between them."""
    from core.db import sql
    from tests.activities.growth import write_many
    from tests.activities.people import make_remote
    from tests.users.support import make_person, make_user
    from users.domains.models import Domain
    from users.identities.models import Identity
    from users.moderation.models import Report

    domain = await Domain.objects.aget(pk=staff.domain_id)
    quarter, half = people // 4, people // 2
    here = await make_person(domain, f"local{people}x")
    await copy("users_identity", here.pk, quarter, username="r.username || n", uri="r.uri || n")
    login = await make_user(f"local{people}@bench.test")
    await copy("users_user", login.pk, quarter, email="n || r.email")
    await sql.value("SELECT setval(pg_get_serial_sequence('users_user', 'id'), max(id)) FROM users_user")
    await sql.run(
        """INSERT INTO users_identityaccess (user_id, identity_id, is_owner, created_at)
           SELECT %s + n, %s + n, true, now() FROM generate_series(1, %s::bigint) n""",
        [login.pk, here.pk, quarter],
    )
    far = await make_remote(f"far{people}x", "far0.test")
    await copy(
        "users_identity",
        far.pk,
        quarter,
        username="r.username || n",
        host="'far' || mod(n, 1000) || '.test'",
        uri="'https://far' || mod(n, 1000) || '.test/users/' || r.username || n",
    )
    big = await make_remote(f"big{people}x", BLOCKED_HOST)
    await copy("users_identity", big.pk, half, username="r.username || n", uri="r.uri || n")
    await sql.run(
        """INSERT INTO federation_peer (host, last_received_at) SELECT 'far' || n || '.test', now() FROM generate_series(0, 999) n
           UNION ALL SELECT %s, now() ON CONFLICT DO NOTHING""",
        [BLOCKED_HOST],
    )
    # every fifth person of the host is followed by somebody here, and every tenth follows somebody; a twentieth follow the spammer
    for source, target, many in (
        (f"{here.pk} + 1 + mod(n, {quarter})", f"{big.pk} + n * 5", half // 5),
        (f"{big.pk} + n * 10", f"{here.pk} + 1 + mod(n, {quarter})", half // 10),
        (f"{here.pk} + n", str(staff.spammer_id), quarter // 20),
        (f"{far.pk} + n", str(staff.spammer_id), quarter // 20),
    ):
        await sql.run(
            f"""INSERT INTO users_follow (id, source_id, target_id, uri, shows_boosts, notifies, created_at, accepted_at)
                SELECT {new_ids("users_follow")} + n, {source}, {target}, '', true, false, now(), now()
                FROM generate_series(1, {many}) n"""
        )
    report = await Report.objects.acreate(target=here, comment="Spam")
    await copy("users_report", report.pk, reports, target_id=f"{here.pk} + 1 + mod(n, {quarter})")
    await sql.run(
        "UPDATE users_report SET resolved_at = now() WHERE mod(id, 10) > 0 AND id <> %s", [staff.report_id]
    )
    spammer = await Identity.objects.aget(pk=staff.spammer_id)
    await write_many(spammer, posts)
    await sql.run("UPDATE users_identity SET posts_count = %s WHERE id = %s", [posts, spammer.pk])
    await sql.run("VACUUM ANALYZE")


def new_ids(table: str) -> str:
    """Return SQL for the greatest id of a table."""
    return f"(SELECT coalesce(max(id), 0) FROM {table})"


def values(staff: Staff) -> dict[str, Any]:
    """Return what stands in the addresses of staff pages."""
    return {
        "person_id": staff.spammer_id,
        "report_id": staff.report_id,
        "domain_id": staff.domain_id,
        "kind": "privacy_policy",
        "model": "users.identity",
    }
