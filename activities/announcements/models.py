"""Announcements of a domain or the whole server, with their reads and reactions."""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.domains.models import Domain
from users.identities.models import Identity

MAX_REACTIONS = 8  # different ones per announcement, as in Mastodon


class Announcement(Model):
    """An announcement on one domain, or on all if `domain` is null. `content` is sanitised HTML. Hidden after `ends_at`."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, null=True, related_name="+")
    content = models.TextField()
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    all_day = models.BooleanField(default=False)
    published_at = models.DateTimeField()
    updated_at = models.DateTimeField()


class AnnouncementRead(Model):
    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["announcement", "identity"], name="activities_announcement_read")
        ]


class AnnouncementReaction(Model):
    """A reaction to an announcement. `name` is a Unicode emoji or the shortcode of a custom one. At most eight different ones per announcement."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "name", "identity"], name="activities_announcement_reaction"
            )
        ]
