"""Another server that we know or send to, with the state of its delivery queue.

Growth is bounded: a peer that was silent for 90 days, without pending deliveries or a policy of its own, is deleted
(handlers/cleaning.py).
"""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from core.db.enums import choices
from federation.policies import Policy
from stator import Backoff, State, StateField, StatefulModel, StateGraph

# A host that fails throughout this span is left alone until it contacts us (Mastodon's rule).
CIRCUIT_OPENS_AFTER = timedelta(days=7)


class PeerGraph(StateGraph):
    """One queue position per host: however many inboxes a dead server has, it costs one probe."""

    title = "Servers to deliver to"
    max_attempts = None
    backoff = Backoff(base=timedelta(seconds=20), cap=timedelta(hours=4))

    idle = State(initial=True, resting=True, doc="Nothing waits for this host.")
    sending = State(doc="Deliveries are due and are sent in order. A failing host is still tried.")
    trying = State(
        doc="New, or silent for a week: it gets one delivery with little time, as one of a few hosts at once."
    )
    probing = State(
        doc="The host failed or is slow: it gets one delivery with more time, as one of a few hosts at once, and the rest if it answers."
    )
    waiting = State(doc="Waiting before the next attempt. A message from the host ends the wait.")
    unreachable = State(
        resting=True,
        timeout_after=timedelta(days=14),
        timeout_to="idle",
        doc="Silent for a week: what is addressed to it is dropped, until it speaks to us or two weeks have passed.",
    )

    idle.to(sending)
    sending.to(idle, trying, probing, waiting, unreachable)
    trying.to(idle, sending, waiting, unreachable)
    probing.to(idle, waiting, unreachable)
    waiting.to(sending)
    unreachable.to(idle)


class Peer(StatefulModel):
    """A server. `host` is lower case, with its port, if any; the row `*` represents all hosts (peers.set_federation_mode).
    `failing_since` is null while deliveries succeed.

    `site` is the registrable domain, by which hosts in doubt share a part of the worker.
    """

    host = models.CharField(max_length=255, unique=True)
    policy = models.CharField(
        max_length=10, choices=choices(Policy), default=Policy.open, db_default=Policy.open
    )
    reject_media = models.BooleanField(default=False, db_default=False)
    reject_reports = models.BooleanField(default=False, db_default=False)
    handling = models.PositiveSmallIntegerField(default=0, db_default=0)  # flags of policies.Handling
    policy_note = models.TextField(default="", db_default="")  # the reason, for other operators

    software = models.CharField(max_length=100, default="", db_default="")
    software_version = models.CharField(max_length=100, default="", db_default="")
    software_checked_at = models.DateTimeField(null=True)
    signature_scheme = models.CharField(max_length=10, default="cavage", db_default="cavage")

    first_seen_at = models.DateTimeField(db_default=Now())
    last_received_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="", db_default="")
    failing_since = models.DateTimeField(null=True)
    is_slow = models.BooleanField(default=False, db_default=False)  # responds, but not within a short time
    site = models.CharField(
        max_length=255, default="", db_default=""
    )  # see peers.registrable_domain; set when in doubt

    state = StateField(PeerGraph)

    class Meta:
        indexes = [
            models.Index(fields=["host"], condition=~models.Q(policy="open"), name="federation_peer_ruled"),
            models.Index(
                fields=["host"], condition=models.Q(reject_media=True), name="federation_peer_without_media"
            ),
            models.Index(
                fields=["host"],
                condition=models.Q(reject_reports=True),
                name="federation_peer_no_reports",
            ),
            models.Index(fields=["host"], condition=models.Q(handling__gt=0), name="federation_peer_handled"),
            # these two are for moderators
            models.Index(
                fields=["policy", "host"], condition=~models.Q(policy="open"), name="federation_peer_policies"
            ),
            models.Index(
                fields=["host"],
                condition=models.Q(failing_since__isnull=False),
                name="federation_peer_failing",
            ),
            # serves the worker's turn for each site
            models.Index(
                fields=["state", "site", "state_due_at"],
                condition=models.Q(state__in=["trying", "probing"]),
                name="federation_peer_fair",
            ),
        ]
