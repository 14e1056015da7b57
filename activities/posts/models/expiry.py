"""The time at which a post deletes itself, one row per post. Deleted a day after the post, or when its author cancels it."""

from datetime import timedelta

from django.db import models

from activities.posts.models.post import Post
from stator import State, StateField, StatefulModel, StateGraph


class PostExpiryGraph(StateGraph):
    """The life of an expiry: the worker deletes the post at its time."""

    title = "Posts that delete themselves"

    waiting = State(initial=True, doc="The post will be deleted at the chosen time.")
    expired = State(terminal=True, delete_after=timedelta(days=1), doc="Its post is deleted.")
    failed = State(
        terminal=True, failure=True, delete_after=timedelta(days=90), doc="The post could not be deleted."
    )

    waiting.to(expired, failed)


class PostExpiry(StatefulModel):
    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="+")
    expires_at = models.DateTimeField()

    state = StateField(PostExpiryGraph)
