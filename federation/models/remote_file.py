"""Copies of remote images, videos and audio, and their total sizes.

Growth is bounded by TAKAHE_REMOTE_MEDIA_BUDGET: the least recently viewed copies are removed with their rows, and failures are deleted
after a month without a request (federation/handlers/media.py).
"""

from enum import StrEnum

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Now

from core.db import Model
from core.db.enums import choices


class RemoteFileKind(StrEnum):
    """The use for which a file was first requested. It bounds its size and type."""

    attachment = "attachment"
    avatar = "avatar"
    header = "header"
    emoji = "emoji"
    still = "still"  # an emoji's first frame, for users who prefer reduced motion
    card = "card"


class RemoteFile(Model):
    """A remote file. `key` is the start of the SHA-256 of kind and URL, `host` the server whose media it is. `file` is empty until it is
    copied.

    `leased_until` is in the future while a web process fetches it; `bytes` is then its reservation in the budget. The last three columns
    say why it failed, and when it is retried.
    """

    key = models.UUIDField(primary_key=True)
    url = models.TextField()
    host = models.CharField(max_length=255)
    kind = models.CharField(max_length=10, choices=choices(RemoteFileKind))
    file = models.CharField(max_length=100, default="", db_default="")
    media_type = models.CharField(max_length=100, default="", db_default="")
    bytes = models.BigIntegerField(default=0, db_default=0)
    sha256 = models.CharField(
        max_length=64, default="", db_default=""
    )  # of `file`; empty for copies of earlier releases
    viewed_at = models.DateTimeField(db_default=Now())  # to within an hour
    leased_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    reason = models.CharField(max_length=200, default="", db_default="")
    try_after = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # the eviction order; those of a host; the periodic job
            models.Index(
                fields=["viewed_at"], condition=~models.Q(file=""), name="federation_remotefile_viewed"
            ),
            models.Index(
                fields=["host", "viewed_at"], condition=~models.Q(file=""), name="federation_remotefile_host"
            ),
            models.Index(fields=["file"], condition=~models.Q(file=""), name="federation_remotefile_file"),
            models.Index(  # the hosts that store them
                Func(F("url"), Value("/"), Value(3), function="split_part", output_field=models.TextField()),
                condition=~models.Q(file=""),
                name="federation_remotefile_source",
            ),
            models.Index(
                fields=["viewed_at"], condition=models.Q(file=""), name="federation_remotefile_absent"
            ),
            models.Index(  # what is reserved
                fields=["leased_until"],
                condition=models.Q(leased_until__isnull=False),
                name="federation_remotefile_leased",
            ),
        ]


class RemoteMediaUse(Model):
    """Sums of the copies, by host and kind; the row without host has the total. Updated in the statement that adds or removes rows with
    files.

    The worker deletes rows that count no files.
    """

    host = models.CharField(max_length=255)
    kind = models.CharField(max_length=10)
    files = models.BigIntegerField()
    bytes = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "kind"], name="federation_remotemediause_host")
        ]
