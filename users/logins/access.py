"""Roles of the logins that share an identity: pages, the API and services alike ask `may`.

The surface sets once who speaks (`speaking`); services that store who wrote a post, or protect the posts of others, read it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import NamedTuple

from core.errors import NotAllowed
from users.logins.models import AccessRole


class Doing(StrEnum):
    """Kinds of acts as an identity. `web/frame/doing.py` and `api/doing.py` say of which kind each page and endpoint is."""

    read = "read"
    write = "write"  # posts, replies, likes, uploads; changing what one wrote
    edit = "edit"  # posts of others, the profile, relations, lists, filters
    own = "own"  # who has access, moving, exporting, deleting


_NEEDED = {
    Doing.read: AccessRole.author,
    Doing.write: AccessRole.author,
    Doing.edit: AccessRole.editor,
    Doing.own: AccessRole.owner,
}


def may(role: AccessRole | None, doing: Doing) -> bool:
    """Return whether a login with this role may do this as the identity; None: it has no access."""
    return role is not None and role >= _NEEDED[doing]


def require_role(role: AccessRole | None, doing: Doing) -> None:
    """Raise NotAllowed unless `may`."""
    if may(role, doing):
        return
    if doing is Doing.own:
        raise NotAllowed(code="owners_only")
    if doing is Doing.edit:
        raise NotAllowed(code="editors_only")
    raise NotAllowed(code="role_lost")


class Speaker(NamedTuple):
    """The login that speaks as an identity at the moment, and its role."""

    user_id: int
    role: AccessRole


_speaker: ContextVar[Speaker | None] = ContextVar("speaker", default=None)


@contextmanager
def speaking(user_id: int, role: AccessRole) -> Iterator[None]:
    """Run everything inside the block as done by a login with this role."""
    token = _speaker.set(Speaker(user_id, role))
    try:
        yield
    finally:
        _speaker.reset(token)


def speaker() -> Speaker | None:
    """Return who speaks; None for the worker and the command line, which may do everything."""
    return _speaker.get()


def only_of() -> int | None:
    """Return the login whose own work is all that the speaker may change: an author's. None for everybody else."""
    now = speaker()
    return None if now is None or may(now.role, Doing.edit) else now.user_id


def may_change(written_by: int | None) -> bool:
    """Return whether the speaker may change what this login wrote as the identity; None: nobody knows who did."""
    return only_of() in (None, written_by)


def require_own_work(written_by: int | None) -> None:
    """Raise NotAllowed unless `may_change` a post or draft."""
    if not may_change(written_by):
        raise NotAllowed(code="not_written_by_you")


def require_own_upload(uploaded_by: int | None) -> None:
    """Raise NotAllowed unless `may_change` a file."""
    if not may_change(uploaded_by):
        raise NotAllowed(code="not_uploaded_by_you")
