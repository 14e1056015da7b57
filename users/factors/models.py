"""Authenticator apps, recovery codes and passkeys: proofs in addition to, or instead of, a login's password.

`User.has_totp` and `User.has_passkey` say which of them a login has.
"""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.domains.models import Domain
from users.logins.models import User


class Totp(Model):
    """The secret that a login shares with its authenticator app. The row exists only after the app proved that it has the secret.

    `secret` is encrypted if TAKAHE_KEY_SECRET is set. `last_step` is the half minute of the latest accepted code: no code is accepted
    twice.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    secret = models.TextField()
    last_step = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)


class RecoveryCode(Model):
    """One of ten single-use codes for signing in without the app. Only a keyed hash is stored."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False)
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "code_hash"], name="users_recoverycode_of_user")
        ]


class Passkey(Model):
    """A passkey, kept by a device or password manager. It works on one domain only: each domain is a relying party of its own.

    `attested` is the attested credential data of WebAuthn: the device model, the credential's id and its public key. `sign_count` stays 0
    for synchronised passkeys.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="+", db_index=False)
    credential_id = models.BinaryField(unique=True)
    attested = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
