"""Comparing a rule with the stored posts of the last week."""

import dataclasses
import datetime as dt

from activities.posts.models import Visibility
from activities.shelter.activitypub import Incoming, Terms
from activities.shelter.models import MAX_AUTHORS, MAX_EXAMPLES, RuleTrial, ShelterRule
from activities.shelter.queries.rules import rules_met
from activities.shelter.queries.stored import STORED, as_it_came, with_hashes
from core import clock
from core.db import sql
from core.ids import lowest_id_at

_TRIED_FOR = dt.timedelta(days=7)
_BATCH = 200


@dataclasses.dataclass
class Tried:
    """The matches of a rule among the posts compared so far, `checked` of them, by date and by the author's handle."""

    checked: int = 0
    matches: int = 0
    by_day: dict[str, int] = dataclasses.field(default_factory=dict)
    by_author: dict[str, int] = dataclasses.field(default_factory=dict)
    examples: list[dict[str, str]] = dataclasses.field(default_factory=list)

    def add(self, post: Incoming) -> None:
        day, author = f"{post.document.published:%Y-%m-%d}", post.author.handle
        self.matches += 1
        self.by_day[day] = self.by_day.get(day, 0) + 1
        if author in self.by_author or len(self.by_author) < MAX_AUTHORS:
            self.by_author[author] = self.by_author.get(author, 0) + 1
        if len(self.examples) < MAX_EXAMPLES:
            is_open = post.document.visibility <= Visibility.unlisted
            self.examples.append({"uri": post.document.uri if is_open else "", "author": author})


def week() -> tuple[int, int]:
    """Return the ids between which the posts of the last week are."""
    now = clock.now()
    return lowest_id_at(now - _TRIED_FOR), lowest_id_at(now + dt.timedelta(days=1))


async def try_batch(rule: ShelterRule, tried: Tried, *, since: int, before: int) -> int | None:
    """Compare a rule, whatever its mode, with the next posts of other servers before an id, newest first, and add the matches to `tried`.

    Return the id before which to go on, None after the last. Mentions of unknown people are not stored, so it may match fewer than on
    arrival; software and followers are those of now. Served by the primary key.
    """
    terms = Terms([rule])
    # a bounded piece of the primary key, so that a week with few posts of others is not read in one query
    rows = await sql.rows(
        f"""SELECT {STORED},
               NOT p.is_local AND p.boost_of_id IS NULL AND p.deleted_at IS NULL
           FROM (SELECT * FROM activities_post WHERE id >= %(since)s AND id < %(before)s ORDER BY id DESC LIMIT %(most)s) p
           JOIN users_identity i ON i.id = p.author_id ORDER BY p.id DESC""",
        {"since": since, "before": before, "most": _BATCH},
    )
    stored = [as_it_came(*row) for *row, is_compared in rows if is_compared]
    if terms.hashes:
        stored = await with_hashes(stored)
    tried.checked += len(stored)
    for post in stored:
        if await rules_met(post, terms):
            tried.add(post)
    return rows[-1][0] if len(rows) == _BATCH else None


async def try_rule(rule: ShelterRule) -> Tried:
    """Compare a rule with all posts of the last week. For the command line; on the pages the worker does it."""
    tried = Tried()
    since, upto = week()
    before: int | None = upto
    while before is not None:
        before = await try_batch(rule, tried, since=since, before=before)
    return tried


async def trial_of(rule_id: int) -> RuleTrial | None:
    """Return the latest trial of a rule. For staff of the whole server."""
    return await RuleTrial.objects.filter(pk=rule_id).afirst()


def share_done(trial: RuleTrial) -> int:
    """Return how much of the week was compared, in per cent of its time."""
    end = lowest_id_at(trial.started_at)
    return round(100 * (end - min(end, trial.before)) / (end - trial.since))
