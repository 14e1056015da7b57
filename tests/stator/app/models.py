"""Parcels, which go through both kinds of handlers and leave a mark for each; and errands, whose handlers each test sets."""

from datetime import timedelta

from django.db import models

from core.db import Model
from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index


class ParcelGraph(StateGraph):
    """The life of a parcel."""

    backoff = Backoff(base=timedelta(milliseconds=100), cap=timedelta(seconds=1))
    max_attempts = 100

    new = State(doc="just handed in")
    weighed = State(doc="its weight is known")
    sent = State(doc="on its way")
    received = State(resting=True, doc="the end, unless it comes back")
    returned = State(doc="comes back")
    gone = State(terminal=True)
    lost = State(terminal=True, failure=True)
    new.to(weighed)
    weighed.to(sent)
    sent.to(received)
    received.to(returned)
    returned.to(gone)


class Parcel(StatefulModel):
    state = StateField(ParcelGraph)


class Mark(Model):
    """A visible effect: what was done to which parcel. The table allows duplicates."""

    parcel = models.BigIntegerField()
    kind = models.TextField()


class ErrandGraph(StateGraph):
    """The life of an errand."""

    backoff = Backoff(base=timedelta(minutes=1), cap=timedelta(hours=1))
    max_attempts = 3

    listed = State(doc="done in batches")
    called = State(doc="done one by one")
    asked = State(
        resting=True, doc="waits for an answer", timeout_after=timedelta(hours=1), timeout_to="ended"
    )
    tried = State(
        doc="tried for a day",
        timeout_after=timedelta(days=1),
        timeout_to="ended",
        try_every=timedelta(hours=5),
    )
    done = State(terminal=True, delete_after=timedelta(days=1))
    ended = State(terminal=True)
    failed = State(terminal=True, failure=True)
    listed.to(done, called)
    called.to(done, asked)
    asked.to(listed, tried)
    tried.to(done)


class Errand(StatefulModel):
    state = StateField(ErrandGraph)
    host = models.TextField(default="")

    class Meta:
        indexes = (fair_index("host", name="errand_fair"),)
