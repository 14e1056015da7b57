"""Decisions of staff on hashtags, links, their sites, and posts: whether they may trend, and other settings of a hashtag."""

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
    """A decision of staff, on a domain or for the whole SERVER. Only staff add rows. A null field is undecided.

    `target_id`: a Hashtag, PreviewCard, Publisher or Post. Decisions are applied on read, so nothing is recomputed.
    """

    pk = models.CompositePrimaryKey("kind", "target_id", "domain_id")
    kind = models.CharField(max_length=9, choices=choices(ReviewKind))
    target_id = models.BigIntegerField()
    domain_id = models.SmallIntegerField()
    is_trendable = models.BooleanField(null=True)
    is_usable = models.BooleanField(null=True)  # of a hashtag: if false, users can't write it
    is_listable = models.BooleanField(null=True)  # of a hashtag: if false, search does not show it
    decided_by = models.BigIntegerField(null=True)  # a login, which may be deleted
    decided_at = models.DateTimeField(db_default=Now())


class Publisher(Model):
    """A host whose pages trended, for a decision about all of them. One row per host that ever trended."""

    host = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(db_default=Now())
