"""Who is told of something: SQL conditions between a recipient and the one who did it. Reading asks visibility.py again.

The arguments are SQL expressions; names that begin with `x_` are taken.
"""

from federation.peers import host_in_sql, limited_hosts_sql
from users.models import Restriction


def apart(one: str, other: str) -> str:
    """Either of the two blocks the other. Served by users_block_pair."""
    return f"""EXISTS (SELECT 1 FROM users_block x_block
                       WHERE (x_block.source_id = {one} AND x_block.target_id = {other})
                          OR (x_block.source_id = {other} AND x_block.target_id = {one}))"""


def hides_notifications(source: str, target: str) -> str:
    """`source` mutes `target` and their notifications now. Served by users_mute_pair."""
    return f"""EXISTS (SELECT 1 FROM users_mute x_mute WHERE x_mute.source_id = {source} AND x_mute.target_id = {target}
                       AND (x_mute.expires_at IS NULL OR x_mute.expires_at > now()) AND x_mute.hides_notifications)"""


def follows(source: str, target: str) -> str:
    """`source` follows `target`, accepted. Served by users_follow_pair."""
    return f"""EXISTS (SELECT 1 FROM users_follow x_follow WHERE x_follow.source_id = {source}
                       AND x_follow.target_id = {target} AND x_follow.accepted_at IS NOT NULL)"""


def hears_of(recipient: str, actor: str) -> str:
    """`recipient` is local and wants notifications about `actor`: no block, no mute, and no limited stranger."""
    limited = f"x_who.domain_id IS NULL AND {limited_hosts_sql(host_in_sql('x_who.uri'))}"
    return f"""{recipient} <> {actor}
        AND EXISTS (SELECT 1 FROM users_identity x_who
                    WHERE x_who.id = {recipient} AND x_who.domain_id IS NOT NULL AND x_who.deleted_at IS NULL)
        AND EXISTS (SELECT 1 FROM users_identity x_who WHERE x_who.id = {actor} AND x_who.deleted_at IS NULL
                    AND ((x_who.restriction = {Restriction.none.value} AND NOT ({limited}))
                         OR (x_who.restriction <= {Restriction.limited.value} AND {follows(recipient, actor)})))
        AND NOT {apart(recipient, actor)} AND NOT {hides_notifications(recipient, actor)}"""
