"""OAuth scopes: their hierarchy, their descriptions, and whether granted scopes cover a required one.

Source: docs.joinmastodon.org/api/oauth-scopes. A parent covers its children (`read` covers `read:statuses`); `follow` covers the
relationship scopes, as it did before they existed. `openid` and `email` are those of OpenID Connect Core 1.0, sections 3.1.2.1 and 5.4.
"""

from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import gettext, gettext_lazy

from core.errors import BadInput

DEFAULT = "read"

_READ = (
    "accounts",
    "blocks",
    "bookmarks",
    "collections",
    "favourites",
    "filters",
    "follows",
    "lists",
    "mutes",
    "notifications",
    "search",
    "statuses",
)
_WRITE = (
    "accounts",
    "blocks",
    "bookmarks",
    "collections",
    "conversations",
    "favourites",
    "filters",
    "follows",
    "lists",
    "media",
    "mutes",
    "notifications",
    "reports",
    "statuses",
)
_ADMIN = (
    "accounts",
    "reports",
    "domain_allows",
    "domain_blocks",
    "ip_blocks",
    "email_domain_blocks",
    "canonical_email_blocks",
)
_FOLLOW = frozenset(f"{verb}:{noun}" for verb in ("read", "write") for noun in ("blocks", "follows", "mutes"))

KNOWN = (
    "openid",
    "email",
    "profile",
    "read",
    *(f"read:{noun}" for noun in _READ),
    "write",
    *(f"write:{noun}" for noun in _WRITE),
    "follow",
    "push",
    "admin:read",
    *(f"admin:read:{noun}" for noun in _ADMIN),
    "admin:write",
    *(f"admin:write:{noun}" for noun in _ADMIN),
)
_KNOWN = frozenset(KNOWN)

_WORDS = {
    "openid": gettext_lazy("Sign you in there with your identity here"),
    "email": gettext_lazy("See your e-mail address"),
    "profile": gettext_lazy("See your name and picture only"),
    "read": gettext_lazy("Read all your data: posts, messages, notifications, lists and settings"),
    "read:accounts": gettext_lazy("See your profile and settings"),
    "read:blocks": gettext_lazy("See who you block"),
    "read:bookmarks": gettext_lazy("See your bookmarks"),
    "read:collections": gettext_lazy("See your collections"),
    "read:favourites": gettext_lazy("See your likes"),
    "read:filters": gettext_lazy("See your filters"),
    "read:follows": gettext_lazy("See who you follow"),
    "read:lists": gettext_lazy("See your lists"),
    "read:mutes": gettext_lazy("See who you mute"),
    "read:notifications": gettext_lazy("See your notifications"),
    "read:search": gettext_lazy("Search as you"),
    "read:statuses": gettext_lazy("See your posts and timelines"),
    "write": gettext_lazy("Act as you: post, like, boost, follow, block, and change your profile"),
    "write:accounts": gettext_lazy("Change your profile and settings"),
    "write:blocks": gettext_lazy("Change who you block"),
    "write:bookmarks": gettext_lazy("Change your bookmarks"),
    "write:collections": gettext_lazy("Change your collections"),
    "write:conversations": gettext_lazy("Change your conversations"),
    "write:favourites": gettext_lazy("Change your likes"),
    "write:filters": gettext_lazy("Change your filters"),
    "write:follows": gettext_lazy("Change who you follow"),
    "write:lists": gettext_lazy("Change your lists"),
    "write:media": gettext_lazy("Change your uploads"),
    "write:mutes": gettext_lazy("Change who you mute"),
    "write:notifications": gettext_lazy("Change your notifications"),
    "write:reports": gettext_lazy("Change your reports"),
    "write:statuses": gettext_lazy("Change your posts and timelines"),
    "follow": gettext_lazy("See and change who you follow, block and mute"),
    "push": gettext_lazy("Send you push notifications"),
    "admin:read": gettext_lazy("See everything that moderators can see"),
    "admin:write": gettext_lazy("Do everything that moderators can do"),
}
_OF_MODERATORS = {
    "accounts": gettext_lazy("accounts"),
    "reports": gettext_lazy("reports"),
    "domain_allows": gettext_lazy("domain allows"),
    "domain_blocks": gettext_lazy("domain blocks"),
    "ip_blocks": gettext_lazy("ip blocks"),
    "email_domain_blocks": gettext_lazy("email domain blocks"),
    "canonical_email_blocks": gettext_lazy("canonical email blocks"),
}


def parse(text: str) -> tuple[str, ...]:
    """Return the scopes in `text`, separated by spaces or plus signs, without duplicates, in order. Raises BadInput for an unknown one."""
    scopes = tuple(dict.fromkeys(text.replace("+", " ").split()))
    for scope in scopes:
        if scope not in _KNOWN:
            raise BadInput(code="oauth_scope_unknown", detail=scope)
    return scopes


def _ancestors(scope: str) -> Iterable[str]:
    parts = scope.split(":")
    for length in range(len(parts), 0, -1):
        yield ":".join(parts[:length])
    if scope in _FOLLOW:
        yield "follow"
    if scope == "profile":
        yield from ("read", "read:accounts")  # access to the account includes its name


@lru_cache(maxsize=4096)
def covers(granted: str, needed: str) -> bool:
    """Return whether the scopes `granted` (separated by spaces) include `needed` (`a|b`: any; `a b`: all; empty: nothing)."""
    if not needed:
        return True
    held = set(granted.split())

    def has(scope: str) -> bool:
        return any(ancestor in held for ancestor in _ancestors(scope))

    return any(all(has(scope) for scope in group.split()) for group in needed.split("|"))


def are_covered(asked: Iterable[str], allowed: str) -> bool:
    """Return whether every scope in `asked` is covered by the registered scopes `allowed`."""
    return all(covers(allowed, scope) for scope in asked)


def descriptions(scopes: Iterable[str]) -> list[str]:
    """Return a description per scope for the authorization page, without children of a granted parent."""
    held = list(scopes)
    sentences = []
    for scope in held:
        if any(parent in held for parent in _ancestors(scope) if parent != scope):
            continue
        sentences.append(str(_WORDS[scope]) if scope in _WORDS else _as_moderator(scope))
    return sentences


def _as_moderator(scope: str) -> str:
    verb, _, noun = scope.removeprefix("admin:").partition(":")
    words = (
        gettext("See as a moderator: {what}") if verb == "read" else gettext("Change as a moderator: {what}")
    )
    return words.format(what=_OF_MODERATORS[noun])
