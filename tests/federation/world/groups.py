"""Threads in groups that somebody here follows: what members write, how others vote, and what moderators decide (FEP-1b12)."""

import datetime as dt
from typing import Any

from tests.federation.world.hosts import Host
from tests.federation.world.scenario import Scenario, as_text
from tests.support.peers.dialects import PUBLIC
from tests.support.peers.http import Actor

MAX_PINNED = 3  # of one actor, of whom we keep five


def thread(scenario: Scenario, host: Host, actor: Actor) -> None:
    """Begin a thread in a group, which passes it on with votes and decisions of its moderators."""
    rng = scenario.rng
    if not scenario.local.groups or not host.is_alive or scenario.local.is_outcast(actor.uri):
        return
    home = rng.choice(scenario.local.groups)
    group, voters = home.group, [rng.choice(rng.choice(scenario.hosts).actors).uri for _ in range(3)]
    voters = [voter for voter in voters if not scenario.local.is_outcast(voter)]
    assert group is not None
    page = _page(scenario, host, actor, group)
    documents = [home.peer.announce(group, _plain(host.peer.create(actor, page)))]
    is_locked = _decide(scenario, home, group, documents, "Lock", page["id"])
    is_removed = _decide(scenario, home, group, documents, "Remove", page["id"])
    was_removed = any(document["object"]["type"] == "Remove" for document in documents)
    decisions = len(documents)
    likes = sum(_vote(scenario, home, group, documents, voter, page["id"]) for voter in sorted(set(voters)))
    is_pinned = scenario.take("pin", group.uri, str(rng.randrange(MAX_PINNED))) and _toggle(
        scenario, home, group, documents, "Add", f"{home.peer.base_url}/users/p0", page["id"]
    )
    activities = scenario.signed(home, group, documents)
    sequence = activities[:decisions]
    rng.shuffle(sequence)
    for vote in activities[decisions:]:  # votes and pins for a post that is not here are not counted
        sequence.insert(rng.randint(sequence.index(activities[0]) + 1, len(sequence)), vote)
    scenario.add(sequence, is_shuffled=False)
    expected = scenario.expected
    expected.posts[page["id"]] = page["content"]
    expected.threads[page["id"]] = (is_locked, is_removed, likes)
    pair = (group.uri, page["id"])
    if is_pinned:
        expected.pairs["pin"].add(pair)
    if not is_removed and was_removed:  # a boost that ended with a removal does not come back
        expected.unspecified.add(pair)
    elif not is_removed:
        expected.pairs["boost"].add(pair)


def ban(scenario: Scenario, host: Host, _: Actor) -> None:
    """Begin threads in a group, whose moderators ban their author and remove what they wrote, and perhaps restore it."""
    rng, troll = scenario.rng, host.troll
    if not scenario.local.groups or not host.is_alive or troll is None:
        return
    if scenario.local.is_outcast(troll.uri) or not scenario.take("ban", troll.uri):
        return
    home = rng.choice(scenario.local.groups)
    group, moderator = home.group, f"{home.peer.base_url}/users/p0"
    assert group is not None
    pages = [_page(scenario, host, troll, group) for _ in range(rng.randint(1, 3))]
    documents = [home.peer.announce(group, _plain(host.peer.create(troll, page))) for page in pages]
    times = rng.randint(1, 4)
    for number in range(times):
        block = {"id": f"{moderator}/activities/{rng.getrandbits(48)}", "type": "Block", "actor": moderator}
        block |= {"object": troll.uri, "target": group.uri, "removeData": True, "restoreData": True}
        said = {"id": f"{block['id']}/undo", "type": "Undo", "actor": moderator, "object": block}
        documents.append(home.peer.announce(group, said if number % 2 else block))
    scenario.add(scenario.signed(home, group, documents))
    expected, is_banned = scenario.expected, times % 2 == 1
    for page in pages:
        expected.posts[page["id"]] = page["content"]
        expected.threads[page["id"]] = (False, is_banned, 0)
        if not is_banned:
            expected.unspecified.add((group.uri, page["id"]))


def _page(scenario: Scenario, host: Host, actor: Actor, group: Actor) -> dict[str, Any]:
    return host.peer.note(
        actor,
        type="Page",
        name="A thread",
        content="<p>a thread</p>",
        published=as_text(scenario.began - dt.timedelta(minutes=5)),
        to=[group.uri, PUBLIC],
        cc=[],
        audience=group.uri,
    )


def _decide(
    scenario: Scenario, home: Host, group: Actor, documents: list[dict[str, Any]], kind: str, about: str
) -> bool:
    """Announce a decision and its Undo in turn, up to three times. Returns whether it holds in the end."""
    return _toggle(scenario, home, group, documents, kind, f"{home.peer.base_url}/users/p0", about)


def _vote(
    scenario: Scenario, home: Host, group: Actor, documents: list[dict[str, Any]], voter: str, about: str
) -> bool:
    return _toggle(scenario, home, group, documents, "Like", voter, about)


def _toggle(
    scenario: Scenario,
    home: Host,
    group: Actor,
    documents: list[dict[str, Any]],
    kind: str,
    actor: str,
    about: str,
) -> bool:
    count = scenario.rng.choice([0, 1, 1, 2, 3])
    done: dict[str, Any] = {}
    for number in range(count):
        activity = {"id": f"{actor}/activities/{scenario.rng.getrandbits(48)}", "actor": actor}
        if number % 2 == 0:
            done = activity | {"type": kind, "object": about, "audience": group.uri}
            done |= {"target": group.extra["featured"]} if kind == "Add" else {}
            documents.append(home.peer.announce(group, done))
        elif kind == "Add":
            documents.append(home.peer.announce(group, done | activity | {"type": "Remove"}))
        else:
            documents.append(home.peer.announce(group, activity | {"type": "Undo", "object": done}))
    return count % 2 == 1


def _plain(activity: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in activity.items() if name != "@context"}
