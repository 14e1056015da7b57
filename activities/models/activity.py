"""What happens on a domain, by the week, and how far jobs came that go through all posts."""

from django.db import models

from core.db import Model


class DomainWeek(Model):
    """Figures of one domain and one week (UTC, named by its Monday). Thirteen weeks are kept. No constraint: a job writes them."""

    pk = models.CompositePrimaryKey("domain_id", "week")
    domain_id = models.SmallIntegerField()
    week = models.DateField()
    posts = models.IntegerField(default=0, db_default=0)
    logins = models.IntegerField(default=0, db_default=0)


class Progress(Model):
    """The id up to which a job went through a table, so that it goes on from there. One row a job."""

    name = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField()
