"""Uploaded blocklists with their rows, and lists that are fetched from addresses.

Bounded: an upload that nobody applies is deleted after a day, an applied one after 90 days; fetched lists have limits of size and number.
"""

from datetime import timedelta

from django.db import models
from django.db.models import Value
from django.db.models.functions import Now

from core.db import Model
from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph

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


class SubscriptionGraph(StateGraph):
    """The life of a subscription: fetched daily; the first list, and one that lost most of its servers, wait for staff."""

    title = "Subscribed blocklists"
    max_attempts = None
    backoff = Backoff(base=timedelta(minutes=30), cap=timedelta(hours=24))

    fetching = State(
        initial=True, doc="The list is due to be fetched. What it set before stays if that fails."
    )
    shown = State(resting=True, doc="Fetched for the first time: staff look at what it would change.")
    held = State(resting=True, doc="Most servers disappeared from the list: staff decide.")
    applying = State(doc="The worker is setting policies, a few hundred servers at a time.")
    current = State(doc="All is set, until the list is fetched again.")
    retracting = State(doc="The list is being removed, with the policies that only it set.")
    keeping = State(doc="The list is being removed; its policies become this server's own.")
    ended = State(terminal=True, delete_after=timedelta(hours=1), doc="Removed.")

    fetching.to(shown, held, applying, current, retracting, keeping, ended)
    shown.to(applying, fetching, ended)
    held.to(applying, fetching, retracting, keeping)
    applying.to(current, retracting, keeping)
    current.to(fetching, retracting, keeping)
    retracting.to(ended)
    keeping.to(ended)


class Subscription(StatefulModel):
    """A list that is fetched from an address. `generation` counts the fetches; `counts` are of the newest one.

    `position` is the last host that the worker has processed in the current state. `applied_at` is null until staff accepted the list.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    address = models.CharField(max_length=2048, unique=True)
    name = models.CharField(max_length=200)
    user_id = models.BigIntegerField(null=True)  # the login that subscribed, which may be deleted
    etag = models.CharField(max_length=200, default="", db_default="")
    generation = models.IntegerField(default=0, db_default=0)
    position = models.CharField(max_length=255, default="", db_default="")
    counts = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    created_at = models.DateTimeField(db_default=Now())
    fetched_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    problem = models.CharField(
        max_length=500, default="", db_default=""
    )  # of the last attempt, as stored errors

    state = StateField(SubscriptionGraph)


class SubscribedServer(Model):
    """A server in a subscribed list. Bounded by the lists. `ruling` is in effect (empty: not yet), `fetched` is of the newest fetch.

    `generation` is the last fetch that listed the server. Both rulings are JSON.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="+", db_index=False)
    host = models.CharField(max_length=255)
    ruling = models.CharField(max_length=100, default="", db_default="")
    fetched = models.CharField(max_length=100)
    comment = models.CharField(max_length=1000, default="", db_default="")
    generation = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "host"], name="users_subscribed_server_once")
        ]
        indexes = [models.Index(fields=["host"], name="users_subscribed_server_host")]


class ListedServer(Model):
    """A server whose policy comes from subscribed lists: `given` is what they set (Ruling as JSON). Bounded by the lists.

    `is_overruled`: staff decided otherwise since, so that lists don't touch it again while any of them names it.
    """

    host = models.CharField(max_length=255, primary_key=True)
    given = models.CharField(max_length=100)
    note = models.CharField(max_length=1000, default="", db_default="")
    is_overruled = models.BooleanField(default=False, db_default=False)
