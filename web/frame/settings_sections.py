"""The sections of the settings, each with a sentence that says what it is for."""

from typing import Any, NamedTuple

from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from core.pages.addresses import path_to
from web.frame.doing import is_reachable


class Section(NamedTuple):
    """A link of the settings. `name`: the value of `section` on its pages."""

    name: str
    page: str
    icon: str
    label: str
    purpose: str


OF_IDENTITY: tuple[Section, ...] = (
    Section(
        "profile",
        "settings",
        "person",
        gettext_lazy("Profile"),
        gettext_lazy("What people see of you: name, pictures, introduction and links."),
    ),
    Section(
        "featured",
        "settings-featured",
        "pin",
        gettext_lazy("Featured"),
        gettext_lazy("The hashtags and people that your profile recommends."),
    ),
    Section(
        "posting",
        "settings-posting",
        "pen",
        gettext_lazy("Posting"),
        gettext_lazy("What a new post starts with: its audience, its language, and who can answer it."),
    ),
    Section(
        "old-posts",
        "settings-old-posts",
        "clock",
        gettext_lazy("Old posts"),
        gettext_lazy("Delete your posts automatically once they reach an age that you choose."),
    ),
    Section(
        "reading",
        "settings-reading",
        "reader",
        gettext_lazy("Reading"),
        gettext_lazy("Whether posts with a warning and sensitive pictures are open when you come to them."),
    ),
    Section(
        "notifications",
        "settings-notifications",
        "bell",
        gettext_lazy("Notifications"),
        gettext_lazy("What you are notified of on your devices and by e-mail, and by whom."),
    ),
    Section(
        "filters",
        "filters",
        "filter",
        gettext_lazy("Filters"),
        gettext_lazy("Hide posts that contain certain words, or cover them with a warning."),
    ),
    Section(
        "blocks",
        "blocks",
        "shield",
        gettext_lazy("Blocks"),
        gettext_lazy("People and servers that you don't see, and that can't reach you."),
    ),
    Section(
        "mutes",
        "mutes",
        "unlisted",
        gettext_lazy("Mutes"),
        gettext_lazy("People whose posts you don't see, without them knowing."),
    ),
    Section(
        "severances",
        "settings-severances",
        "shield",
        gettext_lazy("Lost follows"),
        gettext_lazy("The follows that ended because a server was blocked or an account suspended."),
    ),
    Section(
        "sharing",
        "settings-sharing",
        "circle",
        gettext_lazy("Shared with"),
        gettext_lazy("Who else writes as this account, and what each of them may do."),
    ),
    Section(
        "move",
        "settings-move",
        "out",
        gettext_lazy("Move"),
        gettext_lazy("Bring your followers here from another account, or take them to one."),
    ),
    Section(
        "import",
        "settings-import",
        "inbox",
        gettext_lazy("Import"),
        gettext_lazy("Follow the people that you followed on another server."),
    ),
    Section(
        "export",
        "settings-export",
        "collection",
        pgettext_lazy("noun", "Export"),
        gettext_lazy("Download your lists of people as files that other servers can read."),
    ),
)
OF_LOGIN: tuple[Section, ...] = (
    Section(
        "appearance",
        "settings-appearance",
        "picture",
        gettext_lazy("Appearance"),
        gettext_lazy("The language, colours and text size of the pages."),
    ),
    Section(
        "identities",
        "settings-identities",
        "local",
        gettext_lazy("Identities"),
        gettext_lazy("The accounts that you can switch between with this sign-in."),
    ),
    Section(
        "security",
        "settings-security",
        "lock",
        gettext_lazy("Security"),
        gettext_lazy("Your e-mail address, password and second step, and where you are signed in."),
    ),
    Section(
        "warnings",
        "settings-warnings",
        "warning",
        gettext_lazy("Warnings"),
        gettext_lazy("What moderators decided about your accounts, and how to appeal."),
    ),
    Section(
        "apps",
        "settings-apps",
        "columns",
        gettext_lazy("Apps"),
        gettext_lazy("The apps that may use your account, and what they may do."),
    ),
)


def settings_sections(context: dict[str, Any]) -> list[tuple[str, tuple[Section, ...]]]:
    """Return the sections by group title: those of the identity, if there is one, and those of the login."""
    identity = context["request"].identity
    request = context["request"]
    shown = tuple(one for one in OF_IDENTITY if is_reachable(request, one.page))
    own = [(f"@{identity.handle}", shown)] if identity is not None else []
    return [*own, (str(gettext_lazy("Sign-in")), OF_LOGIN)]


def settings_title(path: str) -> str:
    """Return what the titles of sections and of pages below `/settings` have in common; "" for other pages, and the list of sections."""
    is_below = path.startswith(f"{path_to('settings')}/") and path != path_to("settings-list")
    is_section = is_below or any(path == path_to(one.page) for one in (*OF_IDENTITY, *OF_LOGIN))
    return f"{gettext('Settings')} · " if is_section else ""


def label_of(name: str) -> str:
    """Return the name of a section; "" for pages of none."""
    return next((str(one.label) for one in (*OF_IDENTITY, *OF_LOGIN) if one.name == name), "")


def purpose_of(name: str) -> str:
    """Return the sentence of a section; "" for pages of none."""
    return next((str(one.purpose) for one in (*OF_IDENTITY, *OF_LOGIN) if one.name == name), "")
