"""Follows imported from another account, one address per row. Deleted a week after it was handled, or with the identity."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Lower

from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph, fair_index
from users.identities.models import Identity

KEPT_FOR = timedelta(days=7)


class FollowImportGraph(StateGraph):
    """The life of an imported address: it is looked up and followed by the worker."""

    title = "Imported follows"
    max_attempts = 6

    waiting = State(initial=True, doc="Waiting to be looked up and followed.")
    followed = State(terminal=True, delete_after=KEPT_FOR, doc="Followed, or asked.")
    refused = State(
        terminal=True, delete_after=KEPT_FOR, doc="Nobody has this address, or they can't be followed."
    )
    failed = State(
        terminal=True, failure=True, delete_after=KEPT_FOR, doc="Their server did not answer for a day."
    )

    waiting.to(followed, refused, failed)


class FollowImport(StatefulModel):
    """An address to follow: a handle without a leading @, or a URL. `reason` says to its owner why it failed."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    address = models.CharField(max_length=500)
    reason = models.CharField(max_length=500, default="", db_default="")

    state = StateField(FollowImportGraph)

    class Meta:
        constraints = [
            models.UniqueConstraint("identity", Lower("address"), name="users_follow_import_address")
        ]
        indexes = [fair_index("identity_id", name="users_follow_import_due")]
