"""Remote posts whose totals (likes, boosts, replies) are fetched, because a local user views them.

A row is deleted two days after the last view. The totals themselves are columns of the post.
"""

from datetime import timedelta

from django.db import models

from activities.posts.models.post import Post
from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index


class TotalsGraph(StateGraph):
    """The life of a totals check: requested when the post is opened, and not again for a while."""

    title = "Totals of remote posts to fetch"
    max_attempts = 3
    backoff = Backoff(base=timedelta(minutes=1), cap=timedelta(hours=1))

    asked = State(initial=True, doc="Someone is viewing the post: its server is asked for its totals.")
    known = State(
        resting=True,
        timeout_after=timedelta(days=2),
        timeout_to="old",
        doc="Answered. The next question waits by the age of the post, from two minutes to a day.",
    )
    old = State(terminal=True, delete_after=timedelta(), doc="Nobody looked at it again.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=2),
        doc="Its server did not say; the reason is recorded. Asked again if someone looks an hour later.",
    )

    asked.to(known)
    asked.to(failed)
    known.to(asked)
    failed.to(asked)


class TotalsCheck(StatefulModel):
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="+", primary_key=True)
    host = models.CharField(max_length=255, default="")

    state = StateField(TotalsGraph)

    class Meta:
        indexes = [fair_index("host", name="activities_totals_host_due")]
