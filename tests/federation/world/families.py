"""Families of activities: what an actor does about one thing, in all its activities, and what must result."""

import datetime as dt
from typing import Any

from tests.federation.world.groups import ban, thread
from tests.federation.world.hosts import Host
from tests.federation.world.profiles import leave, pin, rename
from tests.federation.world.scenario import TOGGLES, Family, Scenario, SignedActivity, as_text
from tests.support.peers.http import Actor

EMOJI = ("👍", "🎉", "❤️", ":blob:", ":cat:")


def toggle(scenario: Scenario, host: Host, actor: Actor) -> None:
    """Follow, like, boost, react or block, and undo it, up to three times."""
    rng, local = scenario.rng, scenario.local
    kind = rng.choice([one for one in TOGGLES if one != "react" or host.peer.reacts])
    targets = {"follow": local.followable, "block": [local.blockable]}.get(kind, local.posts)
    target = rng.choice(targets)
    # a Like and a reaction of the same actor are alike to some servers
    if not scenario.take("like" if kind == "react" else kind, actor.uri, target):
        return
    emoji = rng.choice(EMOJI)
    documents = []
    for _ in range(rng.randint(1, 3)):
        done = _do(host, actor, kind, target, emoji)
        documents += [done, host.peer.undo(actor, done)]
    if ends_done := rng.random() < 0.6:
        documents.pop()
    activities = scenario.signed(host, actor, documents)
    if host.is_alive and ends_done:
        scenario.expected.pairs[kind].add(
            (actor.uri, f"{target} {emoji.strip(':')}" if kind == "react" else target)
        )
    scenario.add([one for one in activities if one is activities[-1] or not _is_lost(scenario, one)])


def _is_lost(scenario: Scenario, activity: SignedActivity) -> bool:
    """Return whether this never arrives. An Undo always does: its server retries until it does."""
    return activity.document["type"] != "Undo" and scenario.rng.random() < 0.1


def _do(host: Host, actor: Actor, kind: str, target: str, emoji: str) -> dict[str, Any]:
    if kind == "react":
        return host.peer.react(actor, target, emoji)
    document: dict[str, Any] = getattr(host.peer, kind)(actor, target)
    if host.peer.reuses_ids:
        document["id"] = f"{actor.uri}/{kind}s/{target.rpartition('/')[2]}"
    return document


def note(scenario: Scenario, host: Host, actor: Actor) -> None:
    """Write a post. It is kept here if it mentions somebody here or its author is followed."""
    mentions = scenario.rng.random() < 0.4
    extra: dict[str, Any] = {"cc": [f"{actor.uri}/followers"]}
    if mentions:
        extra["cc"].append(scenario.local.mentioned)
        extra["tag"] = [{"type": "Mention", "href": scenario.local.mentioned, "name": "@ada@testserver"}]
    write(scenario, host, actor, extra, is_kept=mentions or actor.uri in scenario.local.followed)


def reply(scenario: Scenario, host: Host, actor: Actor) -> None:
    parent = scenario.rng.choice(scenario.local.posts)
    uri = write(scenario, host, actor, {"inReplyTo": parent}, is_kept=True)
    if uri in scenario.expected.posts:
        scenario.expected.replies.setdefault(parent, set()).add(uri)


def write(scenario: Scenario, host: Host, actor: Actor, extra: dict[str, Any], *, is_kept: bool) -> str:
    """Create a post, edit it and perhaps delete it; return its id. Some of these never arrive."""
    rng, peer = scenario.rng, host.peer
    published = scenario.began - dt.timedelta(minutes=5)
    post = peer.compose(actor, content="<p>as first written</p>", published=as_text(published), **extra)
    documents, contents = [peer.create(actor, post)], [post["content"]]
    for number in range(1, rng.choice([1, 1, 2, 3])):
        changes = {
            "content": f"<p>changed {number} times</p>",
            "updated": as_text(published + dt.timedelta(seconds=10 * number)),
        }
        documents.append(peer.update(actor, post | changes))
        contents.append(changes["content"])
    activities = scenario.signed(host, actor, documents)
    arrived = [number for number in range(len(contents)) if len(contents) == 1 or rng.random() > 0.05]
    sequence = [activities[number] for number in arrived]
    is_deleted = rng.random() < 0.25
    if is_deleted:
        sequence += scenario.signed(host, actor, [peer.delete(actor, post)])
        sequence[-1].signed_at = activities[-1].signed_at + dt.timedelta(seconds=60)
    scenario.add(sequence)
    if is_kept and arrived and host.is_alive and not is_deleted:
        scenario.expected.posts[post["id"]] = contents[max(arrived)]
    return str(post["id"])


def quote(scenario: Scenario, host: Host, actor: Actor) -> None:
    """Ask to quote a post here, which everyone may do, publish the quote, and perhaps delete it."""
    target = scenario.rng.choice(scenario.local.posts)
    published = as_text(scenario.began - dt.timedelta(minutes=5))
    post = host.peer.note(actor, content="<p>a quote</p>", quote=target, quoteUrl=target, published=published)
    documents = [
        host.peer.activity(actor, "QuoteRequest", target, instrument=post),
        host.peer.create(actor, post),
    ]
    if is_deleted := scenario.rng.random() < 0.25:
        documents.append(host.peer.delete(actor, post))
    if host.is_alive and not is_deleted:
        scenario.expected.posts[post["id"]] = post["content"]
        scenario.expected.quotes[post["id"]] = target
    scenario.add(scenario.signed(host, actor, documents))


def question(scenario: Scenario, host: Host, actor: Actor) -> None:
    """Ask a question here, and state its results several times."""
    rng, peer = scenario.rng, host.peer
    published = scenario.began - dt.timedelta(minutes=5)
    texts = {"type": "Question", "content": "<p>which?</p>", "published": as_text(published)}
    mention = {"type": "Mention", "href": scenario.local.mentioned, "name": "@ada@testserver"}
    end = as_text(scenario.began + dt.timedelta(days=2))
    results = [[0, 0]]
    for _ in range(rng.randint(1, 3)):
        results.append([votes + rng.randint(1, 3) for votes in results[-1]])
    post = peer.note(actor, cc=[scenario.local.mentioned], tag=[mention], endTime=end, **texts)
    documents = []
    for number, votes in enumerate(results):
        options = [
            {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": total}}
            for name, total in zip(("left", "right"), votes, strict=True)
        ]
        stated = post | {"oneOf": options, "votersCount": sum(votes)}
        documents.append((peer.update if number else peer.create)(actor, stated))
        peer.add_document(stated)
    scenario.add(scenario.signed(host, actor, documents))
    if host.is_alive:
        scenario.expected.posts[post["id"]] = post["content"]
        scenario.expected.results[post["id"]] = results[-1]


def vote(scenario: Scenario, host: Host, actor: Actor) -> None:
    """Vote in the poll here, once."""
    if not scenario.take("vote", actor.uri):
        return
    option = scenario.rng.choice(scenario.local.options)
    author = scenario.local.poll.partition("/statuses/")[0]
    ballot = host.peer.note(actor, name=option, inReplyTo=scenario.local.poll, to=[author], cc=[])
    del ballot["content"]
    scenario.add(scenario.signed(host, actor, [host.peer.create(actor, ballot)]))
    if host.is_alive:
        scenario.expected.votes.add((actor.uri, option))


FAMILIES: tuple[Family, ...] = (
    *[toggle] * 6,
    *[note] * 5,
    reply,
    vote,
    quote,
    question,
    thread,
    ban,
    rename,
    *[pin] * 2,
    leave,
)
