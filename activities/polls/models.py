"""Polls with an end, and votes. Options and totals are in Post.question. Polls are deleted a day after their end, votes with their post."""

from datetime import timedelta

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph
from users.identities.models import Identity


class PollGraph(StateGraph):
    """The states of a poll with an end: the worker waits for it and sends results to other servers."""

    title = "Polls to count and close"
    max_attempts = None

    open = State(initial=True, doc="Waiting for the poll to end.")
    counting = State(doc="New votes: other servers are told within a minute.")
    stale = State(
        doc="Someone is viewing a remote poll, or it has ended: its server is asked for the results."
    )
    closed = State(
        terminal=True, delete_after=timedelta(days=1), doc="Over: everyone who took part was told."
    )

    open.to(counting)
    open.to(stale)
    open.to(closed)
    counting.to(open)
    counting.to(closed)
    stale.to(open)
    stale.to(closed)


class Poll(StatefulModel):
    """A poll: one row for each local one, and for each remote one that a local user voted in or viewed."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="+", primary_key=True)
    ends_at = models.DateTimeField(null=True)  # null: never

    state = StateField(PollGraph)


class PollVote(Model):
    """A vote. `choice` is the option's index, from 0."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    choice = models.SmallIntegerField()
    uri = models.CharField(max_length=2048, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "identity", "choice"], name="activities_poll_vote_once")
        ]
