"""Actors that change their names, and actors that are deleted."""

from tests.federation.world.hosts import Host
from tests.federation.world.scenario import Scenario
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
