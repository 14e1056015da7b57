"""Activities about actors and posts of honest hosts, or in their names, that must have no effect."""

import datetime as dt
from typing import Any

from tests.federation.world.hosts import Behavior, Host
from tests.federation.world.scenario import Scenario, as_text
from tests.support.peers.dialects import PUBLIC
from tests.support.peers.http import Actor


def forge(scenario: Scenario, host: Host, actor: Actor) -> None:
    rng, local = scenario.rng, scenario.local
    other = rng.choice([one for one in scenario.hosts if one.behavior is Behavior.honest])
    base_url = other.peer.base_url
    victim = rng.choice(other.actors)
    post = rng.choice(local.posts)
    target = rng.choice(
        [uri for uri in scenario.expected.posts if uri.startswith(f"{base_url}/")] or [f"{base_url}/notes/0"]
    )
    forged = {
        "id": target,
        "type": "Note",
        "attributedTo": f"{base_url}/users/p0",
        "content": "<p>a lie</p>",
        "updated": as_text(dt.datetime.now(dt.UTC)),
        "to": [PUBLIC],
        "cc": [local.mentioned],
    }
    own_id = f"{host.peer.base_url}/forged/{rng.getrandbits(48)}"
    as_victim = {"id": f"{base_url}/forged/{rng.getrandbits(48)}", "actor": victim.uri}
    follow = {"type": "Follow", "actor": local.mentioned, "object": victim.uri}
    like = {"id": f"{own_id}/like", "type": "Like", "actor": victim.uri, "object": post}
    documents: list[dict[str, Any]] = [
        {"type": "Delete", "object": target},
        {"type": "Delete", "object": {"id": target, "type": "Tombstone"}},
        {"type": "Update", "object": forged},
        {"type": "Create", "object": forged | {"id": f"{own_id}/note", "attributedTo": victim.uri}},
        {"type": "Create", "object": forged | {"attributedTo": actor.uri}},
        {"type": "Undo", "object": like},
        {"type": "Undo", "object": f"{base_url}/activities/1"},
        {"type": "Delete", "object": victim.uri},
        {"type": "Accept", "object": follow},
        {"type": "Announce", "object": f"{host.peer.base_url}/nothing"},
        {"type": "takahe:Relayed", "object": target, "relay": 1},
        as_victim | {"type": "Like", "object": post},
        as_victim | {"type": "Follow", "object": local.followable[0]},
        as_victim | {"type": "Delete", "object": target},
    ]
    [activity] = scenario.signed(host, actor, [{"id": own_id, "actor": actor.uri} | rng.choice(documents)])
    activity.is_forged = True
    scenario.add([activity])
