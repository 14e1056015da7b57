"""Reads of the rules. The compiled rules are cached in the process for a few seconds."""

import time

from activities.shelter.activitypub import Incoming, Term, Terms
from activities.shelter.models import ShelterMode, ShelterRule
from core.db import sql
from core.db.paging import Page
from core.errors import NotFound
from core.server_state import PerServer
from federation.peers import host_of, software_by_host
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
