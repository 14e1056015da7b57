"""What one person noted about another, for their own eyes. Ends when the text is emptied, or with either identity."""

from django.db import models

from core.db import Model
from users.identities.models import Identity


class AccountNote(Model):
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_account_note_pair")]
