"""Groups of posts, and their moderators' decisions (FEP-1b12)."""

from activities.posts.models import GroupModeration
from core.db import sql
from users.identities.models import ActorType
from users.identities.queries.predicates import is_active

MODERATIONS = sql.table(GroupModeration)


# the groups of the post p; served by activities_mention_pair
GROUPS = f"""activities_mention named JOIN users_identity g ON g.id = named.identity_id
    WHERE named.post_id = p.id AND g.actor_type = '{ActorType.group.value}' AND {is_active("g")} ORDER BY named.id LIMIT 10"""


async def groups_of(post_id: int) -> list[tuple[int, str]]:
    """Return `[(identity id, actor id)]` of the groups of a post."""
    found = (
        f"SELECT g.* FROM (SELECT %s::bigint AS id) p CROSS JOIN LATERAL (SELECT g.id, g.uri FROM {GROUPS}) g"
    )
    return [(row[0], row[1]) for row in await sql.rows(found, [post_id])]


async def is_in_group(post_id: int, group_id: int) -> bool:
    """Return whether the post addresses this group. Served by activities_mention_pair."""
    found = "SELECT EXISTS (SELECT 1 FROM activities_mention WHERE post_id = %s AND identity_id = %s)"
    return bool(await sql.value(found, [post_id, group_id]))


async def is_shown_by(group_id: int, post_id: int, parent_id: int | None) -> bool:
    """Return whether a group's boost of a post is shown to its followers: not if moderators removed it, nor if it is a reply to a post in
    the group, which belongs to its thread. Served by the primary key and activities_mention_pair.
    """
    found = f"""SELECT NOT EXISTS (SELECT 1 FROM {MODERATIONS} WHERE post_id = %(post)s AND group_id = %(group)s AND is_removed)
                AND NOT EXISTS (SELECT 1 FROM activities_mention WHERE post_id = %(parent)s AND identity_id = %(group)s)"""
    return bool(await sql.value(found, {"post": post_id, "group": group_id, "parent": parent_id}))


async def is_locked(post_id: int, conversation_id: int | None) -> bool:
    """Return whether moderators locked this post, or the first post of its conversation. Served by the primary key."""
    found = f"SELECT EXISTS (SELECT 1 FROM {MODERATIONS} WHERE post_id = ANY(%s::bigint[]) AND is_locked)"
    return bool(await sql.value(found, [[post_id, conversation_id or post_id]]))
