"""The sections of the administration. Each is linked for those who may open it, on some domain or on the whole server."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext_lazy

from core.asgi.request import Request
from users.domains.models import Domain
from users.logins.models import User
from users.roles.models import Permission


class Section(NamedTuple):
    """A link of the navigation. `pages`: the values of `section` on its pages; `waiting`: the name of its number of waiting items in the
    request; `is_of_here`: the page is about the current domain.
    """

    page: str
    label: str
    pages: tuple[str, ...]
    needs: Permission
    is_of_server: bool = False
    waiting: str = ""
    is_of_here: bool = False

    def is_for(self, user: User, here: Domain) -> bool:
        """Return whether a login may open the page on this domain."""
        if self.is_of_here:
            return user.may(self.needs, here.pk)
        return user.may(self.needs) if self.is_of_server else user.scope(self.needs) != frozenset()


OVERVIEW = Section("admin", gettext_lazy("Overview"), ("overview",), Permission.view_dashboard)

_GROUPS: tuple[tuple[str, tuple[Section, ...]], ...] = (
    (
        gettext_lazy("Moderation"),
        (
            Section(
                "admin-reports",
                gettext_lazy("Reports"),
                ("reports",),
                Permission.manage_reports,
                waiting="open_reports",
            ),
            Section(
                "admin-appeals",
                gettext_lazy("Appeals"),
                ("appeals",),
                Permission.manage_appeals,
                waiting="open_appeals",
            ),
            Section(
                "admin-sign-ups",
                gettext_lazy("Sign-ups"),
                ("sign_ups",),
                Permission.manage_users,
                waiting="waiting_sign_ups",
            ),
            Section(
                "admin-invitations",
                gettext_lazy("Invitations"),
                ("invitations",),
                Permission.manage_invites | Permission.invite_users,
            ),
            Section("admin-access", gettext_lazy("Access rules"), ("access",), Permission.manage_blocks),
            Section("admin-presets", gettext_lazy("Warning texts"), ("presets",), Permission.manage_users),
            Section(
                "admin-shelter",
                gettext_lazy("Storm shelter"),
                ("shelter",),
                Permission.manage_federation,
                True,
                waiting="held_posts",
            ),
            Section("admin-people", gettext_lazy("People"), ("people",), Permission.manage_users),
            Section(
                "admin-trends",
                gettext_lazy("Trends"),
                ("trends",),
                Permission.manage_taxonomies,
                waiting="waiting_trends",
                is_of_here=True,
            ),
            Section(
                "admin-hashtags",
                gettext_lazy("Hashtags"),
                ("hashtags",),
                Permission.manage_taxonomies,
                is_of_here=True,
            ),
            Section("admin-audit", gettext_lazy("Audit log"), ("audit",), Permission.view_audit_log),
        ),
    ),
    (
        gettext_lazy("Federation"),
        (
            Section("admin-peers", gettext_lazy("Servers"), ("peers",), Permission.manage_federation, True),
            Section(
                "admin-policies",
                gettext_lazy("Own policies"),
                ("policies",),
                Permission.manage_federation,
                is_of_here=True,
            ),
            Section(
                "admin-relays",
                gettext_lazy("Relays"),
                ("relays", "relay"),
                Permission.manage_settings,
                True,
            ),
            Section("admin-queues", gettext_lazy("Queues"), ("queues",), Permission.view_devops, True),
            Section("admin-media", gettext_lazy("Media"), ("media",), Permission.view_devops, True),
        ),
    ),
    (
        gettext_lazy("This server"),
        (
            Section("admin-domains", gettext_lazy("Domains"), ("domains",), Permission.manage_settings),
            Section(
                "admin-rules", gettext_lazy("Rules"), ("rules",), Permission.manage_rules, is_of_here=True
            ),
            Section("admin-emojis", gettext_lazy("Emoji"), ("emojis",), Permission.manage_custom_emojis),
            Section(
                "admin-announcements",
                gettext_lazy("Announcements"),
                ("announcements",),
                Permission.manage_announcements,
            ),
            Section(
                "admin-providers",
                gettext_lazy("Sign-in providers"),
                ("providers",),
                Permission.manage_user_access,
            ),
            Section("admin-roles", gettext_lazy("Roles"), ("roles",), Permission.manage_roles),
            Section("admin-options", gettext_lazy("Options"), ("options",), Permission.manage_settings, True),
            Section(
                "admin-doctor", gettext_lazy("Health check"), ("doctor",), Permission.manage_settings, True
            ),
        ),
    ),
)


def sections_of(request: Request) -> Iterator[tuple[str, list[Section]]]:
    """Return the sections that the reader may open, by group title."""
    for title, sections in _GROUPS:
        if found := [one for one in sections if one.is_for(request.user, request.domain)]:
            yield title, found
