"""Actors whom moderators here suspend, and hosts that they block or limit, each at a random moment.

What of an outcast's came before that moment is kept and hidden, what comes later is not taken: how much is here depends on the moment. The
model therefore takes over what is here of theirs, so that counts and all others must agree with it, and asks for what must hold at any moment.
"""

import datetime as dt
from collections.abc import Awaitable, Callable
from random import Random

from activities.polls.models import PollVote
from activities.posts.models import Like, Post
from activities.posts.queries.visibility import may_see
from federation.models import Policy
from federation.peers import set_policy
from tests.federation.world.hosts import Host
from tests.federation.world.scenario import ExpectedState, SignedActivity
from tests.support.peers import Actor
from tests.users.support import make_user
from users.identities.models import Identity, Restriction
from users.identities.services.remote_actors import ensure_actor
from users.moderation.services import restrict
from users.roles.models import MODERATOR

_OF_EACH = 3  # hosts: blocked, limited, and those whose people are suspended one by one


class Outcasts:
    """Limited hosts are no outcasts: nothing of theirs is lost, it is only shown to fewer people."""

    def __init__(self, rng: Random, hosts: list[Host]) -> None:
        chosen = [host for host in hosts if host.is_alive and not host.peer.has_groups]
        rng.shuffle(chosen)
        self.blocked, self.limited = chosen[:_OF_EACH], chosen[_OF_EACH : 2 * _OF_EACH]
        self._emptied = chosen[2 * _OF_EACH : 3 * _OF_EACH]
        self.suspended = [actor for host in self._emptied for actor in host.actors]
        self._hosts = {actor.uri: host for host in hosts for actor in host.actors}
        self.steps: list[Callable[[], Awaitable[object]]] = [
            *(
                lambda host=host: set_policy(host=host.peer.host, policy=Policy.blocked)
                for host in self.blocked
            ),
            *(
                lambda host=host: set_policy(host=host.peer.host, policy=Policy.limited)
                for host in self.limited
            ),
            *(lambda actor=actor: self._suspend(actor) for actor in self.suspended),
        ]
        rng.shuffle(self.steps)

    def include(self, uri: str) -> bool:
        """Return whether this is of a host that is blocked or whose people are suspended."""
        return f"{uri}/".startswith(tuple(f"{host.peer.base_url}/" for host in self.hosts))

    @property
    def hosts(self) -> list[Host]:
        return [*self.blocked, *self._emptied]

    async def _suspend(self, actor: Actor) -> None:
        found = await ensure_actor(actor.uri)
        moderator = await make_user(f"{found.pk}@example.org", MODERATOR)
        await restrict(moderator=moderator, identity_id=found.pk, restriction=Restriction.suspended)

    def late(self, mentioned: str) -> list[SignedActivity]:
        """Return a post by each outcast, which would be taken from anybody else."""
        actors = [*self.suspended, *(host.actors[0] for host in self.blocked)]
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        found = []
        for actor in actors:
            host = self._hosts[actor.uri]
            tag = [{"type": "Mention", "href": mentioned, "name": "@ada@testserver"}]
            note = host.peer.note(actor, content="<p>too late</p>", cc=[mentioned], tag=tag)
            found.append(SignedActivity(host, actor, host.peer.create(actor, note), now, is_forged=True))
        return found

    async def take_over(self, expected: ExpectedState) -> None:
        """Let the model have what is here of outcasts, where it counts in what is compared of others."""
        likes = [
            (one.identity.uri, one.post.uri) async for one in Like.objects.select_related("identity", "post")
        ]
        posts = [
            one
            async for one in Post.objects.select_related(
                "author", "boost_of", "in_reply_to", "quote_of"
            ).filter(is_local=False, deleted_at=None)
        ]
        boosts = [(one.author.uri, one.boost_of.uri) for one in posts if one.boost_of is not None]
        for kind, here in (("like", likes), ("boost", boosts)):
            kept = {pair for pair in expected.pairs[kind] if not self.include(pair[0])}
            expected.pairs[kind] = kept | {pair for pair in here if self.include(pair[0])}
        for parent, uris in expected.replies.items():
            expected.replies[parent] = {uri for uri in uris if not self.include(uri)}
        expected.quotes = {uri: about for uri, about in expected.quotes.items() if not self.include(uri)}
        for post in posts:
            if self.include(post.uri) and post.in_reply_to is not None:
                expected.replies.setdefault(post.in_reply_to.uri, set()).add(post.uri)
            if self.include(post.uri) and post.quote_of is not None and post.quote_state == "accepted":
                expected.quotes[post.uri] = post.quote_of.uri
        votes = {vote for vote in expected.votes if not self.include(vote[0])}
        async for vote in PollVote.objects.select_related("identity", "post").filter(post__is_local=True):
            if self.include(vote.identity.uri) and vote.post.question is not None:
                option = vote.post.question["options"][vote.choice]["title"]
                votes.add((vote.identity.uri, option))
        expected.votes = votes

    async def check(self, ada_id: int, last_text: str) -> None:
        """Nobody sees anything of an outcast's, nothing of theirs came since, and blocked hosts are told nothing."""
        rows = Post.objects.select_related("author").filter(is_local=False, deleted_at=None)
        shut = {actor.uri for actor in self.suspended}
        blocked = tuple(f"{host.peer.base_url}/" for host in self.blocked)
        posts = [post async for post in rows]
        theirs = [post for post in posts if post.author.uri in shut or post.uri.startswith(blocked)]
        ada = await Identity.objects.aget(pk=ada_id)
        seen = [post.uri for post in theirs if await may_see(ada, post.pk) or await may_see(None, post.pk)]
        print(f"{len(theirs)} posts of outcasts are hidden")
        assert not seen
        assert not [post.uri for post in theirs if "too late" in post.content]
        for host in self.blocked:
            said = [request.json() for request in host.peer.inbox]
            told = [one for one in said if last_text in str(one)]
            assert not told, host.peer.name
