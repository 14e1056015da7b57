"""An activity about a post for more recipients than one statement may look up.

Exists until the last batch is queued: minutes.
"""

from datetime import timedelta
from enum import IntEnum

from django.db import models

from core.db.enums import choices
from stator import State, StateField, StatefulModel, StateGraph


class Reach(IntEnum):
    """The accounts and servers told about a post; each value includes those before it."""

    followers = 0  # and those mentioned
    holders = 1  # those who replied to, boosted, quoted, liked or voted in a public post
    voters = 2  # those who voted, whatever the visibility
    end = 3  # everyone who may have it, because it is deleted


class BroadcastGraph(StateGraph):
    """The states of a broadcast: deliveries to its recipients are queued in batches."""

    title = "Posts being sent to very many servers"

    telling = State(initial=True, doc="Waiting for the next batch of servers.")
    told = State(terminal=True, delete_after=timedelta(), doc="Each server has a delivery.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=7),
        doc="Deliveries could not be queued for every server; the reason is recorded. You can retry at any time.",
    )

    telling.to(told)
    telling.to(failed)
    failed.to(telling)


class Broadcast(StatefulModel):
    """A broadcast. `activity_id` is the OutgoingActivity. `part` and `before` are the position in its recipients (queries/delivery.py)."""

    post_id = (
        models.BigIntegerField()
    )  # no foreign key: if the post's row is deleted, the broadcast just ends
    signer = models.BigIntegerField()  # the author, whose broadcasts are processed in order
    activity_id = models.BigIntegerField()
    reach = models.SmallIntegerField(choices=choices(Reach))
    part = models.SmallIntegerField(default=0)
    before = models.BigIntegerField(null=True)

    state = StateField(BroadcastGraph)

    class Meta:
        indexes = [
            models.Index(
                fields=["signer", "id"],
                condition=models.Q(state="telling"),
                name="activities_broadcast_signer",
            )
        ]
