"""SQL conditions for relations between identities.

`source` and `target` are SQL expressions for the ids of two identities: a column (`p.author_id`) or a placeholder (`%(viewer_id)s`).
`fenced` makes each a single index look-up (core.db.sql.exists). Aliases with the prefix `x_` are reserved.
"""

from core.db.sql import exists, table
from federation.peers import host_in_sql
from federation.policies.domains import hidden_by_domain
from users.identities.models import Identity
from users.relations.models import Block, Follow, HostBlock, Mute

FOLLOWS = table(Follow)
BLOCKS = table(Block)
MUTES = table(Mute)
HOST_BLOCKS = table(HostBlock)
_IDENTITIES = table(Identity)


def is_accepted(follow: str) -> str:
    """Return the condition that the follow with the alias `follow` is accepted."""
    return f"{follow}.accepted_at IS NOT NULL"


def follows(source: str, target: str, *, fenced: bool = False) -> str:
    """Return SQL for: `source` follows `target`, accepted. Served by users_follow_pair."""
    return exists(
        f"""{FOLLOWS} x_follow WHERE x_follow.source_id = {source} AND x_follow.target_id = {target}
            AND {is_accepted("x_follow")}""",
        fenced=fenced,
    )


def follows_or_asks(source: str, target: str) -> str:
    """Return SQL for: `source` follows `target`, or requested to. Served by users_follow_pair."""
    return exists(f"{FOLLOWS} x_follow WHERE x_follow.source_id = {source} AND x_follow.target_id = {target}")


def hides_boosts(source: str, target: str, *, fenced: bool = False) -> str:
    """Return SQL for: `source` follows `target`, or requested to, without boosts. Served by users_follow_pair."""
    return exists(
        f"""{FOLLOWS} x_follow WHERE x_follow.source_id = {source} AND x_follow.target_id = {target}
            AND NOT x_follow.shows_boosts""",
        fenced=fenced,
    )


def is_followed_here(target: str, *, or_asked: bool = False, fenced: bool = False) -> str:
    """Return SQL for: a local identity follows `target`, or requested to.

    Served by users_follow_target and the primary key of identities.
    """
    accepted = "" if or_asked else f" AND {is_accepted('x_follow')}"
    return exists(
        f"""{FOLLOWS} x_follow JOIN {_IDENTITIES} x_follower ON x_follower.id = x_follow.source_id
            WHERE x_follow.target_id = {target}{accepted} AND x_follower.domain_id IS NOT NULL""",
        fenced=fenced,
    )


def blocks(source: str, target: str, *, fenced: bool = False) -> str:
    """Return SQL for: `source` blocks `target`. Served by users_block_pair."""
    return exists(
        f"{BLOCKS} x_block WHERE x_block.source_id = {source} AND x_block.target_id = {target}", fenced=fenced
    )


def either_blocks(one: str, other: str) -> str:
    """Return SQL for: either of the two blocks the other. Two look-ups in users_block_pair in one condition."""
    return exists(
        f"""{BLOCKS} x_block WHERE (x_block.source_id = {one} AND x_block.target_id = {other})
            OR (x_block.source_id = {other} AND x_block.target_id = {one})"""
    )


def is_live(mute: str) -> str:
    """Return the condition that the mute with the alias `mute` has not expired."""
    return f"({mute}.expires_at IS NULL OR {mute}.expires_at > now())"


def mutes(source: str, target: str, *, fenced: bool = False) -> str:
    """Return SQL for: `source` mutes `target` now. Served by users_mute_pair."""
    return exists(
        f"{MUTES} x_mute WHERE x_mute.source_id = {source} AND x_mute.target_id = {target} AND {is_live('x_mute')}",
        fenced=fenced,
    )


def hides_notifications(source: str, target: str) -> str:
    """Return SQL for: `source` mutes `target` and their notifications now. Served by users_mute_pair."""
    return exists(
        f"""{MUTES} x_mute WHERE x_mute.source_id = {source} AND x_mute.target_id = {target}
            AND x_mute.hides_notifications AND {is_live("x_mute")}"""
    )


def hides_host(source: str, target: str, *, fenced: bool = False) -> str:
    """Return SQL for: `source` blocked the host of `target`.

    Served by the primary key of identities and users_host_block_pair.
    """
    return exists(
        f"""{_IDENTITIES} x_host JOIN {HOST_BLOCKS} x_hidden ON x_hidden.host = lower(x_host.host)
            WHERE x_host.id = {target} AND x_host.domain_id IS NULL AND x_hidden.identity_id = {source}""",
        fenced=fenced,
    )


def domain_hides(source: str, target: str) -> str:
    """Return SQL for: the domain of `source` hides the host of `target`, who is remote. Served by the primary key of identities."""
    return exists(
        f"""{_IDENTITIES} x_ours JOIN {_IDENTITIES} x_theirs ON x_theirs.id = {target} AND x_theirs.domain_id IS NULL
            WHERE x_ours.id = {source} AND {hidden_by_domain("x_ours.domain_id", host_in_sql("x_theirs.uri"))}"""
    )


def hides_host_in(source: str, row: str) -> str:
    """Return SQL for: `source` blocked the host of the identity with the alias `row`. Served by users_host_block_pair."""
    return exists(
        f"""{HOST_BLOCKS} x_hidden WHERE x_hidden.identity_id = {source} AND {row}.domain_id IS NULL
            AND x_hidden.host = lower({row}.host)"""
    )


def hidden_from_notifications(viewer: str) -> str:
    """Return SQL for the ids of all identities whose notifications are hidden from `viewer`, by a block in either direction or
    `hides_notifications`.

    For a thousand rows in one statement, where an index look-up for each would cost more. Served by users_block_source, the index of the
    targets of blocks, and users_mute_source.
    """
    return f"""SELECT x_block.target_id FROM {BLOCKS} x_block WHERE x_block.source_id = {viewer}
        UNION ALL SELECT x_block.source_id FROM {BLOCKS} x_block WHERE x_block.target_id = {viewer}
        UNION ALL SELECT x_mute.target_id FROM {MUTES} x_mute
            WHERE x_mute.source_id = {viewer} AND x_mute.hides_notifications AND {is_live("x_mute")}"""


def hidden_hosts(viewer: str) -> str:
    """Return SQL for the hosts that `viewer` blocked, as in `hides_host_in`. Served by users_host_block_pair."""
    return f"SELECT x_hidden.host FROM {HOST_BLOCKS} x_hidden WHERE x_hidden.identity_id = {viewer}"
