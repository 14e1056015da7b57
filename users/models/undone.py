"""Ids of activities that were taken back, and when, so that those said before have no effect when they arrive late.

Removed after two days by a periodic job.
"""

from datetime import timedelta

from django.db import models

from core.db import Model

KEPT_FOR = timedelta(days=2)


class Undone(Model):
    uri = models.CharField(max_length=2048, primary_key=True)
    said_at = models.DateTimeField(null=True)  # by the sender's clock
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
