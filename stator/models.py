"""The base class of models with a state, and the worker's own tables.

Growth is bounded: heartbeats are deleted after a day, counters after two, and a scheduled job is one row.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

from core.db import Model


class StatefulModel(Model):
    """Abstract. Declare `state = StateField(SomeGraph)`; these columns come with it, and also `state_due_at` and an index.

    `state_due_at`: when the engine handles the row (null: never); for a leased row, when its lease ends.
    """

    if TYPE_CHECKING:
        state: str
        state_due_at: dt.datetime | None

    state_changed_at = models.DateTimeField(db_default=Now(), editable=False)
    state_attempts = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    state_error = models.TextField(null=True, editable=False)
    state_failed_in = models.TextField(
        null=True, editable=False
    )  # the state to which a retry returns the row

    class Meta:
        abstract = True


class WorkerHeartbeat(Model):
    """One row per worker process that runs, or ran in the last day."""

    worker = models.TextField(primary_key=True)  # host:pid:random
    started_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    stopped_at = models.DateTimeField(null=True)
    rows_done = models.BigIntegerField(default=0, db_default=0)
    metrics = models.TextField(default="[]", db_default="[]")  # of its process, as JSON

    class Meta:
        db_table = "stator_heartbeat"


class ScheduledJob(Model):
    """One row per `@every` job: when it runs next; while it runs, when its lease ends."""

    name = models.TextField(primary_key=True)
    due_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(null=True)

    class Meta:
        db_table = "stator_job"


class StateCounts(Model):
    """Counters of one state's rows in one minute: moved on, postponed, failed."""

    pk = models.CompositePrimaryKey("minute", "label", "state")
    minute = models.DateTimeField()
    label = models.TextField()  # activities.post
    state = models.TextField()
    moved = models.BigIntegerField(default=0)
    delayed = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)

    class Meta:
        db_table = "stator_tally"
