"""Walks along conversations that somebody opened: the worker brings the replies that are not here yet.

A row a conversation; it is deleted a week after the last walk.
"""

from datetime import timedelta

from django.db import models

from activities.posts.models import Post
from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index


class WalkGraph(StateGraph):
    """The life of a walk: a few seconds a turn until nothing is ahead, and not again within a quarter of an hour."""

    title = "Conversations whose replies are fetched"
    max_attempts = 4
    backoff = Backoff(base=timedelta(seconds=30), cap=timedelta(hours=1))

    walking = State(
        initial=True,
        doc="Somebody opened it: ancestors are fetched, then the replies that its posts list, turn by turn.",
    )
    walked = State(
        resting=True,
        timeout_after=timedelta(days=7),
        timeout_to="old",
        doc="Everything within the limits is here. Walked again when somebody opens it 15 minutes later.",
    )
    old = State(terminal=True, delete_after=timedelta(), doc="Nobody opened it for a week.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=7),
        doc="The worker could not go on; the reason is kept. Walked again when somebody opens it an hour later.",
    )

    walking.to(walked)
    walking.to(failed)
    walked.to(walking)
    failed.to(walking)


class ThreadWalk(StatefulModel):
    """`ahead` and what follows are how far it is; a worker that dies goes on there."""

    conversation_id = models.BigIntegerField(unique=True)  # as the column of posts
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")  # the one that was opened
    host = models.CharField(max_length=255, default="")  # of that post
    began_at = models.DateTimeField(null=True)
    posts = models.SmallIntegerField(default=0)  # that it brought
    requests = models.SmallIntegerField(default=0)
    contexts = models.SmallIntegerField(
        default=0, db_default=0
    )  # collections of whole conversations that were asked for
    reason = models.CharField(max_length=300, default="")  # the last one why something was left out
    ahead = models.JSONField(default=list)  # [[kind, address, number]], see services/steps.py
    seen = models.JSONField(default=list)  # short digests of addresses that were ahead once
    hosts = models.JSONField(default=dict)  # {host: [useful answers, useless ones]}

    state = StateField(WalkGraph)

    class Meta:
        indexes = [fair_index("host", name="activities_walk_host_due")]
