"""The rule by which the worker deletes an identity's old posts. Off by default; deleted with the identity."""

from datetime import timedelta

from django.db import models

from stator import Backoff, State, StateField, StatefulModel, StateGraph
from users.identities.models import Identity

AGES_DAYS = (7, 14, 30, 61, 91, 182, 365, 730)  # Mastodon's


class OldPostsGraph(StateGraph):
    """The life of a rule: while it is on, the worker scans the posts repeatedly."""

    title = "Automatic deletion of old posts"
    max_attempts = None
    backoff = Backoff(base=timedelta(minutes=1), cap=timedelta(hours=6))

    off = State(initial=True, resting=True, doc="Nothing is deleted.")
    removing = State(doc="Old posts are deleted a few at a time.")

    off.to(removing)
    removing.to(off)


class OldPosts(StatefulModel):
    """A user's rule. `looked_to` is the last post examined, scanning from the oldest."""

    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, primary_key=True, related_name="+")
    days = models.SmallIntegerField(default=14)
    keeps_pinned = models.BooleanField(default=True)
    keeps_bookmarked = models.BooleanField(default=True)
    keeps_liked = models.BooleanField(default=True)
    keeps_private = models.BooleanField(default=True)
    keeps_polls = models.BooleanField(default=False)
    keeps_media = models.BooleanField(default=False)
    keeps_boosts = models.BooleanField(default=False)
    least_likes = models.IntegerField(null=True)  # posts with at least so many are kept
    least_boosts = models.IntegerField(null=True)
    looked_to = models.BigIntegerField(default=0)

    state = StateField(OldPostsGraph)

    @property
    def is_on(self) -> bool:
        return self.state == OldPostsGraph.removing
