"""Digests of followers by host (FEP-8fcf): the XOR of the SHA-256 of their ids."""

from core.db import sql
from core.db.statements import Statement
from users.relations.queries.predicates import FOLLOWS, is_accepted

DIGESTS = Statement(
    "relations.followers_digests", "The digests of somebody's followers, by host.", "users_follow_target"
)
_DIGEST = "encode(substring(varbit_send(bit_xor(('x' || encode(sha256(convert_to(i.uri, 'UTF8')), 'hex'))::bit(256))) FROM 5), 'hex')"
_HOST = "split_part(split_part(i.uri, '://', 2), '/', 1)"
MAX_LISTED = 10_000  # per host


async def digests_by_host(identity_id: int) -> dict[str, str]:
    """Return host → digest of the accepted followers there. One scan for all hosts, since a digest is wanted for each."""
    return dict(
        await sql.rows(
            DIGESTS(
                f"""SELECT {_HOST}, {_DIGEST} FROM {FOLLOWS} f JOIN users_identity i ON i.id = f.source_id
                WHERE f.target_id = %(target)s AND {is_accepted("f")} AND i.domain_id IS NULL AND i.deleted_at IS NULL GROUP BY 1""",
                target=identity_id,
            )
        )
    )


async def local_followers(identity_id: int) -> dict[str, int]:
    """Return actor id → identity of the local accepted followers of a remote identity (users_follow_target)."""
    return dict(
        await sql.rows(
            f"""SELECT i.uri, i.id FROM {FOLLOWS} f JOIN users_identity i ON i.id = f.source_id
                WHERE f.target_id = %s AND {is_accepted("f")} AND i.domain_id IS NOT NULL AND i.deleted_at IS NULL""",
            [identity_id],
        )
    )


async def followers_on(identity_id: int, host: str) -> list[str]:
    """Return the ids of an actor's accepted followers on one host, MAX_LISTED at most (users_follow_target)."""
    return list(
        await sql.column(
            f"""SELECT i.uri FROM {FOLLOWS} f JOIN users_identity i ON i.id = f.source_id
                WHERE f.target_id = %s AND {is_accepted("f")} AND i.domain_id IS NULL AND i.deleted_at IS NULL
                  AND {_HOST} = %s ORDER BY f.id LIMIT %s""",
            [identity_id, host, MAX_LISTED],
        )
    )
