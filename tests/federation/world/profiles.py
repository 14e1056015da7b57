"""Actors that change their names or pin posts, and actors that are deleted."""

import datetime as dt

from tests.federation.world.groups import MAX_PINNED
from tests.federation.world.hosts import Host
from tests.federation.world.scenario import Scenario, as_text
from tests.support.peers.dialects import PUBLIC
from tests.support.peers.http import Actor


def rename(scenario: Scenario, host: Host, actor: Actor) -> None:
    """Change a name several times. Whoever asks the actor's server gets the last one."""
    if not scenario.take("rename", actor.uri):
        return
    documents = []
    for number in range(1, scenario.rng.choice([1, 2, 3]) + 1):
        actor.extra["name"] = f"Name {number}"
        profile = host.peer.actor_document(actor)
        documents.append(host.peer.activity(actor, "Update", profile, to=[PUBLIC]))
    scenario.add(scenario.signed(host, actor, documents))
    if host.is_alive:
        scenario.expected.names[actor.uri] = actor.extra["name"]


def pin(scenario: Scenario, host: Host, actor: Actor) -> None:
    """Pin a post and unpin it again, up to three times. It is fetched if it is not here."""
    rng, peer = scenario.rng, host.peer
    if not scenario.take("pin", actor.uri, str(rng.randrange(MAX_PINNED))):
        return
    mention = {"type": "Mention", "href": scenario.local.mentioned, "name": "@ada@testserver"}
    published = as_text(scenario.began - dt.timedelta(minutes=5))
    to = {"cc": [f"{actor.uri}/followers", scenario.local.mentioned], "tag": [mention]}
    post = peer.compose(actor, content="<p>read this first</p>", published=published, **to)
    documents = [peer.create(actor, post)]
    times = rng.randint(1, 4)
    for number in range(times):
        kind = "Remove" if number % 2 else "Add"
        documents.append(peer.activity(actor, kind, post["id"], target=actor.extra["featured"]))
    scenario.add(scenario.signed(host, actor, documents))
    if host.is_alive:
        scenario.expected.posts[post["id"]] = post["content"]
        if times % 2:
            scenario.expected.pairs["pin"].add((actor.uri, post["id"]))


def leave(scenario: Scenario, host: Host, actor: Actor) -> None:
    """Interact with somebody here and be deleted. Nothing may be left, whatever came last."""
    leaver, rng, local = host.leaver, scenario.rng, scenario.local
    if leaver is None or not scenario.take("leave", leaver.uri):
        return
    peer, target = host.peer, rng.choice(local.posts)
    answer = peer.compose(leaver, content="<p>bye</p>", inReplyTo=target)
    documents = [
        peer.follow(leaver, rng.choice(local.followable)),
        peer.like(leaver, target),
        peer.boost(leaver, target),
        peer.block(leaver, local.blockable),
        peer.create(leaver, answer),
    ]
    if peer.reacts:
        documents.append(peer.react(leaver, rng.choice(local.posts), "👍"))
    documents = rng.sample(documents, rng.randint(1, len(documents)))
    scenario.add(scenario.signed(host, leaver, [*documents, peer.delete_actor(leaver)]))
