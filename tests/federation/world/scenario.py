"""Activities of a hundred hosts' actors in their order of arrival, and the state that must result here.

A sequence is what one actor does about one thing, again and again. Its activities arrive in any order, mixed with all others; some arrive
twice, some never. The activity that was signed last counts.
"""

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.federation.world.hosts import Behavior, Host
from tests.support.peers.http import Actor

TOGGLES = ("follow", "like", "boost", "react", "block")
PAIRS = (*TOGGLES, "pin")


@dataclass
class SignedActivity:
    """A document to be posted by `actor`. A forged one must have no effect, whatever we answer."""

    host: Host
    actor: Actor
    document: dict[str, Any]
    signed_at: dt.datetime
    is_forged: bool = False


@dataclass
class ExpectedState:
    """`pairs`: of ids, by kind. `posts`: content by id, and `replies` to each of ours. `votes`: of an actor for an option.

    `names`: of known actors. `results`: votes for each option of remote polls. `threads`: whether each post in a group is locked, whether it
    is removed, and how many like it. `quotes`: the quoted post by the id of the quoting one. `unspecified`: pairs that may be there or not.
    """

    pairs: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: {kind: set() for kind in PAIRS})
    posts: dict[str, str] = field(default_factory=dict)
    replies: dict[str, set[str]] = field(default_factory=dict)
    votes: set[tuple[str, str]] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    results: dict[str, list[int]] = field(default_factory=dict)
    threads: dict[str, tuple[bool, bool, int]] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    unspecified: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class LocalTargets:
    """The ids of actors and posts here that remote actors interact with, and the remote actors and groups that somebody here follows.

    What groups pass on of outcasts depends on the moment, too: they take no part there.
    """

    followable: list[str]
    blockable: str
    mentioned: str
    posts: list[str]
    poll: str
    options: list[str]
    followed: set[str]
    groups: list[Host]
    is_outcast: Callable[[str], bool]


class Scenario:
    def __init__(self, rng: random.Random, hosts: list[Host], local: LocalTargets) -> None:
        self.rng = rng
        self.hosts = hosts
        self.local = local
        self.expected = ExpectedState()
        self.began = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=20)
        self._sequences: list[list[SignedActivity]] = []
        self._taken: set[tuple[str, ...]] = set()

    def generate(self, count: int, families: "Sequence[Family]", forge: "Family") -> list[SignedActivity]:
        """Return about this many activities, in their order of arrival."""
        while sum(map(len, self._sequences)) < count:
            host = self.rng.choice(self.hosts)
            actor = self.rng.choice(host.actors)
            is_forger = host.behavior is Behavior.lying and self.rng.random() < 0.6
            family = forge if is_forger else self.rng.choice(families)
            family(self, host, actor)
        return self._merged()

    def take(self, *key: str) -> bool:
        """Return False when this was done before in this scenario."""
        is_new = key not in self._taken
        self._taken.add(key)
        return is_new

    def signed(self, host: Host, actor: Actor, documents: list[dict[str, Any]]) -> list[SignedActivity]:
        """Return these activities, signed one after another."""
        begin = self.began + dt.timedelta(seconds=self.rng.randrange(600))
        return [
            SignedActivity(host, actor, document, begin + dt.timedelta(seconds=2 * number))
            for number, document in enumerate(documents)
        ]

    def add(self, sequence: list[SignedActivity], *, is_shuffled: bool = True) -> None:
        """Let these arrive in any order, and some of them again."""
        if is_shuffled:
            self.rng.shuffle(sequence)
        for activity in list(sequence):
            if self.rng.random() < 0.15:
                sequence.insert(self.rng.randint(sequence.index(activity) + 1, len(sequence)), activity)
        self._sequences.append(sequence)

    def _merged(self) -> list[SignedActivity]:
        """Merge the sequences at random. Each keeps its order."""
        order = [number for number, sequence in enumerate(self._sequences) for _ in sequence]
        self.rng.shuffle(order)
        iterators = [iter(sequence) for sequence in self._sequences]
        return [next(iterators[number]) for number in order]


type Family = Callable[[Scenario, Host, Actor], None]


def as_text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
