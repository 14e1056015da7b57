"""Media of a post. Remote media is linked, not copied. Lives as long as its post; never attached ones are removed after a day.

A trigger (migrations/…_media_files.py) writes the files of a removed row into DiscardedFile, whoever removes it.
"""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from core.ids import new_id
from users.models import Identity


class AttachmentKind(models.TextChoices):
    image = "image"
    gifv = "gifv"
    video = "video"
    audio = "audio"
    unknown = "unknown"


class Attachment(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    author = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    position = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=AttachmentKind)
    media_type = models.CharField(max_length=100, default="")
    url = models.CharField(max_length=2048)
    preview_url = models.CharField(max_length=2048, default="")
    description = models.TextField(default="")
    blurhash = models.CharField(max_length=100, default="")
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    focus_x = models.FloatField(default=0)
    focus_y = models.FloatField(default=0)
    preview_width = models.IntegerField(null=True)
    preview_height = models.IntegerField(null=True)
    duration = models.FloatField(null=True)  # seconds
    frame_rate = models.FloatField(null=True)
    bitrate = models.IntegerField(null=True)
    # names in the storage; empty for remote media, and `file` and `url` while an upload waits for its conversion
    file = models.CharField(max_length=100, default="", db_default="")
    preview_file = models.CharField(max_length=100, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["post", "position"], name="activities_attachment_post"),
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
        ]
