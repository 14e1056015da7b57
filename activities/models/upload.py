"""A file that waits for its conversion, and files that nobody needs any more.

An upload's row goes a day after its conversion; a discarded file's row goes with the file, within minutes.
"""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from stator import State, StateField, StatefulModel, StateGraph


class UploadGraph(StateGraph):
    """The life of a video, sound or animation between its upload and its attachment being complete."""

    max_attempts = 3

    waiting = State(
        initial=True, doc="The file is here; ffmpeg is to make it into something that can be shown."
    )
    done = State(terminal=True, delete_after=timedelta(days=1), doc="The attachment is complete.")
    refused = State(
        terminal=True,
        delete_after=timedelta(days=2),
        doc="The file can't be converted; the person is told why.",
    )
    failed = State(
        terminal=True, failure=True, doc="Could not be converted for a reason of ours; retry any time."
    )

    waiting.to(done)
    waiting.to(refused)
    waiting.to(failed)


class Upload(StatefulModel):
    """`id` is the attachment's. Not a foreign key: attachments are removed by plain DELETEs, and a trigger removes this row with them."""

    id = models.BigIntegerField(primary_key=True)
    raw_file = models.CharField(max_length=100)
    reader = models.CharField(max_length=20)
    refusal = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)

    state = StateField(UploadGraph)


class DiscardedFile(Model):
    """A stored file to be removed, written in the transaction that took it out of use (often by the trigger on attachments)."""

    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
