"""A login: an e-mail address and a password. Who it may speak as stands in IdentityAccess. Grows with sign-ups only."""

from django.db import models
from django.db.models.functions import Lower

from core.db import Model
from core.unique_index import UniqueIndex


class Role(models.TextChoices):
    member = "member"
    moderator = "moderator"
    admin = "admin"


class User(Model):
    email = models.EmailField(max_length=254)
    password_hash = models.CharField(max_length=255, default="")
    role = models.CharField(max_length=10, choices=Role, default=Role.member)
    is_disabled = models.BooleanField(default=False)
    # set when staff suspend one of its identities: may sign in and read its settings, but act as nobody and make no identity
    is_restricted = models.BooleanField(default=False, db_default=False)
    # set when staff restrict the login itself: then freeing an identity does not free it
    is_restricted_by_hand = models.BooleanField(default=False, db_default=False)
    confirmed_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True)
    # how somebody signed up: why they want to join, and the number of the app that they did it with (api/models/app.py)
    sign_up_reason = models.TextField(default="", db_default="")
    sign_up_app = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(Lower("email"), name="users_user_address"),
            # anybody can sign up with any address, so only those who confirmed it have it to themselves
            UniqueIndex(
                Lower("email"),
                condition=models.Q(confirmed_at__isnull=False),
                name="users_user_confirmed_email",
            ),
            models.Index(
                fields=["id"], condition=models.Q(role__in=["moderator", "admin"]), name="users_user_staff"
            ),
            models.Index(fields=["last_seen_at"], name="users_user_last_seen"),
        ]

    @property
    def is_in(self) -> bool:
        """Whether the address is confirmed and, where that is asked for, a moderator agreed."""
        return self.confirmed_at is not None and self.approved_at is not None

    @property
    def holds_address(self) -> bool:
        """Whether nobody else can sign up with the address: not while it is only claimed, unless staff did something to the login."""
        return self.confirmed_at is not None or self.is_disabled or self.role != Role.member

    @property
    def is_admin(self) -> bool:
        return self.role == Role.admin and not self.is_restricted

    @property
    def is_moderator(self) -> bool:
        return self.role in {Role.moderator, Role.admin} and not self.is_restricted
