"""Trends as ranked by a job, and weekly and daily statistics of each domain."""

from enum import StrEnum

from django.db import models

from core.db import Model
from core.db.enums import choices


class TrendKind(StrEnum):
    post = "post"
    tag = "tag"
    link = "link"


class DailyUse(Model):
    """The number of public posts of a day (UTC) with a hashtag or a linked page, and of their authors.

    `target_id`: a Hashtag or PreviewCard.
    """

    pk = models.CompositePrimaryKey("kind", "target_id", "day")
    kind = models.CharField(max_length=4, choices=choices(TrendKind))
    target_id = models.BigIntegerField()
    day = models.DateField()
    uses = models.IntegerField()
    people = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["kind", "day"], name="activities_daily_use_day")]


class Trend(Model):
    """A trend. Place 1 is the first. `target_id`: a Post, Hashtag or PreviewCard."""

    pk = models.CompositePrimaryKey("kind", "place")
    kind = models.CharField(max_length=4, choices=choices(TrendKind))
    place = models.SmallIntegerField()
    target_id = models.BigIntegerField()
    score = models.FloatField()


class DomainWeek(Model):
    """Posts and active logins of one domain in one week (UTC, identified by its Monday). Thirteen weeks are kept. No foreign key: a job
    writes them.
    """

    pk = models.CompositePrimaryKey("domain_id", "week")
    domain_id = models.SmallIntegerField()
    week = models.DateField()
    posts = models.IntegerField(default=0, db_default=0)
    logins = models.IntegerField(default=0, db_default=0)


class DomainDay(Model):
    """The same of one day (UTC), for staff, with new users, reports about or by users, resolved reports, and interactions with posts.
    Sixty days are kept. `domain_id` is 0 for reports among remote accounts.
    """

    pk = models.CompositePrimaryKey("day", "domain_id")
    day = models.DateField()
    domain_id = models.SmallIntegerField()
    posts = models.IntegerField(default=0, db_default=0)
    logins = models.IntegerField(default=0, db_default=0)
    people = models.IntegerField(default=0, db_default=0)
    reports = models.IntegerField(default=0, db_default=0)
    resolved = models.IntegerField(default=0, db_default=0)
    interactions = models.IntegerField(default=0, db_default=0)
