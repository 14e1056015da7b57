"""Moves of accounts: local ones, and remote ones with local followers. A periodic job deletes them 90 days later, with their followers."""

from datetime import timedelta

from django.db import models

from core.db import Model
from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph
from users.identities.models import Identity

COOLDOWN = timedelta(days=30)  # between two moves of a local account, even if the first was undone
REMOTE_COOLDOWN = timedelta(days=7)  # GoToSocial's; Mastodon handles one Move of an actor in seven days
KEPT_FOR = timedelta(days=90)


class MoveGraph(StateGraph):
    """The life of a move. Each state processes the followers of the old account in batches."""

    title = "Accounts that move"
    max_attempts = None

    telling = State(
        initial=True, doc="The followers are listed, and their servers told of a local account's move."
    )
    carrying = State(doc="Followers on this server follow the new account instead of the old one.")
    moved = State(
        resting=True, doc="Everyone was told; followers elsewhere follow over as their servers handle it."
    )
    undoing = State(
        doc="Undone by its owner; the servers that were told of the move get the current profile."
    )
    undone = State(terminal=True, doc="Taken back by its person. Who follows the new account goes on.")

    telling.to(carrying, undoing)
    carrying.to(moved, undoing)
    moved.to(undoing)
    undoing.to(undone)


class Move(StatefulModel):
    """A move of one account to another. `told_to` and `carried_to` are the last follows that each state processed; while a move is
    undone, `told_to` is the last MoveFollower whose server was notified.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    followers = models.IntegerField(default=0)  # the number listed
    activity_id = models.BigIntegerField(null=True)  # the OutgoingActivity of a local account's move
    told_to = models.BigIntegerField(null=True)
    carried_to = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    state = StateField(MoveGraph)

    class Meta:
        indexes = [
            models.Index(fields=["source", "-id"], name="users_move_source"),
            models.Index(fields=["target", "-id"], name="users_move_target"),
        ]


class MoveFollower(Model):
    """A follower of the old account when it moved."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    move = models.ForeignKey(Move, on_delete=models.CASCADE, related_name="+", db_index=False)
    follower = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["move", "follower"], name="users_move_follower_pair")]
        indexes = [models.Index(fields=["move", "-id"], name="users_move_followers")]
