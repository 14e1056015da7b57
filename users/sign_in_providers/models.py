"""Providers at which people of a domain can sign in (OpenID Connect), and the connected logins.

Providers grow only when staff add one; the others grow with the logins, at most one row for each login and provider.
"""

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from core.ids import new_id
from users.domains.models import Domain
from users.logins.models import User


class SignInProvider(Model):
    """A provider of a domain. Its issuer never changes: another issuer could claim the connected accounts.

    `client_secret` is encrypted if TAKAHE_KEY_SECRET is set. `metadata` and `keys` are its discovery document and its keys as last fetched.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    issuer = models.CharField(max_length=2048)
    client_id = models.CharField(max_length=512)
    client_secret = models.TextField(default="")
    scopes = models.CharField(max_length=500, default="openid profile email")
    creates_logins = models.BooleanField(default=False)
    # a login with an address that the provider has verified is connected without being asked for (services/entering.py has the exceptions)
    connects_addresses = models.BooleanField(default=False)
    replaces_local = models.BooleanField(
        default=False
    )  # while it is on, nobody signs in or up in another way
    groups_claim = models.CharField(max_length=100, default="groups")
    roles = models.JSONField(
        default=list
    )  # [group, id of the role on the domain] pairs: the first match counts
    roles_by = models.BigIntegerField(null=True)  # the login that chose the roles; None for the command line
    is_enabled = models.BooleanField(default=True)
    metadata = models.JSONField(default=dict)
    fetched_at = models.DateTimeField(null=True)
    keys = models.JSONField(default=list)
    keys_fetched_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "issuer"], name="users_sign_in_provider_issuer")
        ]


class ExternalLogin(Model):
    """An account at a provider with which a login is connected. `label` is its address or name there, for its owner to recognise.

    `role` is the id of the role that its groups gave the login.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    provider = models.ForeignKey(SignInProvider, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    label = models.CharField(max_length=254, default="")
    role = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="users_external_login_subject"),
            models.UniqueConstraint(fields=["user", "provider"], name="users_external_login_of_user"),
        ]
