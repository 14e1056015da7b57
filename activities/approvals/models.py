"""Approvals: replies, likes and boosts that need the post author's consent, and the answers (GoToSocial's interaction requests).

The state of a quote is in the quoting post. A row is deleted with the target post or the interacting identity; an answer is kept, so that
a refused or revoked interaction can't return.
"""

from datetime import timedelta

from django.db import models

from activities.posts.models.post import Interaction, Post
from core.db.enums import choices
from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph
from users.identities.models import Identity


class ApprovalGraph(StateGraph):
    """The life of an approval."""

    title = "Replies, likes and boosts to approve"
    max_attempts = 5
    backoff = Backoff(base=timedelta(minutes=1), cap=timedelta(hours=6))

    waiting = State(initial=True, resting=True, doc="The author of the post has yet to answer.")
    stated = State(doc="An approval was claimed: it is fetched from the post's server and compared.")
    accepted = State(resting=True, doc="Approved; what was approved is shown.")
    refused = State(resting=True, doc="Refused; only who interacted sees it.")
    revoked = State(terminal=True, doc="Approved, and taken back later; only who interacted sees it.")
    failed = State(
        terminal=True, failure=True, doc="The approval could not be fetched; the reason is recorded."
    )

    waiting.to(stated)
    waiting.to(accepted)
    waiting.to(refused)
    stated.to(waiting)
    stated.to(accepted)
    stated.to(refused)
    stated.to(failed)
    accepted.to(revoked)
    refused.to(accepted)
    failed.to(stated)


class Approval(StatefulModel):
    """A request of `identity` to reply to, like or boost `target`, a post of `author`.

    `uri` is the id of the reply, Like or Announce; `post` the reply or boost if it is stored. `request_uri` is the id of the received
    request, empty without one. `approval_uri` is where the approval is served.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    kind = models.CharField(max_length=5, choices=choices(Interaction))
    target = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    author = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    uri = models.CharField(max_length=2048, unique=True)
    request_uri = models.CharField(max_length=2048, default="")
    approval_uri = models.CharField(max_length=2048, default="")
    visibility = models.SmallIntegerField(default=0)  # of a boost that is not stored yet
    host = models.CharField(max_length=255, default="")  # the host to ask for the approval

    state = StateField(ApprovalGraph)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target", "identity", "kind"],
                condition=models.Q(kind__in=["like", "boost"]),
                name="activities_approval_once",
            )
        ]
        indexes = [
            models.Index(fields=["target", "-id"], name="activities_approval_target"),
            models.Index(fields=["post"], name="activities_approval_post"),
            models.Index(fields=["author", "-id"], name="activities_approval_author"),
            models.Index(
                fields=["approval_uri"], condition=~models.Q(approval_uri=""), name="activities_approval_uri"
            ),
            models.Index(
                fields=["state", "host", "state_due_at"],
                condition=models.Q(state_due_at__isnull=False),
                name="activities_approval_due",
            ),
        ]
