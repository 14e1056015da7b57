"""Role and AccountRole: docs.joinmastodon.org/entities/Role"""

import msgspec

from users.collections.services import COLLECTIONS
from users.logins.models import Role as LoginRole


class AccountRole(msgspec.Struct):
    id: str
    name: str
    color: str


class Role(msgspec.Struct):
    """`permissions` is a bit mask as text: 0x1 administrator, 0x10 reports, 0x400 users (Mastodon's bits)."""

    id: str
    name: str
    color: str
    permissions: str
    highlighted: bool
    collection_limit: int = COLLECTIONS


_ADMIN = Role("3", "Admin", "", "1", True)
_MODERATOR = Role("1", "Moderator", "", str(0x10 | 0x400), True)
_MEMBER = Role("-99", "", "", "0", False)


def role_of(login_role: str) -> Role:
    """Render a login's role with its permissions."""
    return {LoginRole.admin: _ADMIN, LoginRole.moderator: _MODERATOR}.get(LoginRole(login_role), _MEMBER)
