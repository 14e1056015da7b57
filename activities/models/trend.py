"""What is used much: daily figures of hashtags and linked pages (eight days are kept), and the present trends (computed anew each time)."""

from django.db import models

from core.db import Model


class TrendKind(models.TextChoices):
    post = "post"
    tag = "tag"
    link = "link"


class DailyUse(Model):
    """How many public posts of a day (UTC) carried a hashtag or linked a page, and how many people wrote them. `target_id`: a Hashtag or PreviewCard."""

    pk = models.CompositePrimaryKey("kind", "target_id", "day")
    kind = models.CharField(max_length=4, choices=TrendKind)
    target_id = models.BigIntegerField()
    day = models.DateField()
    uses = models.IntegerField()
    people = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["kind", "day"], name="activities_daily_use_day")]


class Trend(Model):
    """Place 1 is the first. `target_id`: a Post, Hashtag or PreviewCard."""

    pk = models.CompositePrimaryKey("kind", "place")
    kind = models.CharField(max_length=4, choices=TrendKind)
    place = models.SmallIntegerField()
    target_id = models.BigIntegerField()
    score = models.FloatField()
