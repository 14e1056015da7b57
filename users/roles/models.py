"""Roles: sets of permissions that staff hold on one domain or on the whole server. Both tables grow only with the number of staff."""

import functools
import operator
from enum import IntFlag
from typing import NamedTuple

from django.db import models
from django.db.models.functions import Lower, Now

from core.db import Model
from core.ids import new_id
from users.domains.models import Domain

EVERYWHERE = "*"
"""The key of `User.rights` for the whole server; the others are ids of domains."""


type Scope = frozenset[int] | None
"""The ids of the domains on which somebody may do something; None for all of them and the server itself."""


def is_within(scope: Scope, domain_id: int | None) -> bool:
    """Return whether a domain, or without one the server itself, is in a scope."""
    return scope is None or domain_id in scope


class Permission(IntFlag):
    """The permissions of a role, with the numbers of docs.joinmastodon.org/entities/Role. Webhooks (0x8000) are missing, because there are none."""

    administrator = 0x1
    view_devops = 0x2
    view_audit_log = 0x4
    view_dashboard = 0x8
    manage_reports = 0x10
    manage_federation = 0x20
    manage_settings = 0x40
    manage_blocks = 0x80
    manage_taxonomies = 0x100
    manage_appeals = 0x200
    manage_users = 0x400
    manage_invites = 0x800
    manage_rules = 0x1000
    manage_announcements = 0x2000
    manage_custom_emojis = 0x4000
    invite_users = 0x10000
    manage_roles = 0x20000
    manage_user_access = 0x40000
    delete_user_data = 0x80000


ALL = functools.reduce(operator.or_, Permission)
ALL_BUT_ADMINISTRATOR = ALL & ~Permission.administrator


class BuiltIn(NamedTuple):
    """A role that every server has, with Mastodon's id. It can't be changed or deleted."""

    id: int
    name: str
    permissions: Permission


MODERATOR = BuiltIn(
    1,
    "Moderator",
    Permission.view_devops
    | Permission.view_audit_log
    | Permission.view_dashboard
    | Permission.manage_reports
    | Permission.manage_federation
    | Permission.manage_taxonomies
    | Permission.manage_appeals
    | Permission.manage_users
    | Permission.manage_invites
    | Permission.invite_users,
)
ADMIN = BuiltIn(2, "Admin", ALL_BUT_ADMINISTRATOR)
OWNER = BuiltIn(3, "Owner", Permission.administrator)
BUILT_IN = (OWNER, ADMIN, MODERATOR)


class Role(Model):
    """A named set of permissions. One with a domain was composed by its staff and applies only there."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    name = models.CharField(max_length=50)
    permissions = models.BigIntegerField()
    color = models.CharField(max_length=7, default="", blank=True)
    is_highlighted = models.BooleanField(default=False)
    # its permissions apply only once the holder's login has a second factor
    needs_factor = models.BooleanField(default=False, db_default=False)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint("domain", Lower("name"), nulls_distinct=False, name="users_role_name")
        ]

    @property
    def is_built_in(self) -> bool:
        return self.pk <= OWNER.id


class RoleGrant(Model):
    """A role that a login holds on a domain, or without one on the whole server. `User.rights` is computed from these."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    user = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    role = models.ForeignKey(Role, on_delete=models.RESTRICT, related_name="+")
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, null=True, related_name="+")
    granted_by = models.BigIntegerField(null=True)  # a login, which may be deleted; None for the command line
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "domain"], nulls_distinct=False, name="users_rolegrant_place"
            )
        ]
