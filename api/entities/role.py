"""Role and AccountRole: docs.joinmastodon.org/entities/Role"""

import msgspec

from users.collections.services import COLLECTIONS
from users.roles.models import Role as HeldRole


class AccountRole(msgspec.Struct):
    id: str
    name: str
    color: str


class Role(msgspec.Struct):
    """A role. `permissions` is a bit mask as text, of users.roles.models.Permission."""

    id: str
    name: str
    color: str
    permissions: str
    highlighted: bool
    collection_limit: int = COLLECTIONS


_EVERYBODY = "-99"


def role_entity(role: HeldRole | None, permissions: int = 0) -> Role:
    """Render a login's role with all its permissions; without one the default role."""
    if role is None:
        return Role(_EVERYBODY, "", "", str(permissions), False)
    return Role(str(role.pk), role.name, role.color, str(permissions), role.is_highlighted)
