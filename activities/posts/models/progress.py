"""Progress of jobs that go through all posts."""

from django.db import models

from core.db import Model


class Progress(Model):
    """The id up to which a job has processed a table. One row per job."""

    name = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField()
