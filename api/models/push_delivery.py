"""A notification to be pushed to one push subscription.

Rows are created by a trigger on activities_notification (migration 0004), so that every kind of notification is covered. Growth is
bounded: sent ones are deleted after an hour, failed ones after two days.
"""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index


class PushDeliveryGraph(StateGraph):
    """The life of a push: sent within moments, or retried later if the push service is unavailable."""

    title = "Push notifications to send"
    max_attempts = 8
    backoff = Backoff(base=timedelta(seconds=5), cap=timedelta(hours=4))

    waiting = State(initial=True, doc="Waiting to be encrypted and sent to the push service.")
    sent = State(terminal=True, delete_after=timedelta(hours=1), doc="The push service has it.")
    dropped = State(
        terminal=True,
        delete_after=timedelta(hours=1),
        doc="Not wanted any more: dismissed, against the policy, or the subscription has ended.",
    )
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=2),
        doc="The push service refused it, or was unavailable for too long; the reason is recorded.",
    )

    waiting.to(sent)
    waiting.to(dropped)
    waiting.to(failed)


class PushDelivery(StatefulModel):
    """A push. It has no foreign keys: both the subscription and the notification may be deleted before it is sent."""

    id = models.BigAutoField(primary_key=True)
    subscription_id = models.BigIntegerField()
    notification_id = models.BigIntegerField()
    host = models.CharField(max_length=255)
    created_at = models.DateTimeField(db_default=Now())

    state = StateField(PushDeliveryGraph)

    class Meta:
        indexes = [
            fair_index("host", name="api_push_delivery_fair"),
        ]
