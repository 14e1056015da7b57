"""Rules of staff on what comes in from other servers, and the posts that they hold.

Only staff add rules, at most MAX_RULES. A row of a held post is deleted when staff decide on it, or with the post.
"""

from datetime import timedelta
from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from activities.posts.models import Post
from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph

MAX_EXAMPLES = 10
MAX_AUTHORS = 1000  # counted by name in a trial


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
    hashes = ArrayField(
        models.TextField(), default=list, db_default=[]
    )  # SHA-256 of attached files, in hexadecimal
    min_mentions = models.IntegerField(null=True)
    min_strangers = models.IntegerField(null=True)  # local people mentioned who don't follow the author
    younger_than_h = models.IntegerField(null=True)  # hours since the account was created, as its server says
    known_less_than_h = models.IntegerField(null=True)  # hours since the account was first stored here

    matches = models.BigIntegerField(default=0)
    last_match_at = models.DateTimeField(null=True)
    examples = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())  # not by matches


class TrialGraph(StateGraph):
    """The life of the trial of a rule: the worker compares a few posts at a time, and keeps where it is."""

    title = "Trials of rules on the posts of the last week"
    max_attempts = 5
    backoff = Backoff(base=timedelta(seconds=10), cap=timedelta(minutes=5))

    running = State(initial=True, doc="The posts of the week are compared with the rule, newest first.")
    done = State(resting=True, doc="All were compared. Staff may start it again.")
    failed = State(
        terminal=True, failure=True, doc="It broke off; the reason is recorded. Staff may start it again."
    )

    running.to(done)
    running.to(failed)
    done.to(running)
    failed.to(running)


class RuleTrial(StatefulModel):
    """The latest trial of a rule. It is deleted when the rule is changed.

    Posts with `since` <= id < `before` are still to be compared. `by_day` and `by_author` count matches by date and handle; of authors, the
    first MAX_AUTHORS are kept.
    """

    rule = models.OneToOneField(ShelterRule, on_delete=models.CASCADE, primary_key=True, related_name="+")
    since = models.BigIntegerField()
    before = models.BigIntegerField()
    checked = models.BigIntegerField(default=0)
    matches = models.BigIntegerField(default=0)
    by_day = models.JSONField(default=dict)
    by_author = models.JSONField(default=dict)
    examples = models.JSONField(default=list)
    started_at = models.DateTimeField(db_default=Now())

    state = StateField(TrialGraph)


class FileMatchGraph(StateGraph):
    """The life of a copied file with a hash of a rule: the worker judges the posts that show it."""

    title = "Files that rules name"
    max_attempts = 5
    backoff = Backoff(base=timedelta(seconds=10), cap=timedelta(minutes=30))

    waiting = State(
        initial=True, doc="The posts with the file are compared with the rules that name its hash."
    )
    done = State(terminal=True, delete_after=timedelta(), doc="All were compared.")
    failed = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=30),
        doc="They could not be compared; the reason is recorded. You can retry at any time.",
    )

    waiting.to(done)
    waiting.to(failed)
    failed.to(waiting)


class FileMatch(StatefulModel):
    """A remote file whose copy has a hash that a rule names. `key` is the copy's."""

    key = models.UUIDField(primary_key=True)
    url = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    state = StateField(FileMatchGraph)


class ShelteredPost(Model):
    """A post that a rule holds or, without a rule, that is kept from people who don't know its new author (queries/quarantine.py).

    `was` is the state that it would have had. `site` is the registrable domain of the author's server.
    `approval_uri` is the approval that a reply presents, which is checked on release. `is_for_hashtags` tells that it was fetched for the
    followers of its hashtags.
    """

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="+")
    # no foreign key: the rule may have been deleted while a process still applied it
    rule_id = models.BigIntegerField(null=True)
    rule_name = models.CharField(max_length=100)
    site = models.CharField(max_length=255, default="", db_default="")
    was = models.TextField()
    approval_uri = models.TextField(default="")
    is_for_hashtags = models.BooleanField(default=False)
    held_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["held_at", "post"], name="activities_sheltered_queue"),
            models.Index(
                fields=["site"], condition=models.Q(rule_id__isnull=True), name="activities_sheltered_site"
            ),
        ]
