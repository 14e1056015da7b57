"""Lists of accounts, each with a timeline. A list is deleted by its owner or with them; a membership with the follow."""

from enum import StrEnum

from django.db import models

from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from users.identities.models import Identity


class RepliesPolicy(StrEnum):
    """The replies to others that the timeline shows: to accounts the owner follows, to members, none."""

    followed = "followed"
    list = "list"
    none = "none"


class PeopleList(Model):
    """A list of accounts. Posts by members of an exclusive list are shown in the list only, not in the home timeline."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=255)
    replies_policy = models.CharField(
        max_length=10, choices=choices(RepliesPolicy), default=RepliesPolicy.list
    )
    is_exclusive = models.BooleanField(default=False)
    # the secret URL of its feed is derived from this and SECRET_KEY; empty without a feed
    feed_nonce = models.CharField(max_length=32, default="", db_default="")


class ListMember(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    list = models.ForeignKey(PeopleList, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "identity"], name="activities_list_member_pair")
        ]
