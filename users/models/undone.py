"""Ids of activities that were taken back before they arrived, so that they have no effect when they do. Removed after two days by a periodic job."""

from datetime import timedelta

from django.db import models

from core.db import Model

KEPT_FOR = timedelta(days=2)


class Undone(Model):
    uri = models.CharField(max_length=2048, primary_key=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
