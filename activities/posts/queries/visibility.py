"""The visibility policy: the SQL conditions for who may see a post, which every read of posts uses.

    visible      may be seen at all: by address, in a thread, on a profile
    in_thread    visible, and shown in a conversation that somebody opened
    in_timeline  visible, and shown in a timeline

Each returns a condition, with its values, for a query that calls activities_post `alias`. tests/activities/posts/test_visibility.py has the table.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

from activities.posts.models import Visibility
from activities.posts.queries.predicates import is_hidden, is_sheltered
from core.db import sql
from core.db.sql import Sql
from core.db.statements import Statement
from core.errors import NotFound
from federation.peers import blocked_hosts_sql, host_in_sql, host_of, limited_hosts_sql
from federation.policies.domains import (
    hidden_by_domain,
    limited_by_domain,
    quiet_by_domain,
    reading_domain,
)
from users.domains.visitors import hidden_domains
from users.identities.models import Identity, Restriction
from users.identities.queries.predicates import is_active
from users.relations.queries.predicates import blocks, follows, hides_host, mutes

MAY_SEE = Statement(
    "posts.may_see",
    "Whether somebody may see a post, or what it boosts.",
    "activities_post_pkey",
    "users_follow_pair",
    "users_block_pair",
    "activities_mention_pair",
)


class _Eyes(NamedTuple):
    """The viewer as SQL: the ids of an identity and of its domain, and the host of a remote one."""

    id: str
    domain: str
    host: str = ""


_DOMAIN = "%(viewer_domain)s"  # that of an anonymous viewer: the domain whose pages are read
_VIEWER = _Eyes("%(viewer_id)s", _DOMAIN)
_REMOTE_VIEWER = _Eyes("%(viewer_id)s", _DOMAIN, "%(viewer_host)s::text")
_exists = partial(sql.exists, fenced=True)  # evaluated for every post


def _author_may_be_read(alias: str, domain: str, more: str = "") -> str:
    """Return the condition that an author is neither deleted nor suspended nor on a host that the server blocks or `domain` hides.

    Served by the primary key of identities.
    """
    host = host_in_sql("a.uri")
    hidden = f"({blocked_hosts_sql(host)} OR {hidden_by_domain(domain, host)})"
    return _exists(f"""users_identity a WHERE a.id = {alias}.author_id AND {is_active("a")}
        AND (a.domain_id IS NOT NULL OR NOT {hidden}){more}""")


# empty for other servers, which read as before
_OF_SHOWN_DOMAIN = " AND (a.domain_id IS NULL OR a.domain_id <> ALL(%(hidden_domains)s::bigint[]))"


def _single_for_anyone(alias: str) -> str:
    """Return SQL for one post, boost or not, for an anonymous viewer."""
    return f"""{alias}.deleted_at IS NULL AND {alias}.visibility <= {Visibility.unlisted.value} AND NOT {is_hidden(alias)}
        AND {_author_may_be_read(alias, _DOMAIN, _OF_SHOWN_DOMAIN)}"""


def _is_of_public_domain(alias: str) -> str:
    """Return the condition that an author is remote, or of a domain with public timelines. Served by two primary keys."""
    return _exists(
        f"""users_identity l WHERE l.id = {alias}.author_id AND (l.domain_id IS NULL OR EXISTS (
            SELECT 1 FROM users_domain d WHERE d.id = l.domain_id AND d.is_public AND d.shows_profiles))"""
    )


def _single_for_viewer(alias: str, eyes: _Eyes) -> str:
    """Return SQL for one post, boost or not, for an identity.

    Served by users_follow_pair, activities_mention_pair, users_block_pair.
    """
    author, public, unlisted = f"{alias}.author_id", Visibility.public.value, Visibility.unlisted.value
    followers, local_only = Visibility.followers.value, Visibility.local_only.value
    to_mentioned = f"{followers}, {Visibility.mentioned.value}, {Visibility.limited.value}"
    more = f" AND ({alias}.visibility <> {local_only} OR a.domain_id = {eyes.domain})"
    if eyes.host:  # whom a domain hides, its people's posts are hidden from
        more += f" AND NOT {hidden_by_domain('a.domain_id', eyes.host)}"
    is_mentioned = _exists(f"activities_mention m WHERE m.post_id = {alias}.id AND m.identity_id = {eyes.id}")
    is_blocked = blocks(author, eyes.id, fenced=True)
    is_blocking = blocks(eyes.id, author, fenced=True)
    return f"""{alias}.deleted_at IS NULL
        AND ({author} = {eyes.id} OR (
            ({alias}.visibility IN ({public}, {unlisted}, {local_only})
             OR ({alias}.visibility = {followers} AND {follows(eyes.id, author, fenced=True)})
             OR ({alias}.visibility IN ({to_mentioned}) AND {is_mentioned}))
            AND (NOT {is_hidden(alias)} OR ({alias}.in_reply_to_author_id = {eyes.id} AND NOT {is_sheltered(alias)}))
            AND NOT {is_blocked} AND NOT {is_blocking}))
        AND {_author_may_be_read(alias, eyes.domain, more)}"""


def _is_unlimited(alias: str, domain: str, by_domain: Callable[[str, str], str] = limited_by_domain) -> str:
    """Return SQL for: neither the author nor a remote author's host is limited, by the server or by `domain`."""
    host = host_in_sql("l.uri")
    open_host = f"(l.domain_id IS NOT NULL OR NOT ({limited_hosts_sql(host)} OR {by_domain(domain, host)}))"
    return _exists(
        f"users_identity l WHERE l.id = {alias}.author_id AND l.restriction = {Restriction.none.value} AND {open_host}"
    )


def hide_reason(author: str) -> str:
    """Return SQL for the reason why `author` is hidden from the viewer, as a state of quotes; NULL if they aren't.

    Served by users_block_pair, and the indexes for mutes and hidden hosts.
    """
    blocked = blocks(_VIEWER.id, author, fenced=True)
    hidden, muted = hides_host(_VIEWER.id, author, fenced=True), mutes(_VIEWER.id, author, fenced=True)
    return f"""CASE WHEN {blocked} THEN 'blocked_account' WHEN {hidden} THEN 'blocked_domain'
        WHEN {muted} THEN 'muted_account' END"""


def _original_author(alias: str) -> str:
    return f"(SELECT o.author_id FROM activities_post o WHERE o.id = {alias}.boost_of_id)"


def viewer_parameters(viewer: Identity | None) -> dict[str, Any]:
    if viewer is None:
        return {"viewer_domain": reading_domain(), "hidden_domains": hidden_domains()}
    known = {"viewer_id": viewer.pk, "viewer_domain": viewer.domain_id}
    return known if viewer.is_local else {**known, "viewer_host": host_of(viewer.uri)}


def _eyes_of(viewer: Identity) -> _Eyes:
    return _VIEWER if viewer.is_local else _REMOTE_VIEWER


@cache
def _visible(eyes: _Eyes | None, alias: str) -> str:
    def single(row: str) -> str:
        return _single_for_anyone(row) if eyes is None else _single_for_viewer(row, eyes)

    original = _exists(f"activities_post o WHERE o.id = {alias}.boost_of_id AND {single('o')}")
    return f"{single(alias)} AND ({alias}.boost_of_id IS NULL OR {original})"


def visible(viewer: Identity | None, alias: str = "p") -> Sql:
    """Return SQL for: may be seen at all. A boost is visible if both it and its original are."""
    return Sql(_visible(None if viewer is None else _eyes_of(viewer), alias), viewer_parameters(viewer))


def in_thread(viewer: Identity | None, alias: str = "p") -> Sql:
    """Return SQL for: visible, and shown in an opened conversation.

    Limited authors are shown only to themselves and their followers; authors on hosts that the viewer blocked are hidden.
    """
    if viewer is not None:
        return Sql(_in_thread(_eyes_of(viewer), alias), viewer_parameters(viewer))
    return visible(viewer, alias) & _is_unlimited(alias, _DOMAIN)


@cache
def _in_thread(eyes: _Eyes, alias: str) -> str:
    author = f"{alias}.author_id"
    return f"""{_visible(eyes, alias)}
        AND ({author} = {eyes.id} OR {_is_unlimited(alias, eyes.domain)} OR {follows(eyes.id, author, fenced=True)})
        AND NOT {hides_host(eyes.id, author, fenced=True)}
        AND ({author} = {eyes.id} OR NOT {is_hidden(alias)})"""


def in_thread_for_many(viewers: str, alias: str = "p") -> Sql:
    """Return the condition of `in_thread` for many viewers in one query: the rows of users_identity with the alias `viewers` (streaming)."""
    return Sql(_in_thread(_Eyes(f"{viewers}.id", f"{viewers}.domain_id"), alias))


def in_timeline(viewer: Identity | None, alias: str = "p", *, by_anyone: bool = True) -> Sql:
    """Return SQL for: visible, and shown in a timeline.

    Excludes authors and boosted authors who are muted by the viewer or on a host they blocked. `by_anyone` is for timelines with
    unselected authors (local, federated, hashtag, search): limited ones are excluded, and for anonymous viewers those of a domain whose
    timelines require signing in.
    """
    if viewer is not None:
        return Sql(_in_timeline(_eyes_of(viewer), alias, by_anyone), viewer_parameters(viewer))
    condition = visible(viewer, alias)
    if not by_anyone:
        return condition
    return condition & f"{_is_unlimited(alias, _DOMAIN, quiet_by_domain)} AND {_is_of_public_domain(alias)}"


@cache
def _in_timeline(eyes: _Eyes, alias: str, by_anyone: bool) -> str:
    condition = f"{_visible(eyes, alias)} AND ({alias}.author_id = {eyes.id} OR NOT {is_hidden(alias)})"
    if by_anyone:
        condition += f" AND {_is_unlimited(alias, eyes.domain, quiet_by_domain)}"
    for hides in (mutes, hides_host):
        condition += f""" AND NOT {hides(eyes.id, f"{alias}.author_id", fenced=True)}
            AND ({alias}.boost_of_id IS NULL OR NOT {hides(eyes.id, _original_author(alias), fenced=True)})"""
    return condition


def in_timeline_for_many(viewers: str, alias: str = "p", *, by_anyone: bool = True) -> Sql:
    """Return the condition of `in_timeline` for many viewers, in the same way."""
    return Sql(_in_timeline(_Eyes(f"{viewers}.id", f"{viewers}.domain_id"), alias, by_anyone))


def visible_for_many(viewers: str, alias: str = "p") -> Sql:
    """Return the condition of `visible` for many viewers, in the same way."""
    return Sql(_visible(_Eyes(f"{viewers}.id", f"{viewers}.domain_id"), alias))


async def may_see(viewer: Identity | None, post_id: int) -> bool:
    """Return whether the viewer may see this post. False if it does not exist."""
    condition = visible(viewer)
    found = await sql.value(
        MAY_SEE(
            f"SELECT 1 FROM activities_post p WHERE p.id = %(post_id)s AND {condition}",
            condition,
            post_id=post_id,
        )
    )
    return found is not None


async def visible_original(viewer: Identity | None, post_id: int) -> int | None:
    """Return the id of this post, or of a boost's original, if the viewer may see it."""
    condition = visible(viewer)
    return await sql.value(
        MAY_SEE(
            f"SELECT coalesce(p.boost_of_id, p.id) FROM activities_post p WHERE p.id = %(post_id)s AND {condition}",
            condition,
            post_id=post_id,
        )
    )


async def require_original(viewer: Identity | None, post_id: int) -> int:
    """Return the same. Raises NotFound if the viewer may not see the post, or there is none."""
    found = await visible_original(viewer, post_id)
    if found is None:
        raise NotFound
    return found
