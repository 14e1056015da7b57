"""A remote post has media whose type its document does not say. Rows go with the answer."""

from datetime import timedelta

from django.db import models

from activities.posts.models.post import Post
from stator import Backoff, State, StateField, StatefulModel, StateGraph


class MediaCheckGraph(StateGraph):
    """The worker asks the servers of the files what they are."""

    max_attempts = 4
    backoff = Backoff(base=timedelta(minutes=1), cap=timedelta(hours=6))

    new = State(initial=True, doc="To be asked.")
    done = State(terminal=True, delete_after=timedelta(), doc="Asked; what is no media stays unknown.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=30),
        doc="Nobody answered; the reason is kept.",
    )

    new.to(done)
    new.to(failed)
    failed.to(new)


class MediaCheck(StatefulModel):
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="+", primary_key=True)
    host = models.CharField(max_length=255, default="")  # of the first such file

    state = StateField(MediaCheckGraph)

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "host", "state_due_at"],
                condition=models.Q(state_due_at__isnull=False),
                name="activities_media_check_due",
            )
        ]
