"""Quotes of remote posts to be fetched or verified. A row is deleted with the result."""

from datetime import timedelta

from django.db import models

from activities.posts.models.post import Post
from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index


class QuoteCheckGraph(StateGraph):
    """The life of a quote check: the worker fetches the quoted post and the stamp that approves the quote."""

    title = "Quotes to check"
    max_attempts = 4
    backoff = Backoff(base=timedelta(minutes=1), cap=timedelta(hours=6))

    new = State(initial=True, doc="Waiting to be looked up.")
    done = State(terminal=True, delete_after=timedelta(), doc="Known: the post says so.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=30),
        doc="There was no answer; the reason is recorded.",
    )

    new.to(done)
    new.to(failed)
    failed.to(new)


class QuoteCheck(StatefulModel):
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="+", primary_key=True)
    host = models.CharField(max_length=255, default="")

    state = StateField(QuoteCheckGraph)

    class Meta:
        indexes = [fair_index("host", name="activities_quote_check_due")]
