"""Attachments of posts, uploads that become attachments, and checks of remote attachments."""

from datetime import timedelta
from enum import StrEnum

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models.functions import Now

from activities.posts.models.post import Post
from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index
from users.domains.models import Domain
from users.identities.models import Identity


class AttachmentKind(StrEnum):
    image = "image"
    gifv = "gifv"
    video = "video"
    audio = "audio"
    unknown = "unknown"


class Attachment(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    author = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    # the post's, set by a trigger; no foreign key, because a domain with identities is never deleted
    domain = models.ForeignKey(
        Domain,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    position = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=choices(AttachmentKind))
    media_type = models.CharField(max_length=100, default="")
    url = models.CharField(max_length=2048)
    preview_url = models.CharField(max_length=2048, default="")
    description = models.TextField(default="")
    blurhash = models.CharField(max_length=100, default="")
    sha256 = models.CharField(max_length=64, default="", db_default="")  # of a remote file, as rules saw it
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    focus_x = models.FloatField(default=0)
    focus_y = models.FloatField(default=0)
    preview_width = models.IntegerField(null=True)
    preview_height = models.IntegerField(null=True)
    duration = models.FloatField(null=True)  # seconds
    frame_rate = models.FloatField(null=True)
    bitrate = models.IntegerField(null=True)
    peaks = models.CharField(max_length=120, default="", db_default="")  # see ConvertedFile
    # names in the storage; empty for remote media, and `file` and `url` while an upload waits for its conversion
    file = models.CharField(max_length=100, default="", db_default="")
    preview_file = models.CharField(max_length=100, default="", db_default="")
    bytes = models.BigIntegerField(default=0, db_default=0)  # of `file`; 0 for uploads of earlier releases
    captions = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))  # CaptionsView
    created_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.BigIntegerField(null=True)  # a login, which may be deleted

    class Meta:
        indexes = [
            models.Index(fields=["post", "position"], name="activities_attachment_post"),
            models.Index(fields=["author", "-post"], name="activities_attachment_author"),
            models.Index(
                fields=["domain", "-post"],
                name="activities_attachment_domain",
                condition=models.Q(post__isnull=False),
            ),
            models.Index(
                fields=["created_at"],
                name="activities_attachment_unused",
                condition=models.Q(post__isnull=True),
            ),
            models.Index(fields=["file"], name="activities_attachment_file", condition=~models.Q(file="")),
            models.Index(
                fields=["preview_file"],
                name="activities_attachment_prev",
                condition=~models.Q(preview_file=""),
            ),
            HashIndex(  # posts with a remote file
                fields=["url"],
                name="activities_attachment_url",
                condition=models.Q(post__isnull=False, file=""),
            ),
        ]


class Captions(Model):
    """The captions of a local attachment. `name` is its secret address, which changes with every edit.

    `id` is the attachment's: the database deletes both together.
    """

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=30, unique=True)
    text = models.TextField()


class UploadGraph(StateGraph):
    """The life of an uploaded video, audio or animation until its attachment is complete."""

    title = "Uploads to convert"
    max_attempts = 3

    waiting = State(initial=True, doc="Uploaded: waiting to be converted with ffmpeg.")
    done = State(terminal=True, delete_after=timedelta(days=1), doc="The attachment is complete.")
    refused = State(
        terminal=True,
        delete_after=timedelta(days=2),
        doc="The file can't be converted; the person is told why.",
    )
    failed = State(
        terminal=True,
        failure=True,
        doc="Could not be converted because of a problem on this server. You can retry at any time.",
    )

    waiting.to(done)
    waiting.to(refused)
    waiting.to(failed)


class Upload(StatefulModel):
    """An upload. `id` is the attachment's. Not a foreign key: attachments are removed by plain DELETEs, and a trigger removes this row
    with them.
    """

    id = models.BigIntegerField(primary_key=True)
    raw_file = models.CharField(max_length=100)
    reader = models.CharField(max_length=20)
    refusal = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)

    state = StateField(UploadGraph)


class DiscardedFile(Model):
    """A stored file to be deleted, written in the transaction that dereferenced it (often by the trigger on attachments)."""

    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())


class MediaCheckGraph(StateGraph):
    """The life of a check: the worker asks the servers of the files for their types."""

    title = "Remote media to check"
    max_attempts = 4
    backoff = Backoff(base=timedelta(minutes=1), cap=timedelta(hours=6))

    new = State(initial=True, doc="Waiting to be checked.")
    done = State(terminal=True, delete_after=timedelta(), doc="Asked; what is no media stays unknown.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=30),
        doc="There was no answer; the reason is recorded.",
    )

    new.to(done)
    new.to(failed)
    failed.to(new)


class MediaCheck(StatefulModel):
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="+", primary_key=True)
    host = models.CharField(max_length=255, default="")  # of the first such file

    state = StateField(MediaCheckGraph)

    class Meta:
        indexes = [fair_index("host", name="activities_media_check_due")]
