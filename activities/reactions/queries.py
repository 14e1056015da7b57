"""Reads of reactions: accounts that reacted to a post, and custom emoji to react with."""

from collections.abc import Sequence

import msgspec

from activities.posts.queries.posts import MAX_COUNTED
from activities.posts.queries.reactions import hides_others
from activities.posts.queries.views import ReactionView
from core.db import sql
from users.domains.models import Domain
from users.emojis.activitypub import Copy
from users.emojis.queries import used_emojis
from users.identities.models import Identity
from users.identities.queries.predicates import and_reachable, is_active
from users.relations.queries.predicates import either_blocks

MAX_PEOPLE = 40
"""The first accounts of each reaction."""


class _Reacted(msgspec.Struct):
    name: str
    host: str
    identity_id: int


async def accounts_by_reaction(
    post_id: int, reactions: Sequence[ReactionView], viewer: Identity | None
) -> dict[tuple[str, str], list[int]]:
    """Return the first identities with each of these reactions, by name and host, to a post that the viewer may see, without blocked
    ones.

    Served by activities_reaction_once.
    """
    unblocked = ""
    if viewer is not None:
        unblocked = f""" AND NOT {either_blocks("%(viewer_id)s", "r.identity_id")}
            AND NOT {hides_others("%(post)s", "%(viewer_id)s", "r.identity_id")}"""
    found = await sql.structs(
        _Reacted,
        f"""SELECT w.name, w.host, w.identity_id FROM (
                SELECT r.name, r.host, r.identity_id, row_number() OVER (PARTITION BY r.name, r.host ORDER BY r.id) AS place
                FROM (SELECT o.* FROM activities_reaction o WHERE o.post_id = %(post)s LIMIT {MAX_COUNTED}) r
                JOIN users_identity i ON i.id = r.identity_id
                JOIN unnest(%(names)s::text[], %(hosts)s::text[]) AS k (name, host) ON k.name = r.name AND k.host = r.host
                WHERE {is_active("i")}{await and_reachable("i")}{unblocked}) w
            WHERE w.place <= %(most)s ORDER BY w.place""",
        {
            "post": post_id,
            "names": [one.name for one in reactions],
            "hosts": [one.host for one in reactions],
            "viewer_id": viewer.pk if viewer else None,
            "most": MAX_PEOPLE,
        },
    )
    people: dict[tuple[str, str], list[int]] = {}
    for one in found:
        people.setdefault((one.name, one.host), []).append(one.identity_id)
    return people


async def reactions_by(
    identity_ids: Sequence[int], post_ids: Sequence[int]
) -> dict[int, dict[int, list[tuple[str, str]]]]:
    """Return post id → identity id → name and host of the identity's reactions to it.

    Served by activities_reaction_once; runs no query without posts.
    """
    found: dict[int, dict[int, list[tuple[str, str]]]] = {}
    if not post_ids:
        return found
    rows = await sql.rows(
        """SELECT post_id, identity_id, name, host FROM activities_reaction
           WHERE post_id = ANY(%s) AND identity_id = ANY(%s) ORDER BY id""",
        [list(post_ids), list(identity_ids)],
    )
    for post_id, identity_id, name, host in rows:
        found.setdefault(post_id, {}).setdefault(identity_id, []).append((name, host))
    return found


async def own_emoji(domain: Domain, shortcode: str) -> Copy | None:
    """Return an emoji that a domain may react with."""
    found = await used_emojis(domain, f":{shortcode}:")
    return found[0] if found else None


async def used_remote_emoji(post_id: int, shortcode: str, host: str) -> Copy | None:
    """Return the remote emoji with this name if the post has a reaction with it. Served by activities_reaction_once, users_emoji_remote."""
    if not await has_reaction(post_id, shortcode, host):
        return None
    found = await sql.one(
        "SELECT url, uri FROM users_emoji WHERE host = %(host)s AND host <> '' AND shortcode = %(name)s",
        {"host": host, "name": shortcode},
    )
    return None if found is None else {"shortcode": shortcode, "url": found[0], "uri": found[1]}


async def has_reaction(post_id: int, name: str, host: str) -> bool:
    """Return whether the post has such a reaction. Served by activities_reaction_once."""
    return bool(
        await sql.value(
            "SELECT 1 FROM activities_reaction WHERE post_id = %s AND name = %s AND host = %s LIMIT 1",
            [post_id, name, host],
        )
    )


async def is_own_shortcode(shortcode: str) -> bool:
    """Return whether there is a local emoji with this name. Served by users_emoji_own."""
    return bool(
        await sql.value(
            "SELECT 1 FROM users_emoji WHERE host = '' AND shortcode = %s AND is_enabled LIMIT 1", [shortcode]
        )
    )
