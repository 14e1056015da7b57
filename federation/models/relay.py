"""Relays that this server subscribed to (FEP-ae0c). At most relays.subscribing.MAX_RELAYS, added by operators."""

from enum import StrEnum

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from core.db.enums import choices


class RelayStatus(StrEnum):
    waiting = "waiting"
    accepted = "accepted"
    rejected = "rejected"


class Dialect(StrEnum):
    """The protocol of a relay. `inbox`: Mastodon's, a Follow of the public collection sent to an inbox. `actor`: LitePub's, a Follow of
    the relay, which follows back.
    """

    inbox = "inbox"
    actor = "actor"


class Relay(Model):
    """A relay. `actor_uri` is empty until an `inbox` relay has answered; `hashtags` are in their normal form, empty for all posts.

    `minute` and `in_minute` count for the cap; `received` counts accepted posts, `dropped` those over the cap, `posts` those that were
    new here.
    """

    address = models.CharField(max_length=2048, unique=True)
    dialect = models.CharField(max_length=10, choices=choices(Dialect))
    inbox_url = models.CharField(max_length=2048, unique=True)
    actor_uri = models.CharField(max_length=2048, default="", db_default="")
    follow_uri = models.CharField(max_length=2048, unique=True)
    status = models.CharField(
        max_length=10,
        choices=choices(RelayStatus),
        default=RelayStatus.waiting,
        db_default=RelayStatus.waiting,
    )
    asked_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)
    last_heard_at = models.DateTimeField(null=True)

    most_per_minute = models.IntegerField()
    hashtags = models.JSONField(default=list)

    minute = models.DateTimeField(null=True)
    in_minute = models.IntegerField(default=0, db_default=0)
    received = models.BigIntegerField(default=0, db_default=0)
    dropped = models.BigIntegerField(default=0, db_default=0)
    posts = models.BigIntegerField(default=0, db_default=0)
