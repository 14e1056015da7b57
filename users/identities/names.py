"""Usernames of local identities: valid characters, and reserved names. Pure."""

import re

from core.errors import Invalid
from users.domains.names import check_host

MAX_USERNAME_LENGTH = 30
# Mastodon's rule, ASCII only: no look-alikes from other scripts, no dot or dash at the ends, where it would end a sentence.
_USERNAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?", re.IGNORECASE | re.ASCII)

# Names that look official, or that are paths of ours or of other servers.
RESERVED = frozenset(
    """
    abuse about account accounts actor admin administration administrator api app auth authorize_interaction billing
    contact domain everyone explore federation feed feeds hashtag health help here home hostmaster inbox info instance
    instances login logout mail mailer-daemon media metrics mod moderation moderator nobody nodeinfo noreply no-reply
    notifications oauth official operator outbox owner postmaster privacy profile public root search security settings
    setup share signin signout signup sign-in sign-out sign-up staff static status statuses support sysadmin system
    tag tags takahe team terms tos user users webfinger webmaster well-known www
    """.split()  # noqa: SIM905 - eighty names are easier to read as words than as a list
)


def check_username(username: str, *, reserved: frozenset[str] | set[str] = RESERVED) -> str:
    """Return the username without a leading @. Raises BadInput if it is invalid. Case is kept."""
    name = username.strip().removeprefix("@")
    if not name:
        raise Invalid("username", "blank")
    if len(name) > MAX_USERNAME_LENGTH:
        raise Invalid("username", "too_long", most=MAX_USERNAME_LENGTH)
    if not _USERNAME.fullmatch(name):
        raise Invalid("username", "invalid")
    if name.lower() in reserved:
        raise Invalid("username", "reserved")
    return name


def split_handle(handle: str) -> tuple[str, str]:
    """Split `@Name@Example.com` or `acct:name@example.com` into ("Name", "example.com"). Without a host it is empty. `!name@example.com`
    is the form of group handles in Lemmy, PieFed and Mbin.

    Raises BadInput for an invalid handle, local or remote. Remote names may contain more characters than ours.
    """
    text = handle.strip().removeprefix("acct:").removeprefix("@")
    username, at, host = text.partition("@")
    username = username.removeprefix("!") if host else username
    if (
        not username
        or (at and not host)
        or len(username) > 255
        or any(c.isspace() or c in "/?#@:" or not c.isprintable() for c in username)
    ):
        raise Invalid("username", "not_a_handle", given=handle[:100])
    return username, check_host(host) if host else ""
