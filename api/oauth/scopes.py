"""OAuth scopes: their tree, their descriptions, and whether granted scopes cover a needed one.

Source: docs.joinmastodon.org/api/oauth-scopes. A parent covers its children (`read` covers `read:statuses`); `follow` covers the
relationship scopes, as it did before there were children.
"""

from collections.abc import Iterable
from functools import lru_cache

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
    "profile": "See your name and picture only",
    "read": "Read all your data: posts, messages, notifications, lists and settings",
    "write": "Act as you: post, like, boost, follow, block, and change your profile",
    "follow": "See and change who you follow, block and mute",
    "push": "Send you push notifications",
    "admin:read": "See everything that moderators can see",
    "admin:write": "Do everything that moderators can do",
}
_NOUNS = {
    "accounts": "your profile and settings",
    "blocks": "who you block",
    "bookmarks": "your bookmarks",
    "collections": "your collections",
    "conversations": "your conversations",
    "favourites": "your likes",
    "filters": "your filters",
    "follows": "who you follow",
    "lists": "your lists",
    "media": "your uploads",
    "mutes": "who you mute",
    "notifications": "your notifications",
    "reports": "your reports",
    "search": "search as you",
    "statuses": "your posts and timelines",
}


def parse(text: str) -> tuple[str, ...]:
    """Return the scopes in `text`, separated by spaces or plus signs, each once, in order. Raises BadInput for an unknown one."""
    scopes = tuple(dict.fromkeys(text.replace("+", " ").split()))
    for scope in scopes:
        if scope not in _KNOWN:
            raise BadInput("The requested scope is invalid, unknown, or malformed.", detail=scope)
    return scopes


def _ancestors(scope: str) -> Iterable[str]:
    parts = scope.split(":")
    for length in range(len(parts), 0, -1):
        yield ":".join(parts[:length])
    if scope in _FOLLOW:
        yield "follow"
    if scope == "profile":
        yield from ("read", "read:accounts")  # whoever reads the account may read its name, too


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
    """Return a sentence per scope for the authorization page, without children of a granted parent."""
    held = list(scopes)
    sentences = []
    for scope in held:
        if any(parent in held for parent in _ancestors(scope) if parent != scope):
            continue
        sentences.append(_WORDS.get(scope) or _child_in_words(scope))
    return sentences


def _child_in_words(scope: str) -> str:
    if scope.startswith("admin:"):
        verb, _, noun = scope.removeprefix("admin:").partition(":")
        return f"{'See' if verb == 'read' else 'Change'} as a moderator: {noun.replace('_', ' ')}"
    verb, _, noun = scope.partition(":")
    if noun == "search":
        return "Search as you"
    return f"{'See' if verb == 'read' else 'Change'} {_NOUNS[noun]}"
