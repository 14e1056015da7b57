"""An unfinished post. At most 50 per identity; deleted when it is posted, or after 90 days without use."""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class SavedDraft(Model):
    """A draft. `fields` are those of the compose form as typed, `once` that form's token; `files` the ids of uploads, in order."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    author = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    fields = models.JSONField()
    once = models.CharField(max_length=64, default="", db_default="")
    files = models.JSONField(default=list)
    saved_at = models.DateTimeField()
    written_by = models.BigIntegerField(null=True)  # a login, which may be deleted

    class Meta:
        indexes = [
            models.Index(fields=["author", "-id"], name="activities_draft_author"),
            models.Index(fields=["saved_at"], name="activities_draft_saved"),
        ]
