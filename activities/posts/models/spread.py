"""Spreads: insertion of home timeline entries or notifications of a post for very many local recipients.

They exist until the last batch is written: minutes.
"""

from datetime import timedelta

from django.db import models

from stator import State, StateField, StatefulModel, StateGraph


class SpreadGraph(StateGraph):
    """The states of a spread: its local recipients are written in batches."""

    title = "Posts on their way to very many people here"

    spreading = State(initial=True, doc="The next piece of the people is to be looked for.")
    done = State(terminal=True, delete_after=timedelta(), doc="Everybody has it.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=7),
        doc="Not everybody has it; the reason is kept, retry any time.",
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
