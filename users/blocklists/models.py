"""Uploaded blocklists with their rows. Bounded: one that nobody applies is deleted after a day, an applied one after 90 days."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph

UNDONE_WITHIN = timedelta(days=90)


class BlocklistGraph(StateGraph):
    """The life of an uploaded list: staff look at it, and the worker applies or undoes it in batches."""

    title = "Blocklists to apply"

    shown = State(
        initial=True,
        resting=True,
        timeout_after=timedelta(days=1),
        timeout_to="ended",
        doc="Uploaded: staff look at what it would change.",
    )
    applying = State(doc="The worker is setting the policies, a few hundred servers at a time.")
    applied = State(
        resting=True, timeout_after=UNDONE_WITHIN, timeout_to="ended", doc="All is set; it can be undone."
    )
    undoing = State(doc="The worker is restoring the policies that nobody has changed since.")
    ended = State(terminal=True, delete_after=timedelta(days=1), doc="Undone, dropped or old.")
    failed = State(
        terminal=True, failure=True, delete_after=UNDONE_WITHIN, doc="The worker could not continue."
    )

    shown.to(applying, ended)
    applying.to(applied, failed)
    applied.to(undoing, ended)
    undoing.to(ended, failed)


class Blocklist(StatefulModel):
    """An uploaded list. `position` is the last row that the worker has processed; `lost_follows` is counted up to a limit."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    user_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    overrides = models.BooleanField(default=False, db_default=False)
    position = models.IntegerField(default=0, db_default=0)
    lost_follows = models.IntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(db_default=Now())

    state = StateField(BlocklistGraph)


class BlocklistRow(Model):
    """A row of a list. `effect` and `after` are as of the upload; once a row has changed something, `before` and `after` say what (Ruling as JSON)."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    blocklist = models.ForeignKey(Blocklist, on_delete=models.CASCADE, related_name="+", db_index=False)
    place = models.IntegerField()
    host = models.CharField(max_length=255)
    ruling = models.CharField(max_length=100, default="")
    comment = models.CharField(max_length=1000, default="")
    effect = models.CharField(max_length=10)
    reason = models.CharField(max_length=20, default="")
    is_block = models.BooleanField(default=False)
    is_wanted = models.BooleanField(default=False, db_default=False)
    before = models.CharField(max_length=100, default="", db_default="")
    after = models.CharField(max_length=100, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["blocklist", "effect", "place"], name="users_blocklist_effect"),
            models.Index(fields=["blocklist", "place"], name="users_blocklist_place"),
            models.Index(fields=["blocklist", "host"], name="users_blocklist_host"),
        ]
