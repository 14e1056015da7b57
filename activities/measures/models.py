"""Measures of logins, counted by a job so that no request has to: when they joined and last visited, their languages and apps."""

from django.db import models

from core.db import Model

SERVER = 0
"""The `domain_id` of all logins together: those with identities on several domains are counted once."""


class PeopleCohort(Model):
    """The number of logins of a domain by day or month of joining and of the last visit. Rewritten by a job.

    Days are kept for a month, months (named by their first day) for a year. No foreign key: a job writes them.
    """

    pk = models.CompositePrimaryKey("domain_id", "frequency", "joined", "seen")
    domain_id = models.SmallIntegerField()
    frequency = models.CharField(max_length=5)  # day, month
    joined = models.DateField()
    seen = models.DateField()
    people = models.IntegerField()


class PeopleGroup(Model):
    """The number of active logins of a domain, grouped by a property. Rewritten by a job.

    `key`: `language` and `app` of those seen within 30 days, and the day of the last visit within 60 days (`seen`).
    """

    pk = models.CompositePrimaryKey("domain_id", "key", "entry")
    domain_id = models.SmallIntegerField()
    key = models.CharField(max_length=10)
    entry = models.CharField(max_length=20)
    people = models.IntegerField()
