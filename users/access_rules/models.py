"""The three kinds of rules. Each applies to one domain or, without a domain, to the whole server. Only staff add rows."""

from enum import StrEnum
from ipaddress import ip_network
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from core.db.enums import choices
from core.db.network_field import NetworkField
from core.hosts.names import shown_host
from core.ids import new_id
from users.domains.models import Domain


class AccessRule(Model):
    """A rule on who may sign up or come in. KIND and `label` name it in the audit log."""

    KIND: ClassVar[str]

    id = models.BigIntegerField(primary_key=True, default=new_id)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        raise NotImplementedError


class EmailDomainBlock(AccessRule):
    """An e-mail domain, including its subdomains, whose addresses can't sign up, or only with approval. A job deletes it once it has expired."""

    KIND = "email_domain"

    name = models.CharField(max_length=255)  # as core/hosts/names.py spells it
    allows_with_approval = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "domain"], nulls_distinct=False, name="users_emaildomainblock_name"
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="users_emaildomainblock_expires",
            )
        ]

    @property
    def label(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """The domain in Unicode, as pages show it."""
        return shown_host(self.name)


class Severity(StrEnum):
    """Severities of a rule on a network, with Mastodon's names."""

    sign_up_requires_approval = "sign_up_requires_approval"
    sign_up_block = "sign_up_block"
    no_access = "no_access"


class IpBlock(AccessRule):
    """A network that can't sign up, can sign up only with approval, or is refused everything. A job deletes it once it has expired."""

    KIND = "network"

    network = NetworkField()
    severity = models.CharField(max_length=30, choices=choices(Severity))
    comment = models.TextField(default="")
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "domain"], nulls_distinct=False, name="users_ipblock_network"
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="users_ipblock_expires",
            )
        ]

    @property
    def label(self) -> str:
        return str(self.network)

    @property
    def shown_network(self) -> str:
        """The network as pages show it: a single address has no prefix length."""
        network = ip_network(str(self.network))
        return str(network.network_address if network.num_addresses == 1 else network)


class CanonicalEmailBlock(AccessRule):
    """A mailbox, in any spelling, that can't sign up. Only the hash is stored (addresses.py)."""

    KIND = "email"

    email_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email_hash", "domain"], nulls_distinct=False, name="users_canonicalemailblock_hash"
            )
        ]

    @property
    def label(self) -> str:
        """The beginning of the hash, which is enough to recognise it."""
        return f"{self.email_hash[:12]}…"
