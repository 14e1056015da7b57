"""The short period in which a deleted post can be restored, one row per post. Deleted by restoring, or a day after the post."""

from datetime import timedelta

from django.db import models

from activities.posts.models.post import Post
from stator import State, StateField, StatefulModel, StateGraph


class PostWithdrawalGraph(StateGraph):
    """The life of a withdrawal: the worker deletes the post permanently."""

    title = "Posts that can still be restored"

    waiting = State(initial=True, doc="The post is hidden, and will be deleted in a moment.")
    deleted = State(terminal=True, delete_after=timedelta(days=1), doc="Its post is deleted.")
    failed = State(
        terminal=True, failure=True, delete_after=timedelta(days=90), doc="The post could not be deleted."
    )

    waiting.to(deleted, failed)


class PostWithdrawal(StatefulModel):
    """A withdrawal. `was` is the post's previous state."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="+")
    was = models.TextField()

    state = StateField(PostWithdrawalGraph)
