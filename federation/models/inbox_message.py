"""A message posted to an inbox, with the result of its verification and handling.

Growth is bounded: handled and skipped messages are deleted after two days, failed ones after 14; messages whose key is not known yet are
limited in number and size by host and network, by network and in total (federation/inbox/storing.py), and fail after ten attempts (some
two hours).
"""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph

WAITS_FOR_EARLIER = "waits for an earlier message of the same actor"


class InboxGraph(StateGraph):
    """The life of a received message; the reason of its result is stored with it."""

    title = "Incoming messages"
    max_attempts = 10
    backoff = Backoff(base=timedelta(seconds=15), cap=timedelta(hours=2))

    unverified = State(initial=True, doc="The signer's key is not known yet: it is being fetched.")
    received = State(max_attempts=None, doc="The signature is valid: waiting to be processed.")
    fetching = State(doc="Something it refers to must be fetched first.")
    handled = State(terminal=True, delete_after=timedelta(days=2), doc="It had its effect.")
    skipped = State(
        terminal=True, delete_after=timedelta(days=2), doc="It is of no concern here; the reason is kept."
    )
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=14),
        doc="Refused, or given up after several attempts; the reason is recorded.",
    )

    unverified.to(received)
    unverified.to(skipped)
    unverified.to(failed)
    received.to(fetching)
    received.to(handled)
    received.to(skipped)
    received.to(failed)
    fetching.to(received)
    fetching.to(skipped)
    fetching.to(failed)


class InboxMessage(StatefulModel):
    """A message. `unique_key` identifies repeats (federation/inbox/storing.py). It is null until the signature is verified, so that
    nobody can block another's message, and for activities whose handlers decide by their effect.

    `signature` holds what is needed to verify later: {"method", "target", "headers": {name: value}}; null once it is verified.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    unique_key = models.BinaryField(max_length=16, null=True, unique=True)  # of actor, id, type and object
    activity_id = models.TextField(default="", db_default="")
    activity_type = models.CharField(max_length=100, default="", db_default="")
    actor = models.TextField()  # unverified at first
    host = models.CharField(max_length=255)  # of the actor; unverified at first
    key_id = models.TextField()
    address = models.TextField(
        default="", db_default=""
    )  # the network of the client (core/hosts/networks.py), while unverified
    inbox = models.TextField(
        default="", db_default=""
    )  # "host/username" of a personal inbox, empty for the shared one
    is_forwarded = models.BooleanField(
        default=False, db_default=False
    )  # verified by the document's own proof: another server posted it
    size = models.IntegerField()
    body = models.BinaryField()
    signature = models.JSONField(null=True)
    wants = models.JSONField(null=True)  # {"todo": [[kind, uri], …], "done": […]}: required documents
    tries = models.SmallIntegerField(default=0, db_default=0)  # how often its handler failed with an error
    reason = models.TextField(default="", db_default="")
    received_at = models.DateTimeField(db_default=Now())
    said_at = models.DateTimeField(null=True)  # when it was signed, by the sender's clock, to the second

    state = StateField(InboxGraph)

    class Meta:
        indexes = [
            # bounds the queue of unverified messages
            models.Index(
                fields=["host", "address", "size"],
                condition=models.Q(state="unverified"),
                name="federation_inbox_unverified",
            ),
            # serves the worker's turn for each host
            models.Index(
                fields=["state", "host", "state_due_at"],
                condition=models.Q(state__in=["unverified", "fetching"]),
                name="federation_inbox_fair",
            ),
            # keeps the order of an actor's messages; those awaiting a retry are not in it
            models.Index(
                fields=["actor", "id"],
                condition=models.Q(state__in=["unverified", "received", "fetching"], tries=0)
                & (models.Q(state_error__isnull=True) | models.Q(state_error=WAITS_FOR_EARLIER)),
                name="federation_inbox_order",
            ),
        ]
