"""Decisions of staff on hashtags, links, the sites behind them, and posts: whether they may trend, and what else holds for a hashtag."""

from enum import StrEnum

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from core.db.enums import choices

SERVER = 0
"""The `domain_id` of a decision for the whole server."""


class ReviewKind(StrEnum):
    tag = "tag"
    link = "link"
    publisher = "publisher"
    post = "post"


class Review(Model):
    """A decision of staff, on a domain or for the whole SERVER. Grows with their acts. Where a field is null, nobody decided.

    `target_id`: a Hashtag, PreviewCard, Publisher or Post. The next read follows a change, so nothing is computed anew.
    """

    pk = models.CompositePrimaryKey("kind", "target_id", "domain_id")
    kind = models.CharField(max_length=9, choices=choices(ReviewKind))
    target_id = models.BigIntegerField()
    domain_id = models.SmallIntegerField()
    is_trendable = models.BooleanField(null=True)
    is_usable = models.BooleanField(null=True)  # of a hashtag: false keeps people from writing it
    is_listable = models.BooleanField(null=True)  # of a hashtag: false hides it from search
    decided_by = models.BigIntegerField(null=True)  # a login, which may be gone
    decided_at = models.DateTimeField(db_default=Now())


class Publisher(Model):
    """A host whose pages trended, for staff to decide about all of them at once. Grows with the hosts that ever trend."""

    host = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(db_default=Now())
