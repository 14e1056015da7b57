"""Links of profiles, whose pages the worker fetches: those of local identities, and of remote ones that somebody here follows.

At most one row per field of a profile; deleted when the field is, and for remote identities a week after nobody follows them any more.
"""

from datetime import timedelta
from enum import StrEnum

from django.db import models

from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index
from users.identities.models import Identity

CHECK_EVERY = timedelta(days=7)


class LinkProblem(StrEnum):
    """The reason why a link is not verified."""

    no_backlink = "no_backlink"
    not_found = "not_found"
    refused = "refused"  # to us: 401, 403, 429 …
    broken = "broken"  # 5xx
    unreachable = "unreachable"
    timed_out = "timed_out"
    too_large = "too_large"
    private = "private"  # its name leads to a private address
    redirected = "redirected"  # to another website, or in a circle
    blocked = "blocked"  # by this server


class ProfileLinkGraph(StateGraph):
    """The life of a link in a profile: its page is fetched when it is new, and again every week."""

    title = "Links of profiles to verify"
    max_attempts = 4
    backoff = Backoff(base=timedelta(minutes=5), cap=timedelta(hours=6))

    due = State(initial=True, doc="Waiting for its page to be fetched.")
    checked = State(
        resting=True,
        timeout_after=CHECK_EVERY,
        timeout_to="due",
        doc="The page was read, or could not be read several times; it is fetched again in a week.",
    )
    failed = State(
        resting=True,
        failure=True,
        timeout_after=CHECK_EVERY,
        timeout_to="due",
        doc="This server could not check it; the reason is recorded.",
    )
    unneeded = State(
        terminal=True,
        delete_after=timedelta(),
        doc="No longer in the profile, or in one that nobody here follows.",
    )

    due.to(checked)
    due.to(failed)
    due.to(unneeded)
    checked.to(due)
    failed.to(due)


class ProfileLink(StatefulModel):
    """A link of a profile. `problem` is a LinkProblem; empty if it is verified, or was not tried yet."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    url = models.CharField(max_length=2048)
    host = models.CharField(max_length=255)
    is_local = models.BooleanField()
    problem = models.CharField(max_length=20, default="", db_default="")
    tried_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)

    state = StateField(ProfileLinkGraph)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "url"], name="users_profile_link_once"),
        ]
        indexes = [fair_index("host", name="users_profile_link_host_due")]
