"""Progress of jobs that go through all posts."""

from django.db import models

from core.db import Model


class Progress(Model):
    """The id up to which a job went through a table, so that it goes on from there. One row a job."""

    name = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField()
