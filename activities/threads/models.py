"""Walks along opened conversations: the worker fetches missing replies.

One row per conversation, deleted a week after the last walk.
"""

from datetime import timedelta

from django.db import models

from activities.posts.models import Post
from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index


class WalkGraph(StateGraph):
    """The life of a walk: a few seconds per turn until nothing is queued, then not again within a quarter of an hour."""

    title = "Conversations whose replies are fetched"
    max_attempts = 4
    backoff = Backoff(base=timedelta(seconds=30), cap=timedelta(hours=1))

    walking = State(
        initial=True,
        doc="Someone opened it: its ancestors are fetched, then the replies listed by its posts, step by step.",
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
        doc="The worker could not continue; the reason is recorded. Fetched again if someone opens it an hour later.",
    )

    walking.to(walked)
    walking.to(failed)
    walked.to(walking)
    failed.to(walking)


class ThreadWalk(StatefulModel):
    """A walk. `ahead` and the following fields store the progress, from which another worker continues."""

    conversation_id = models.BigIntegerField(unique=True)  # as in posts
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")  # the opened one
    host = models.CharField(max_length=255, default="")  # of that post
    began_at = models.DateTimeField(null=True)
    posts = models.SmallIntegerField(default=0)  # stored by this walk
    requests = models.SmallIntegerField(default=0)
    contexts = models.SmallIntegerField(
        default=0, db_default=0
    )  # requested collections of whole conversations
    reason = models.CharField(
        max_length=300, default=""
    )  # the latest reason for which something was left out
    ahead = models.JSONField(default=list)  # [[kind, address, number]], see services/steps.py
    seen = models.JSONField(default=list)  # short digests of addresses that were queued once
    hosts = models.JSONField(default=dict)  # {host: [useful answers, useless ones]}

    state = StateField(WalkGraph)

    class Meta:
        indexes = [fair_index("host", name="activities_walk_host_due")]
