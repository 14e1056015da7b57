"""Reads of the rules, and of the posts that they hold. The compiled rules are cached in the process for a few seconds."""

import datetime as dt
import time
from typing import NamedTuple

from activities.posts.queries.posts import read_picked
from activities.posts.queries.views import PostView
from activities.shelter.activitypub import Incoming, Term, Terms
from activities.shelter.models import ShelteredPost, ShelterMode, ShelterRule
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.errors import NotFound
from core.server_state import PerServer
from federation.peers import host_of, software_by_host
from users.identities.models import Identity
from users.relations.queries.predicates import follows

MAX_RULES = 2000
MOST_COUNTED = 1000  # of the held posts
_KNOWN_FOR_S = 5.0
_RULES = sql.table(ShelterRule)


class _Kept:
    """The compiled rules, the version of the table from which they were compiled, and when they must be compared with it again."""

    def __init__(self) -> None:
        self.terms = Terms()
        self.version: tuple[object, ...] = ()
        self.until = 0.0


_kept = PerServer(_Kept)


async def compiled_rules() -> Terms:
    """Return all rules that are not off. Other processes notice a change within five seconds."""
    kept = _kept()
    if time.monotonic() >= kept.until:
        # a table of at most MAX_RULES rows, every five seconds
        version = await sql.one(f"SELECT count(*), max(changed_at), max(id) FROM {_RULES}") or ()
        if version != kept.version:
            rules = ShelterRule.objects.exclude(mode=ShelterMode.off).order_by("pk")[:MAX_RULES]
            kept.terms = Terms([rule async for rule in rules])
            kept.version = version
        kept.until = time.monotonic() + _KNOWN_FOR_S
    return kept.terms


def forget_rules() -> None:
    """Compare the rules with the table at the next post."""
    _kept().until = 0.0


async def rules_met(post: Incoming) -> list[Term]:
    """Return the rules whose conditions a post meets. At most two queries, and none unless all other conditions of a rule are met."""
    found = (await compiled_rules()).met_by(post)
    if any(term.software for term in found):
        host = host_of(post.author.uri)
        software = (await software_by_host([host])).get(host, ("", ""))[0].lower()
        found = [term for term in found if not term.software or software in term.software]
    if any(term.min_strangers for term in found):
        strangers = await _strangers(post)
        found = [term for term in found if term.min_strangers <= strangers]
    return found


async def _strangers(post: Incoming) -> int:
    """Return how many of the local people mentioned or addressed don't follow the author. Indexes users_identity_uri and users_follow_pair."""
    return int(
        await sql.value(
            f"""SELECT count(*) FROM users_identity i WHERE i.uri = ANY(%(uris)s::text[]) AND i.domain_id IS NOT NULL
                AND NOT {follows("i.id", "%(author)s")}""",
            {"uris": sorted(post.mentioned), "author": post.author.pk},
        )
    )


async def rules(page: Page) -> list[ShelterRule]:
    """Return the rules, newest first. For staff of the whole server; by the primary key."""
    found = ShelterRule.objects.order_by("-pk")
    if page.max_id is not None:
        found = found.filter(pk__lt=page.max_id)
    return [rule async for rule in found[: page.limit]]


async def rule_with_id(rule_id: int) -> ShelterRule:
    rule = await ShelterRule.objects.filter(pk=rule_id).afirst()
    if rule is None:
        raise NotFound(code="no_such_rule")
    return rule


class HeldPost(NamedTuple):
    """A held post, and the rule that held it."""

    post: PostView
    rule_name: str
    held_at: dt.datetime


async def held_posts(viewer: Identity | None, page: Page) -> list[HeldPost]:
    """Return the held posts, whatever their visibility, newest first. For staff only, as the posts of reports. By the primary key."""
    rows = ShelteredPost.objects.order_by("-pk")
    if page.max_id is not None:
        rows = rows.filter(pk__lt=page.max_id)
    held = {row.pk: row async for row in rows[: page.limit]}
    if not held:
        return []
    picked = Sql(
        """SELECT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
           WHERE p.id = ANY(%(held)s::bigint[]) AND p.deleted_at IS NULL""",
        {"held": list(held)},
    )
    posts = await read_picked(picked, viewer, with_quotes=False)
    return [HeldPost(post, held[post.id].rule_name, held[post.id].held_at) for post in posts]


async def count_held() -> int:
    """Return how many posts are held, counted up to MOST_COUNTED."""
    return await ShelteredPost.objects.all()[:MOST_COUNTED].acount()
