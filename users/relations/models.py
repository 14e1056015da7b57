"""Relations between two identities. A row is deleted by its owner, with the relation that it depends on, or with either identity."""

from datetime import timedelta

from django.db import models

from core.db import Model
from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph
from users.identities.models import Identity


class Follow(Model):
    """A follow, or a request to follow. Deleted by an unfollow, a reject or a block, or with either identity.

    `accepted_at` is null for a pending request.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    uri = models.CharField(max_length=2048, default="")
    said_at = models.DateTimeField(null=True)  # when its activity was last signed, by the sender's clock
    shows_boosts = models.BooleanField(default=True)
    notifies = models.BooleanField(default=False)
    languages = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_follow_pair")]
        indexes = [
            models.Index(fields=["target", "-id"], name="users_follow_target"),
            models.Index(fields=["source", "-id"], name="users_follow_source"),
            models.Index(
                fields=["target", "-id"],
                condition=models.Q(accepted_at__isnull=True),
                name="users_follow_asked",
            ),
            models.Index(
                fields=["target", "-id"], condition=models.Q(notifies=True), name="users_follow_watching"
            ),
        ]


class Block(Model):
    """A block, which hides each side from the other. Deleted by an unblock or with either identity."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    uri = models.CharField(max_length=2048, default="")
    said_at = models.DateTimeField(null=True)  # when its activity was last signed, by the sender's clock
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_block_pair")]
        indexes = [models.Index(fields=["source", "-id"], name="users_block_source")]


class Mute(Model):
    """A mute: the source no longer sees the target; the target is not notified. A periodic job deletes expired rows."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    hides_notifications = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_mute_pair")]
        indexes = [
            models.Index(fields=["source", "-id"], name="users_mute_source"),
            models.Index(
                fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="users_mute_expires"
            ),
        ]


class HostBlockGraph(StateGraph):
    """The states of a host block: followers from that host are removed in batches."""

    title = "Blocked hosts whose people still follow"
    max_attempts = None

    parting = State(initial=True, doc="Followers there are being removed.")
    parted = State(terminal=True, doc="Nobody there follows any more; kept until it is undone.")

    parting.to(parted)


class HostBlock(StatefulModel):
    """A host blocked by one user (the API's domain block). Deleted by that user or with the identity.

    `host` is as in the handles of its users, lower case. Operators' blocks are policies of federation's Peer.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    host = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    parted_to = models.BigIntegerField(null=True)  # the last follow that was checked

    state = StateField(HostBlockGraph)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "host"], name="users_host_block_pair")]
        indexes = [
            models.Index(fields=["identity", "-id"], name="users_host_block_identity"),
            models.Index(fields=["host"], name="users_host_block_host"),
        ]


class AccountNote(Model):
    """A user's private note about an account. Deleted when the text is emptied, or with either identity."""

    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_account_note_pair")]


class Endorsement(Model):
    """A followed account featured on a profile. Deleted with the follow, by its owner, or with either identity."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_endorsement_pair")]
        indexes = [models.Index(fields=["source", "-id"], name="users_endorsement_source")]


class DismissedSuggestion(Model):
    """An account that a user dismissed from suggestions. Deleted with either identity."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "target"], name="users_dismissed_suggestion_pair")
        ]


REVOKED_KEPT_FOR = timedelta(days=2)


class RevokedActivity(Model):
    """Ids of revoked activities with the time of revocation, so that an activity signed earlier has no effect if it arrives later.

    A periodic job deletes them after two days.
    """

    uri = models.CharField(max_length=2048, primary_key=True)
    said_at = models.DateTimeField(null=True)  # by the sender's clock
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        db_table = "users_undone"
