"""A scheduled post. Deleted a day after it was published, or when it is cancelled; at most 300 per identity."""

from datetime import timedelta

from django.db import models

from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph
from users.identities.models import Identity


class ScheduledPostGraph(StateGraph):
    """The life of a scheduled post: the worker publishes it, once."""

    title = "Scheduled posts"

    waiting = State(initial=True, doc="Waiting for its time.")
    published = State(terminal=True, delete_after=timedelta(days=1), doc="Its post is there.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=90),
        doc="Could not be published (the quoted post was deleted, or its author can no longer post); its author can try again.",
    )

    waiting.to(published)
    waiting.to(failed)
    failed.to(waiting)


class ScheduledPost(StatefulModel):
    """A scheduled post. `draft` is a PostDraft (publishing/services/drafts.py); `post_id` is reserved before the post is written."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    author = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    draft = models.JSONField()
    scheduled_at = models.DateTimeField()
    post_id = models.BigIntegerField(null=True)
    # why it could not be published, for its author
    reason = models.CharField(max_length=500, default="", db_default="", blank=True)
    written_by = models.BigIntegerField(null=True)  # a login, which may be deleted
    created_at = models.DateTimeField(auto_now_add=True)

    state = StateField(ScheduledPostGraph)

    class Meta:
        indexes = [models.Index(fields=["author", "-id"], name="activities_scheduled_author")]
