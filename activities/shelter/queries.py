"""Reads of the rules, and of the posts that they hold. The compiled rules are cached in the process for a few seconds."""

import dataclasses
import datetime as dt
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

from activities.posts.activitypub.post_document import (
    AttachmentInDocument,
    MentionInDocument,
    PostDocument,
)
from activities.posts.models import Visibility
from activities.posts.queries.posts import read_picked
from activities.posts.queries.views import PostView
from activities.shelter.activitypub import Incoming, Term, Terms
from activities.shelter.models import MAX_EXAMPLES, ShelteredPost, ShelterMode, ShelterRule
from core import clock
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.errors import NotFound
from core.ids import lowest_id_at
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


async def rules_met(post: Incoming, terms: Terms | None = None) -> list[Term]:
    """Return the rules, by default of all, whose conditions a post meets.

    At most two queries, and none unless all other conditions of a rule are met.
    """
    found = (terms or await compiled_rules()).met_by(post)
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


_TRIED_FOR = dt.timedelta(days=7)
_MOST_TRIED, _BATCH, _MOST_MATCHES = 3000, 200, 200


@dataclasses.dataclass
class Tried:
    """The matches of a rule among the latest posts of the last week. `checked` is how many were compared."""

    checked: int = 0
    matches: int = 0
    examples: list[dict[str, str]] = dataclasses.field(default_factory=list)


async def try_rule(rule: ShelterRule) -> Tried:
    """Compare a rule, whatever its mode, with the latest posts of other servers, until it has matched _MOST_MATCHES.

    Mentions of unknown people are not stored, so it may match fewer than on arrival; software and followers are those of now.
    """
    terms, tried = Terms([rule]), Tried()
    async for post in _latest():
        tried.checked += 1
        if not await rules_met(post, terms):
            continue
        tried.matches += 1
        if len(tried.examples) < MAX_EXAMPLES:
            is_open = post.document.visibility <= Visibility.unlisted
            tried.examples.append({"uri": post.document.uri if is_open else "", "author": post.author.handle})
        if tried.matches >= _MOST_MATCHES:
            break
    return tried


async def _latest() -> AsyncIterator[Incoming]:
    """Yield up to _MOST_TRIED posts of other servers of the last week, newest first, as when they were written. By the primary key."""
    since, before = lowest_id_at(clock.now() - _TRIED_FOR), lowest_id_at(clock.now() + dt.timedelta(days=1))
    for _ in range(_MOST_TRIED // _BATCH):
        rows = await sql.rows(
            """SELECT p.id, p.uri, p.title, p.content_warning, p.content, p.language, p.visibility, p.created_at,
                   i.id, i.username, i.host, i.uri, i.created_at,
                   ARRAY(SELECT u.uri FROM activities_mention m JOIN users_identity u ON u.id = m.identity_id
                         WHERE m.post_id = p.id AND NOT m.is_silent),
                   ARRAY(SELECT a.blurhash FROM activities_attachment a WHERE a.post_id = p.id ORDER BY a.id),
                   ARRAY(SELECT a.description FROM activities_attachment a WHERE a.post_id = p.id ORDER BY a.id)
               FROM activities_post p JOIN users_identity i ON i.id = p.author_id
               WHERE p.id >= %(since)s AND p.id < %(before)s AND NOT p.is_local AND p.boost_of_id IS NULL AND p.deleted_at IS NULL
               ORDER BY p.id DESC LIMIT %(most)s""",
            {"since": since, "before": before, "most": _BATCH},
        )
        for row in rows:
            yield _as_it_came(*row)
        if len(rows) < _BATCH:
            return
        before = rows[-1][0]


def _as_it_came(
    _id: int,
    uri: str,
    title: str,
    warning: str,
    content: str,
    language: str | None,
    visibility: int,
    created_at: dt.datetime,
    author_id: int,
    username: str,
    host: str,
    author_uri: str,
    joined_at: dt.datetime,
    mentioned: list[str],
    blurhashes: list[str],
    descriptions: list[str],
) -> Incoming:
    files = zip(blurhashes, descriptions, strict=True)
    document = PostDocument(
        uri=uri,
        author_uri=author_uri,
        visibility=Visibility(visibility),
        published=created_at,
        content_html=content,
        title=title,
        summary=warning,
        language=language,
        mentions=[MentionInDocument(one) for one in mentioned],
        attachments=[
            AttachmentInDocument("", blurhash=blurhash, description=said) for blurhash, said in files
        ],
    )
    author = Identity(pk=author_id, username=username, host=host, uri=author_uri, created_at=joined_at)
    return Incoming(author, document, created_at)


HELD = Sql(f"(SELECT count(*) FROM (SELECT 1 FROM activities_shelteredpost LIMIT {MOST_COUNTED}) x)", {})
"""How many posts are held, counted up to MOST_COUNTED."""


async def count_held() -> int:
    return int(await sql.value(Sql.of(f"SELECT {HELD}", HELD)))
