"""Blocks of servers and suspensions that cost users follows, with the lost follows of each user.

Bounded: the lists are deleted after a year, the events and their counts with the user. A new block of the same server makes a new event.
"""

from datetime import timedelta
from enum import StrEnum

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph
from users.domains.models import Domain
from users.identities.models import Identity

LISTS_KEPT_FOR = timedelta(days=365)


class SeveranceKind(StrEnum):
    """The cause, with the names of the Mastodon API."""

    domain_block = "domain_block"
    user_domain_block = "user_domain_block"
    account_suspension = "account_suspension"


class SeveranceGraph(StateGraph):
    """The life of an event: the lost follows are listed, then the users who lost some are notified."""

    title = "Lost follows to list"
    max_attempts = None

    listing = State(initial=True, doc="Lost follows are being listed, some thousand at a time.")
    telling = State(doc="The users who lost follows are being notified.")
    told = State(
        resting=True,
        timeout_after=LISTS_KEPT_FOR,
        timeout_to="purging",
        doc="Users can download their lists.",
    )
    purging = State(doc="The lists are being deleted; the counts stay.")
    purged = State(terminal=True, doc="Only the counts are left.")
    ended = State(
        terminal=True, delete_after=timedelta(days=1), doc="Nobody lost anything, or it was lifted too soon."
    )

    listing.to(telling, ended)
    telling.to(told)
    told.to(listing, purging)
    purging.to(purged)


class SeveranceEvent(StatefulModel):
    """A block or a suspension. `target_name` is a host or a handle.

    `identity` is the suspended account, or the user who blocked a server; `domain` that of a block for its people only. For a block by staff, `hosts` are the hosts that are still to be
    searched (null: not determined yet), and `position` is the URI of the last searched identity on the first of them.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    kind = models.CharField(max_length=20, choices=choices(SeveranceKind))
    target_name = models.CharField(max_length=600)
    identity = models.ForeignKey(
        Identity, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    hosts = models.JSONField(null=True)
    position = models.CharField(max_length=2048, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())

    state = StateField(SeveranceGraph)

    class Meta:
        indexes = [
            models.Index(
                fields=["identity", "-id"],
                condition=models.Q(identity__isnull=False),
                name="users_severance_event_of",
            )
        ]


class Severance(Model):
    """The losses of a local user by an event; the id is that of the API."""

    event = models.ForeignKey(SeveranceEvent, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    followers_count = models.IntegerField(default=0, db_default=0)
    following_count = models.IntegerField(default=0, db_default=0)
    is_told = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "identity"], name="users_severance_pair")]
        indexes = [
            models.Index(fields=["identity", "-id"], name="users_severance_identity"),
            models.Index(fields=["event"], condition=models.Q(is_told=False), name="users_severance_to_tell"),
        ]


class SeveredFollow(Model):
    """A lost follow of a local user: `is_following` if the user followed `other`, otherwise a lost follower."""

    event = models.ForeignKey(SeveranceEvent, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    is_following = models.BooleanField()
    shows_boosts = models.BooleanField(default=True)
    notifies = models.BooleanField(default=False)
    languages = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event", "identity", "is_following", "other"], name="users_severed_follow_once"
            )
        ]
        indexes = [models.Index(fields=["identity"], name="users_severed_follow_identity")]
