"""Rules of staff on what comes in from other servers, and the posts that they hold.

Only staff add rules, at most MAX_RULES. A row of a held post is deleted when staff decide on it, or with the post.
"""

from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from activities.posts.models import Post
from core.db import Model
from core.db.enums import choices
from core.ids import new_id

MAX_EXAMPLES = 10


class ShelterAction(StrEnum):
    """The effect of a rule on a post that meets all of its conditions. If several rules apply, the strongest decides: drop, then hold."""

    hold = "hold"  # hidden until staff release or delete it
    drop = "drop"  # only its address is kept for 30 days, as of a deleted post
    mark = "mark"  # its media is marked as sensitive
    report = "report"  # its author is reported to staff
    limit = "limit"  # its author is limited, unless staff have restricted them


class ShelterMode(StrEnum):
    off = "off"
    trial = "trial"  # counted only
    active = "active"


class ShelterRule(Model):
    """A rule. A post has to meet all of its conditions, and of one that lists values any of them; an empty condition is none.

    `matches` and `examples` (the last MAX_EXAMPLES: uri, author, at) are also kept in trial.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    name = models.CharField(max_length=100)
    action = models.CharField(max_length=10, choices=choices(ShelterAction))
    mode = models.CharField(max_length=10, choices=choices(ShelterMode))

    phrases = ArrayField(models.TextField(), default=list)  # text.py, as typed
    link_hosts = ArrayField(models.TextField(), default=list)  # with their subdomains
    hosts = ArrayField(models.TextField(), default=list)  # of authors, with their subdomains
    software = ArrayField(models.TextField(), default=list)  # of the author's server
    languages = ArrayField(models.TextField(), default=list)  # a code includes its regional forms
    blurhashes = ArrayField(models.TextField(), default=list)  # of attached media
    min_mentions = models.IntegerField(null=True)
    min_strangers = models.IntegerField(null=True)  # local people mentioned who don't follow the author
    younger_than_h = models.IntegerField(null=True)  # hours since the account was created, as its server says
    known_less_than_h = models.IntegerField(null=True)  # hours since the account was first stored here

    matches = models.BigIntegerField(default=0)
    last_match_at = models.DateTimeField(null=True)
    examples = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())  # not by matches


class ShelteredPost(Model):
    """A post that a rule holds. `was` is the state that it would have had.

    `approval_uri` is the approval that a reply presents, which is checked on release. `is_for_hashtags` tells that it was fetched for the
    followers of its hashtags.
    """

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="+")
    # no foreign key: the rule may have been deleted while a process still applied it
    rule_id = models.BigIntegerField()
    rule_name = models.CharField(max_length=100)
    was = models.TextField()
    approval_uri = models.TextField(default="")
    is_for_hashtags = models.BooleanField(default=False)
    held_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["held_at", "post"], name="activities_sheltered_queue")]
