"""Spreads: insertion of home timeline entries or notifications of a post for very many local recipients.

They exist until the last batch is written: minutes.
"""

from datetime import timedelta

from django.db import models

from stator import State, StateField, StatefulModel, StateGraph


class SpreadGraph(StateGraph):
    """The states of a spread: its local recipients are written in batches."""

    title = "Posts being sent to very many people here"

    spreading = State(initial=True, doc="Waiting for the next batch of people.")
    done = State(terminal=True, delete_after=timedelta(), doc="Everybody has it.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=7),
        doc="Not everyone has received it; the reason is recorded. You can retry at any time.",
    )

    spreading.to(done)
    spreading.to(failed)
    failed.to(spreading)


class Spread(StatefulModel):
    """A spread. `kind` is what is inserted (services/spreading.py). `before` is the position in its recipients."""

    post_id = models.BigIntegerField()  # no foreign key: if the post's row is deleted, the spread just ends
    kind = models.CharField(max_length=20)
    before = models.BigIntegerField()

    state = StateField(SpreadGraph)
