"""Collections of actors: local ones, and remote ones that a local user viewed or that contain a local identity.

They are deleted with their owner, an item also with its actor; services/ limits the number of each. A daily job deletes remote ones that
nobody needs any more (handlers.py).
"""

from datetime import timedelta
from enum import StrEnum

from django.db import models

from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index
from users.identities.models import Identity


class ItemState(StrEnum):
    """The consent of the actor in an item. Revoked: they consented and later withdrew it."""

    pending = "pending"
    accepted = "accepted"
    rejected = "rejected"
    revoked = "revoked"


class Collection(Model):
    """A collection. `uri` is the id of its ActivityPub document. A remote one's name and description are plain text."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    owner = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    uri = models.CharField(max_length=2048, unique=True)
    url = models.CharField(
        max_length=2048, default="", db_default=""
    )  # the page of a remote one on its server
    name = models.CharField(max_length=256)
    description = models.TextField(default="")
    language = models.CharField(max_length=35, default="")
    tag = models.CharField(max_length=250, default="")  # without #
    is_sensitive = models.BooleanField(default=False)
    is_discoverable = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-id"], name="users_collection_owner"),
            models.Index(fields=["url"], condition=~models.Q(url=""), name="users_collection_url"),
        ]


class CollectionItem(Model):
    """An actor in a collection. `approval_uri` is the stamp of a remote actor's server, `uri` the item's id in a remote collection."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=choices(ItemState))
    approval_uri = models.CharField(max_length=2048, default="")
    uri = models.CharField(max_length=2048, default="", db_default="")
    position = models.SmallIntegerField(default=0, db_default=0)  # in the remote collection
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "identity"], name="users_collection_item_pair")
        ]
        indexes = [models.Index(fields=["identity", "-id"], name="users_collection_item_person")]


class ItemCheckGraph(StateGraph):
    """The life of an item of a remote collection until its stamp is verified."""

    title = "People in remote collections to check"
    max_attempts = 4
    backoff = Backoff(base=timedelta(minutes=2), cap=timedelta(hours=6))

    new = State(initial=True, doc="The person and the proof of their consent are being fetched.")
    done = State(
        terminal=True, delete_after=timedelta(), doc="Known to be in the collection, or not to have agreed."
    )
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=7),
        doc="A server did not answer; the reason is recorded.",
    )

    new.to(done)
    new.to(failed)
    failed.to(new)


class ItemCheck(StatefulModel):
    """An unverified item of a remote collection. `person_uri` and `stamp_uri` are empty while only the item's id is known. Deleted once
    verified or refused.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+", db_index=False)
    uri = models.CharField(max_length=2048)
    person_uri = models.CharField(max_length=2048, default="")
    stamp_uri = models.CharField(max_length=2048, default="")
    position = models.SmallIntegerField(default=0)
    host = models.CharField(max_length=255)  # the host to ask

    state = StateField(ItemCheckGraph)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "uri"], name="users_collection_check_once")
        ]
        indexes = [fair_index("host", name="users_collection_check_due")]
