"""A model of a hundred hosts: the activities of their people, in order of arrival, and the state that results here.

A story is what one person does about one thing. Its activities arrive in a random order, except that one who does the same again (a second like)
does so after the first, and only if their key is here; all stories arrive mixed. Some arrive again later, some never.
"""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.federation.world.hosts import Conduct, Host
from tests.support.peers.http import Actor

EMOJI = ("👍", "🎉", "❤️")
TOGGLES = ("follow", "like", "boost", "react", "block")


@dataclass
class Letter:
    """A document to be posted by `actor`, signed at `said_at`. `is_lie`: it must have no effect, whatever we answer."""

    host: Host
    actor: Actor
    document: dict[str, Any]
    said_at: dt.datetime
    is_lie: bool = False


@dataclass
class Model:
    """What is true afterwards: pairs of ids, by kind, and posts with their content."""

    pairs: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: {kind: set() for kind in TOGGLES})
    posts: dict[str, str] = field(default_factory=dict)
    replies: dict[str, set[str]] = field(default_factory=dict)
    votes: set[tuple[str, str]] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)  # posts that concern nobody, or were deleted


@dataclass
class Here:
    """What is on our side: the ids of people and posts that others act upon, and whom somebody here follows."""

    followable: list[str]
    blockable: str
    named: str
    posts: list[str]
    poll: str
    options: list[str]
    followed: set[str]
    known: set[str]  # whose keys are here


class Stories:
    def __init__(self, chance: random.Random, hosts: list[Host], here: Here) -> None:
        self.chance = chance
        self.hosts = hosts
        self.here = here
        self.model = Model()
        self.lines: list[list[Letter]] = []
        self._began = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=20)
        self._told: set[tuple[str, str, str]] = set()

    def tell(self, count: int) -> list[Letter]:
        """Return about this many letters, mixed."""
        kinds: list[Callable[[Host, Actor], None]] = (
            [self._toggle] * 5 + [self._note] * 4 + [self._reply, self._vote]
        )
        while sum(map(len, self.lines)) < count:
            host = self.chance.choice(self.hosts)
            actor = self.chance.choice(host.people)
            if host.conduct is Conduct.lying and self.chance.random() < 0.6:
                self._lie(host, actor)
            else:
                self.chance.choice(kinds)(host, actor)
        return self._mixed()

    def _mixed(self) -> list[Letter]:
        """Merge the lines: each keeps its order."""
        order = [number for number, line in enumerate(self.lines) for _ in line]
        self.chance.shuffle(order)
        iterators = [iter(line) for line in self.lines]
        return [next(iterators[number]) for number in order]

    def _letters(self, host: Host, actor: Actor, documents: list[dict[str, Any]]) -> list[Letter]:
        """Letters of one story, said one after another."""
        begin = self._began + dt.timedelta(seconds=self.chance.randrange(600))
        return [
            Letter(host, actor, document, begin + dt.timedelta(seconds=2 * number))
            for number, document in enumerate(documents)
        ]

    def _again(self, line: list[Letter], letters: list[Letter]) -> None:
        """Some of these arrive once more, at the end of the line or before."""
        for letter in letters:
            if self.chance.random() < 0.15:
                line.insert(self.chance.randint(line.index(letter) + 1, len(line)), letter)

    # --- what is done and undone -----------------------------------------------------------------------------------

    def _toggle(self, host: Host, actor: Actor) -> None:
        kind = self.chance.choice(TOGGLES if host.peer.reacts else [one for one in TOGGLES if one != "react"])
        about = {
            "follow": self.here.followable,
            "block": [self.here.blockable],
        }.get(kind, self.here.posts)
        target = self.chance.choice(about)
        if (kind, actor.uri, target) in self._told or (
            kind in ("like", "react") and self._told & {(one, actor.uri, target) for one in ("like", "react")}
        ):
            return
        self._told.add((kind, actor.uri, target))
        # whose key is not here yet may be overtaken by themselves: what they do again would count as the earlier
        times = self.chance.randint(1, 3) if actor.uri in self.here.known else 1
        emoji = self.chance.choice(EMOJI)
        documents = []
        for _ in range(times):
            done = self._do(host, actor, kind, target, emoji)
            documents += [done, host.peer.undo(actor, done)]
        ends_done = self.chance.random() < 0.6
        letters = self._letters(host, actor, documents[:-1] if ends_done else documents)
        if host.is_live and ends_done:
            self.model.pairs[kind].add((actor.uri, f"{target} {emoji}" if kind == "react" else target))
        self.lines.append(self._toggled(letters))

    def _do(self, host: Host, actor: Actor, kind: str, target: str, emoji: str) -> dict[str, Any]:
        if kind == "react":
            return host.peer.react(actor, target, emoji)
        document: dict[str, Any] = getattr(host.peer, kind)(actor, target)
        return document

    def _toggled(self, letters: list[Letter]) -> list[Letter]:
        """Return them in the order of their arrival: an undo may overtake what it undoes, or come after the next time."""
        line: list[Letter] = []
        late: list[Letter] = []
        for number in range(0, len(letters), 2):
            done, undone = letters[number], letters[number + 1 : number + 2]
            overtakes = self.chance.random() < 0.2
            is_late = not overtakes and number + 2 < len(letters) and self.chance.random() < 0.25
            line += [*undone, done] if overtakes else [done]
            line += late
            late = undone if is_late else []
            line += [] if overtakes or is_late else undone
        self._again(line, [letter for letter in letters if letter.document["type"] == "Undo"])
        return line

    # --- posts -----------------------------------------------------------------------------------------------------------

    def _note(self, host: Host, actor: Actor) -> None:
        """A post that names somebody here, or not: then it is kept if its author is followed."""
        names = self.chance.random() < 0.4
        extra: dict[str, Any] = {"cc": [f"{actor.uri}/followers"]}
        if names:
            extra["cc"].append(self.here.named)
            extra["tag"] = [{"type": "Mention", "href": self.here.named, "name": "@ada@testserver"}]
        self._tell_note(host, actor, extra, concerns=names or actor.uri in self.here.followed)

    def _reply(self, host: Host, actor: Actor) -> None:
        parent = self.chance.choice(self.here.posts)
        uri = self._tell_note(host, actor, {"inReplyTo": parent}, concerns=True)
        if uri in self.model.posts:
            self.model.replies.setdefault(parent, set()).add(uri)

    def _tell_note(self, host: Host, actor: Actor, extra: dict[str, Any], *, concerns: bool) -> str:
        """A Create, Updates and perhaps a Delete, which arrive in any order, and some never."""
        peer = host.peer
        published = self._began - dt.timedelta(minutes=5)
        note = peer.writing(actor, content="<p>as first written</p>", published=_text(published), **extra)
        documents = [peer.create(actor, note)]
        contents = {0: note["content"]}
        for number in range(1, self.chance.choice([1, 1, 2, 3])):
            content = f"<p>changed {number} times</p>"
            updated = _text(published + dt.timedelta(seconds=10 * number))
            documents.append(peer.update(actor, note | {"content": content, "updated": updated}))
            contents[number] = content
        letters = self._letters(host, actor, documents)
        kept = [number for number in contents if len(contents) == 1 or self.chance.random() > 0.05]
        line = [letters[number] for number in kept]
        is_deleted = self.chance.random() < 0.25
        if is_deleted:
            line += self._letters(host, actor, [peer.delete(actor, note)])
            line[-1].said_at = letters[-1].said_at + dt.timedelta(seconds=60)
        self.chance.shuffle(line)
        self._again(line, list(line))
        self.lines.append(line)
        uri = str(note["id"])
        if concerns and kept and host.is_live and not is_deleted:
            self.model.posts[uri] = contents[max(kept)]
        else:
            self.model.unseen.add(uri)
        return uri

    def _vote(self, host: Host, actor: Actor) -> None:
        if ("vote", actor.uri, "") in self._told:
            return
        self._told.add(("vote", actor.uri, ""))
        option = self.chance.choice(self.here.options)
        author = self.here.poll.partition("/statuses/")[0]
        note = host.peer.note(actor, name=option, inReplyTo=self.here.poll, to=[author], cc=[])
        del note["content"]
        line = self._letters(host, actor, [host.peer.create(actor, note)])
        self._again(line, list(line))
        self.lines.append(line)
        if host.is_live:
            self.model.votes.add((actor.uri, option))

    # --- lies --------------------------------------------------------------------------------------------------------------

    def _lie(self, host: Host, actor: Actor) -> None:
        """Something about a person or a post of an honest host, or in the name of one, that must have no effect."""
        other = self.chance.choice([one for one in self.hosts if one.conduct is Conduct.honest])
        victim = self.chance.choice(other.people)
        post = self.chance.choice(self.here.posts)
        noted = [uri for uri in self.model.posts if uri.startswith(other.peer.base_url)] or [
            f"{other.peer.base_url}/notes/0"
        ]
        target = self.chance.choice(noted)
        forged = {
            "id": target,
            "type": "Note",
            "attributedTo": target.rpartition("/notes/")[0] + "/users/p0",
            "content": "<p>a lie</p>",
            "updated": _text(dt.datetime.now(dt.UTC)),
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "cc": [self.here.named],
        }
        own_id = f"{host.peer.base_url}/lies/{self.chance.getrandbits(48)}"
        as_victim = {"id": f"{other.peer.base_url}/lies/{self.chance.getrandbits(48)}", "actor": victim.uri}
        lies = [
            {"type": "Delete", "object": target},
            {"type": "Delete", "object": {"id": target, "type": "Tombstone"}},
            {"type": "Update", "object": forged},
            {"type": "Create", "object": forged | {"id": f"{own_id}/note", "attributedTo": victim.uri}},
            {"type": "Create", "object": forged | {"attributedTo": actor.uri}},
            {
                "type": "Undo",
                "object": {"id": f"{own_id}/like", "type": "Like", "actor": victim.uri, "object": post},
            },
            {"type": "Undo", "object": f"{other.peer.base_url}/activities/1"},
            {"type": "Delete", "object": victim.uri},
            {"type": "Accept", "object": {"type": "Follow", "actor": self.here.named, "object": victim.uri}},
            {"type": "Announce", "object": f"{host.peer.base_url}/nothing"},
            {"type": "takahe:Relayed", "object": target, "relay": 1},
            as_victim | {"type": "Like", "object": post},
            as_victim | {"type": "Follow", "object": self.here.followable[0]},
            as_victim | {"type": "Delete", "object": target},
        ]
        document = {"id": own_id, "actor": actor.uri} | self.chance.choice(lies)
        letter = self._letters(host, actor, [document])[0]
        letter.is_lie = True
        self.lines.append([letter])


def _text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
