"""A policy of one of our domains for another server, on top of the server's: the stricter of both applies.

Bounded: staff of a domain set at most MOST_PER_DOMAIN, and nothing else adds rows.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.db import Model
from core.db.enums import choices
from federation.policies import Policy

MOST_PER_DOMAIN = 5000


class DomainPolicy(Model):
    """A policy of a domain for a host and its subdomains, which changes what its people see. Unlike the server's policies, those of all parent domains add up.

    `policy` is open, limited or blocked. The rest applies to posts that are here already, too, because it changes only what is shown.
    `set_by_id` is a login, None for the command line.
    """

    domain = models.ForeignKey("users.Domain", on_delete=models.CASCADE, related_name="+", db_index=False)
    host = models.CharField(max_length=255)
    policy = models.CharField(
        max_length=10, choices=choices(Policy), default=Policy.open, db_default=Policy.open
    )
    reject_media = models.BooleanField(default=False, db_default=False)
    force_sensitive = models.BooleanField(default=False, db_default=False)
    force_unlisted = models.BooleanField(default=False, db_default=False)
    strip_links = models.BooleanField(default=False, db_default=False)
    note = models.TextField(default="", db_default="")  # for the domain's staff
    public_comment = models.TextField(default="", db_default="")
    set_by_id = models.BigIntegerField(null=True)
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "host"], name="federation_domain_policy_host")
        ]
        indexes = [
            models.Index(
                fields=["domain", "host"],
                condition=Q(policy="blocked"),
                name="federation_domain_policy_hides",
            ),
            models.Index(
                fields=["domain", "host"],
                condition=Q(policy="limited") | Q(force_unlisted=True),
                name="federation_domain_policy_quiet",
            ),
        ]
