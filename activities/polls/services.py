"""Polls: creating, voting, counting, closing. Options and totals are in Post.question; a vote for an option is a row."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from activities.polls.activitypub import vote_document
from activities.polls.events import on_voted
from activities.polls.models import Poll, PollGraph
from activities.posts import events
from activities.posts import text as texts
from activities.posts.models import Post
from activities.posts.queries.visibility import may_see
from core import clock
from core.db import async_atomic, sql
from core.errors import BadInput, Invalid, NotFound
from core.ids import new_id
from core.texts import is_blank
from federation.sending import send
from users.identities.models import Identity

MIN_OPTIONS = 2
MAX_OPTION_LENGTH = 50
MIN_DURATION_S = 300
MAX_DURATION_S = 2_629_746
SAME_END_S = 60
REFRESH_AFTER = dt.timedelta(minutes=1)  # between two requests to a remote poll's server, as in Mastodon
_ON_ITS_WAY_FOR = dt.timedelta(minutes=10)  # how long a remote server may take to count a local vote
_RESULTS_AFTER = dt.timedelta(seconds=60)  # votes of a minute are sent in one Update


class PollDraft(msgspec.Struct, frozen=True):
    """A new poll. `expires_in` is in seconds."""

    options: Sequence[str]
    expires_in: int
    multiple: bool = False
    hides_totals: bool = False


def check_poll(draft: PollDraft, *, most: int) -> list[str]:
    """Return the options without blank ones. Raises BadInput if a draft exceeds the limits; `most` is that of options."""
    options = [texts.clean(option).strip() for option in draft.options]
    options = [option for option in options if not is_blank(option)]
    if len(options) < MIN_OPTIONS:
        raise Invalid("poll", "too_few_options")
    if len(options) > most:
        raise Invalid("poll", "too_many_options", most=most)
    if any(len(option) > MAX_OPTION_LENGTH for option in options):
        raise Invalid("poll", "option_too_long", most=MAX_OPTION_LENGTH)
    if len(set(options)) < len(options):
        raise Invalid("poll", "same_options")
    if draft.expires_in < MIN_DURATION_S:
        raise Invalid("poll", "too_short", minutes=MIN_DURATION_S // 60)
    if draft.expires_in > MAX_DURATION_S:
        raise Invalid("poll", "too_long")
    return options


def new_question(draft: PollDraft, *, most: int) -> dict[str, Any]:
    """Return Post.question for a draft. Raises BadInput as `check_poll`."""
    options = check_poll(draft, most=most)
    ends_at = clock.now() + dt.timedelta(seconds=draft.expires_in)
    return {
        "options": [{"title": option, "votes": 0} for option in options],
        "multiple": draft.multiple,
        "hides_totals": draft.hides_totals,
        "ends_at": ends_at.astimezone(dt.UTC).isoformat(),
        "closed_at": None,
        "voters": 0,
    }


def is_same_question(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Return whether votes in one question are valid in the other."""
    return bool(before["multiple"]) == bool(after["multiple"]) and [
        option["title"] for option in before["options"]
    ] == [option["title"] for option in after["options"]]


def is_over(question: dict[str, Any]) -> bool:
    if question.get("closed_at"):
        return True
    ends_at = end_of(question)
    return ends_at is not None and ends_at <= clock.now()


def end_of(question: dict[str, Any]) -> dt.datetime | None:
    return dt.datetime.fromisoformat(question["ends_at"]) if question.get("ends_at") else None


async def schedule_end(post: Post) -> None:
    """Schedule the worker to close the poll at its end, replacing an earlier schedule. In a transaction."""
    ends_at = end_of(post.question or {})
    await sql.run(
        """INSERT INTO activities_poll AS k (post_id, ends_at, state, state_changed_at, state_due_at, state_attempts)
           VALUES (%(post)s, %(end)s, %(open)s, now(), %(end)s, 0)
           ON CONFLICT (post_id) DO UPDATE SET ends_at = excluded.ends_at, state = excluded.state,
               state_changed_at = now(), state_due_at = excluded.state_due_at, state_attempts = 0""",
        {"post": post.pk, "end": ends_at, "open": PollGraph.open.name},
    )


async def request_results(post_id: int) -> None:
    """Let the worker fetch a remote poll's results, unless the poll is known to have ended."""
    await sql.run(
        """INSERT INTO activities_poll AS k (post_id, ends_at, state, state_changed_at, state_due_at, state_attempts)
           SELECT p.id, (p.question->>'ends_at')::timestamptz, %(stale)s, now(), now(), 0 FROM activities_post p
           WHERE p.id = %(post)s AND NOT p.is_local AND p.question->>'closed_at' IS NULL
           AND coalesce(p.fetched_at, p.created_at) < now() - %(wait)s
           ON CONFLICT (post_id) DO UPDATE SET state = excluded.state, state_changed_at = now(), state_due_at = now(),
               state_attempts = 0 WHERE k.state = %(open)s AND k.state_changed_at < now() - %(wait)s""",
        {
            "post": post_id,
            "wait": REFRESH_AFTER,
            "open": PollGraph.open.name,
            "stale": PollGraph.stale.name,
        },
    )


async def delete_votes(post_id: int) -> None:
    await sql.run("DELETE FROM activities_pollvote WHERE post_id = %s", [post_id])


async def vote(*, identity: Identity, post_id: int, choices: Sequence[int]) -> Post:
    """Vote for options (indexes from 0), and send the vote to a remote poll's server.

    Raises NotFound if there is no such visible poll, BadInput with Mastodon's message if the vote is not allowed.
    """
    wanted = list(dict.fromkeys(choices))
    async with async_atomic():
        if not await may_see(identity, post_id):
            raise NotFound
        post = await _locked(post_id)
        if post.question is None:
            raise NotFound
        if post.author_id == identity.pk:
            raise BadInput(code="vote_in_own_poll")
        if is_over(post.question):
            raise BadInput(code="poll_ended")
        if any(not 0 <= choice < len(post.question["options"]) for choice in wanted) or not wanted:
            raise BadInput(code="no_such_option")
        own = await _choices_of(identity, post)
        multiple = post.question["multiple"]
        if (own and not multiple) or set(own) & set(wanted) or (len(wanted) > 1 and not multiple):
            raise BadInput(code="voted_already")
        uris = {choice: f"{identity.uri}#votes/{new_id()}" for choice in wanted}
        await _count(post, identity, uris, is_first=not own)
        if not post.is_local:
            await _tell_author(identity, post, uris)
            await _watch(post)
        await on_voted.emit(post, identity)
    return post


async def options_at(question_uri: str) -> list[str]:
    """Return the options of the local poll with this URI; none if there is no such poll."""
    question = await (
        Post.objects.filter(uri=question_uri, is_local=True, deleted_at=None)
        .values_list("question", flat=True)
        .afirst()
    )
    return [option["title"] for option in (question or {}).get("options", [])]


def stated_at(question: dict[str, Any] | None, said_at: dt.datetime) -> dict[str, Any] | None:
    """Return the results of a remote poll with the time when its server signed them."""
    return None if question is None else {**question, "stated_at": said_at.astimezone(dt.UTC).isoformat()}


async def results_with_own_votes(post: Post, results: dict[str, Any]) -> dict[str, Any]:
    """Return a remote poll's stated results, plus local votes that its server may not have counted yet.

    Results signed earlier than the stored ones are ignored.

    The server counts and announces votes one at a time, so for a while after a local vote the numbers of votes and voters don't decrease.
    The post is locked. Served by activities_poll_vote_once.
    """
    before = post.question
    if before is None or not is_same_question(before, results):
        return results
    known_at = before.get("stated_at", "")
    if known_at and results.setdefault("stated_at", known_at) < known_at:
        return before
    if is_over(results):
        return results
    fresh = await sql.column(
        "SELECT DISTINCT choice FROM activities_pollvote WHERE post_id = %s AND created_at > %s",
        [post.pk, clock.now() - _ON_ITS_WAY_FOR],
    )
    for choice in fresh:
        option = results["options"][choice]
        option["votes"] = max(option["votes"], before["options"][choice]["votes"])
    if fresh and results.get("voters") is not None:
        results["voters"] = max(results["voters"], before.get("voters") or 0)
    return results


async def receive_votes(*, author: Identity, question_uri: str, names: Sequence[tuple[str, str]]) -> str:
    """Count a remote actor's votes `[(uri, name of an option)]`. Return the reason if they are refused, or ""."""
    async with async_atomic():
        post_id = await sql.value(
            "SELECT id FROM activities_post WHERE uri = %s AND is_local", [question_uri]
        )
        if post_id is None or not await may_see(author, post_id):
            return "there is no such poll here"
        post = await _locked(post_id)
        if post.question is None or post.author_id == author.pk:
            return "it is no poll that they may vote in"
        if is_over(post.question):
            return "the poll is over"
        places = {option["title"]: place for place, option in enumerate(post.question["options"])}
        wanted = {places[name]: uri for uri, name in names if name in places}
        own = await _choices_of(author, post)
        if not post.question["multiple"]:
            wanted = {} if own else dict(list(wanted.items())[:1])
        wanted = {choice: uri for choice, uri in wanted.items() if choice not in own}
        if not wanted:
            return "it is no new vote for one of its options"
        await _count(post, author, wanted, is_first=not own)
    return ""


async def _locked(post_id: int) -> Post:
    """Lock the post and return it with its author, so that its votes are counted by this transaction only."""
    await sql.run("SELECT 1 FROM activities_post WHERE id = %s FOR NO KEY UPDATE", [post_id])
    post = await Post.objects.select_related("author").filter(pk=post_id, deleted_at=None).afirst()
    if post is None:
        raise NotFound
    return post


async def _choices_of(identity: Identity, post: Post) -> list[int]:
    """Return the indexes of the options that an identity chose. Served by activities_poll_vote_once."""
    return await sql.column(
        "SELECT choice FROM activities_pollvote WHERE post_id = %s AND identity_id = %s",
        [post.pk, identity.pk],
    )


async def _count(post: Post, identity: Identity, uris: dict[int, str], *, is_first: bool) -> None:
    await sql.run(
        """INSERT INTO activities_pollvote (id, post_id, identity_id, choice, uri, created_at)
           SELECT w.id, %(post)s, %(identity)s, w.choice, w.uri, now()
           FROM unnest(%(ids)s::bigint[], %(choices)s::smallint[], %(uris)s::text[]) AS w (id, choice, uri)""",
        {
            "post": post.pk,
            "identity": identity.pk,
            "ids": [new_id() for _ in uris],
            "choices": list(uris),
            "uris": list(uris.values()),
        },
    )
    question = post.question
    assert question is not None
    for choice in uris:
        question["options"][choice]["votes"] += 1
    if is_first and question.get("voters") is not None:
        question["voters"] += 1
    await post.asave(update_fields=["question"])
    await events.on_results_changed.emit([post.pk])
    if post.is_local:
        await sql.run(
            """UPDATE activities_poll SET state = %(counting)s, state_changed_at = now(), state_attempts = 0,
                   state_due_at = least(now() + %(wait)s, ends_at)
               WHERE post_id = %(post)s AND state = %(open)s""",
            {
                "post": post.pk,
                "wait": _RESULTS_AFTER,
                "open": PollGraph.open.name,
                "counting": PollGraph.counting.name,
            },
        )


async def _tell_author(identity: Identity, post: Post, uris: dict[int, str]) -> None:
    """Send one activity for each choice, as Mastodon does."""
    assert post.question is not None
    for choice, uri in uris.items():
        document = vote_document(
            uri=uri,
            actor_uri=identity.uri,
            name=post.question["options"][choice]["title"],
            question_uri=post.uri,
            to_uri=post.author.uri,
        )
        if post.author.inbox_url:
            await send(signer=identity.pk, activity=document, inboxes=[post.author.delivery_url])


async def _watch(post: Post) -> None:
    """Schedule the end of a remote poll, to notify its local voters then."""
    if end_of(post.question or {}) and not await Poll.objects.filter(pk=post.pk).aexists():
        await schedule_end(post)
