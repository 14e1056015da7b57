"""Looks at remote profiles: the worker fetches their totals, pins, featured hashtags and collections, and newest posts.

A row is deleted 30 days after the last view.
"""

from datetime import timedelta

from django.db import models

from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index
from users.identities.models import Identity


class LookGraph(StateGraph):
    """The life of a look: totals at once and then hourly while the profile is viewed, posts at first and then daily, or if the totals change."""

    title = "Remote profiles being viewed"
    max_attempts = 4
    backoff = Backoff(base=timedelta(seconds=30), cap=timedelta(hours=1))

    counting = State(
        initial=True,
        doc="Someone viewed or followed it: its server is asked for the numbers of followers, followed people and posts.",
    )
    reading = State(
        doc="Its pinned posts, featured hashtags and collections, and newest posts are fetched, a few requests at a time."
    )
    known = State(
        resting=True,
        timeout_after=timedelta(days=30),
        timeout_to="old",
        doc="Shown. Counted again an hour later at the earliest if somebody looks; read again a day later, or when it has other posts and nobody here follows it.",
    )
    old = State(terminal=True, delete_after=timedelta(), doc="Nobody looked for a month.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=30),
        doc="Its server did not answer; the reason is recorded. Asked again if someone looks at it six hours later.",
    )

    counting.to(reading)
    counting.to(known)
    counting.to(failed)
    reading.to(known)
    reading.to(failed)
    known.to(counting)
    failed.to(counting)


class ProfileLook(StatefulModel):
    """A look. `next_page` and the following fields store the progress in the outbox, from which another worker continues."""

    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, related_name="+", primary_key=True)
    host = models.CharField(max_length=255, default="")  # of the actor's id
    read_at = models.DateTimeField(null=True)  # when the outbox was read to the end
    next_page = models.CharField(max_length=2048, default="")  # empty: start with the pinned posts
    place = models.SmallIntegerField(default=0)  # position in that page
    pages = models.SmallIntegerField(default=0)
    posts = models.SmallIntegerField(default=0)
    fetches = models.SmallIntegerField(default=0)
    # what its server refused, and why: {"followers": reason}
    problems = models.JSONField(default=dict)

    state = StateField(LookGraph)

    class Meta:
        indexes = [fair_index("host", name="activities_look_host_due")]
