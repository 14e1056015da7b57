"""Paths of profiles and posts on the reader's domain.

A session belongs to one domain: on the author's own domain, a reader who is signed in elsewhere would be anonymous.
"""

from typing import Protocol

from django.utils.translation import gettext as _

from core.errors import NotFound
from core.pages.addresses import path_to
from core.texts import is_hashtag
from users.domains.models import Domain


class HasHandle(Protocol):
    """An identity or its profile."""

    @property
    def username(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def is_local(self) -> bool: ...
    @property
    def handle(self) -> str: ...


def profile_path(domain: Domain | None, person: HasHandle) -> str:
    """Return `/@name` for users of `domain`, `/@name@host` for everyone else."""
    return path_to("profile", handle=name_on(domain, person))


def post_path(domain: Domain | None, author: HasHandle, post_id: int) -> str:
    """Return the path of a post on `domain`."""
    return path_to("post", handle=name_on(domain, author), post_id=post_id)


def name_on(domain: Domain | None, person: HasHandle) -> str:
    """Return a name as shown on `domain`: its own users without host."""
    is_own = domain is not None and person.is_local and person.host == domain.name
    return person.username if is_own else person.handle


def hashtag_in(path: str) -> str:
    """Return the name of a hashtag, with or without `#`. Raises NotFound for an invalid one."""
    name = path.lstrip("#＃")
    if not is_hashtag(name):
        raise NotFound(_("There is no such page."))
    return name
