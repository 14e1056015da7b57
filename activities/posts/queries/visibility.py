"""The only statement of who may see a post. Every read of posts puts one of these conditions into its SQL.

    visible      may be seen at all: by address, in a thread, on a profile
    in_thread    visible, and shown in a conversation that somebody opened
    in_timeline  visible, and shown in a timeline

Each returns `(condition, parameters)` for a query that calls activities_post `alias`. tests/activities/test_visibility.py has the table.
"""

from functools import cache, partial
from typing import Any

from activities.posts.models import Visibility
from core.db import sql
from federation.peers import blocked_hosts_sql, host_in_sql, limited_hosts_sql
from users.identities.models import Identity, Restriction
from users.identities.queries.predicates import is_active
from users.relations.queries.predicates import blocks, follows, hides_host, mutes

type Condition = tuple[str, dict[str, Any]]


_exists = partial(sql.exists, fenced=True)  # asked anew for every post


def _author_may_be_read(alias: str, more: str) -> str:
    """Return the condition for an author who is neither deleted nor suspended nor on a blocked host. Served by the primary key of identities."""
    return _exists(f"""users_identity a WHERE a.id = {alias}.author_id AND {is_active("a")}
        AND (a.domain_id IS NOT NULL OR NOT {blocked_hosts_sql(host_in_sql("a.uri"))}){more}""")


def _single_for_anyone(alias: str) -> str:
    """One post, boost or not, for somebody who is not signed in."""
    return f"""{alias}.deleted_at IS NULL AND {alias}.visibility <= {Visibility.unlisted.value}
        AND {_author_may_be_read(alias, "")}"""


def _is_of_public_domain(alias: str) -> str:
    """Return the condition for an author who is remote, or of a domain with public timelines. Served by two primary keys."""
    return _exists(
        f"""users_identity l WHERE l.id = {alias}.author_id AND (l.domain_id IS NULL OR EXISTS (
            SELECT 1 FROM users_domain d WHERE d.id = l.domain_id AND d.is_public))"""
    )


def _single_for_viewer(alias: str) -> str:
    """One post, boost or not, for an identity. Served by users_follow_pair, activities_mention_pair, users_block_pair."""
    author, public, unlisted = f"{alias}.author_id", Visibility.public.value, Visibility.unlisted.value
    followers, mentioned, local_only = (
        Visibility.followers.value,
        Visibility.mentioned.value,
        Visibility.local_only.value,
    )
    same_domain = f" AND ({alias}.visibility <> {local_only} OR a.domain_id = %(viewer_domain)s)"
    is_mentioned = _exists(
        f"activities_mention m WHERE m.post_id = {alias}.id AND m.identity_id = %(viewer_id)s"
    )
    is_blocked = blocks(author, "%(viewer_id)s", fenced=True)
    is_blocking = blocks("%(viewer_id)s", author, fenced=True)
    return f"""{alias}.deleted_at IS NULL
        AND ({author} = %(viewer_id)s OR (
            ({alias}.visibility IN ({public}, {unlisted}, {local_only})
             OR ({alias}.visibility = {followers} AND {_follows(author)})
             OR ({alias}.visibility IN ({followers}, {mentioned}) AND {is_mentioned}))
            AND NOT {is_blocked} AND NOT {is_blocking}))
        AND {_author_may_be_read(alias, same_domain)}"""


def _follows(author: str) -> str:
    """Return the condition for a viewer who follows `author`; an open request does not count."""
    return follows("%(viewer_id)s", author, fenced=True)


def _is_unlimited(alias: str) -> str:
    """Neither the author nor, for a remote one, their host is limited."""
    open_host = f"(l.domain_id IS NOT NULL OR NOT {limited_hosts_sql(host_in_sql('l.uri'))})"
    return _exists(
        f"users_identity l WHERE l.id = {alias}.author_id AND l.restriction = {Restriction.none.value} AND {open_host}"
    )


def _mutes(author: str) -> str:
    """Return the condition for a viewer who mutes `author` now."""
    return mutes("%(viewer_id)s", author, fenced=True)


def _hides_host_of(author: str) -> str:
    """Return the condition for a viewer who blocks the host of `author`."""
    return hides_host("%(viewer_id)s", author, fenced=True)


def hide_reason(author: str) -> str:
    """Why the viewer wants nothing of `author`, in the words of the states of quotes; NULL when they do. Served by users_block_pair, and
    what serves mutes and hidden hosts.
    """
    blocked = blocks("%(viewer_id)s", author, fenced=True)
    return f"""CASE WHEN {blocked} THEN 'blocked_account' WHEN {_hides_host_of(author)} THEN 'blocked_domain'
        WHEN {_mutes(author)} THEN 'muted_account' END"""


def _original_author(alias: str) -> str:
    return f"(SELECT o.author_id FROM activities_post o WHERE o.id = {alias}.boost_of_id)"


def viewer_parameters(viewer: Identity | None) -> dict[str, Any]:
    return {} if viewer is None else {"viewer_id": viewer.pk, "viewer_domain": viewer.domain_id}


@cache
def _visible(is_signed_in: bool, alias: str) -> str:
    single = _single_for_viewer if is_signed_in else _single_for_anyone
    original = _exists(f"activities_post o WHERE o.id = {alias}.boost_of_id AND {single('o')}")
    return f"{single(alias)} AND ({alias}.boost_of_id IS NULL OR {original})"


def visible(viewer: Identity | None, alias: str = "p") -> Condition:
    """May be seen at all. A boost is visible when both it and its original are."""
    return _visible(viewer is not None, alias), viewer_parameters(viewer)


def in_thread(viewer: Identity | None, alias: str = "p") -> Condition:
    """Visible, and shown in a conversation that somebody opened: limited authors only to themselves and their followers, and nobody
    from a host that the viewer blocked.
    """
    condition, parameters = visible(viewer, alias)
    near = _is_unlimited(alias)
    if viewer is not None:
        near = f"({alias}.author_id = %(viewer_id)s OR {near} OR {_follows(f'{alias}.author_id')})"
        near += f" AND NOT {_hides_host_of(f'{alias}.author_id')}"
    return f"{condition} AND {near}", parameters


def in_timeline(viewer: Identity | None, alias: str = "p", *, by_anyone: bool = True) -> Condition:
    """Visible, and shown in a timeline: nobody the viewer mutes or whose host they blocked, neither as the author nor as the one
    who was boosted.

    With `by_anyone` the timeline shows authors nobody chose (local, federated, hashtag, search): limited ones are left out, and for
    somebody who is not signed in, those of a domain that keeps its timelines to its own people.
    """
    if viewer is not None:
        return _in_timeline_for_viewer(alias, by_anyone), viewer_parameters(viewer)
    condition, parameters = visible(viewer, alias)
    if by_anyone:
        condition += f" AND {_is_unlimited(alias)} AND {_is_of_public_domain(alias)}"
    return condition, parameters


@cache
def _in_timeline_for_viewer(alias: str, by_anyone: bool) -> str:
    condition = _visible(True, alias)
    if by_anyone:
        condition += f" AND {_is_unlimited(alias)}"
    for hides in (_mutes, _hides_host_of):
        condition += f""" AND NOT {hides(f"{alias}.author_id")}
            AND ({alias}.boost_of_id IS NULL OR NOT {hides(_original_author(alias))})"""
    return condition


@cache
def in_timeline_for_many(viewers: str, alias: str = "p", *, by_anyone: bool = True) -> str:
    """Return the condition of `in_timeline` for many viewers in one query: those of the rows of users_identity called `viewers` (streaming)."""
    return _for_many(_in_timeline_for_viewer(alias, by_anyone), viewers)


@cache
def visible_for_many(viewers: str, alias: str = "p") -> str:
    """Return the condition of `visible`, in the same way."""
    return _for_many(_visible(True, alias), viewers)


def _for_many(condition: str, viewers: str) -> str:
    return condition.replace("%(viewer_id)s", f"{viewers}.id").replace(
        "%(viewer_domain)s", f"{viewers}.domain_id"
    )


async def may_see(viewer: Identity | None, post_id: int) -> bool:
    """Whether the viewer may see this post. False, too, when there is none."""
    condition, parameters = visible(viewer)
    found = await sql.value(
        f"SELECT 1 FROM activities_post p WHERE p.id = %(post_id)s AND {condition}",
        {**parameters, "post_id": post_id},
    )
    return found is not None


async def original_seen(viewer: Identity | None, post_id: int) -> int | None:
    """Return the id of this post, or of what this boost boosts, if the viewer may see it."""
    condition, parameters = visible(viewer)
    return await sql.value(
        f"SELECT coalesce(p.boost_of_id, p.id) FROM activities_post p WHERE p.id = %(post_id)s AND {condition}",
        {**parameters, "post_id": post_id},
    )
