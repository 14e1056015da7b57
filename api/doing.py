"""Kinds of acts of the endpoints, for the roles of those who share an identity (users/logins/access.py).

An endpoint that changes something needs an editor unless its scope, or its path, is listed here.
"""

from users.logins.access import Doing

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_FOR_AUTHORS = frozenset(
    {"write:statuses", "write:media", "write:favourites", "write:bookmarks", "push"}  # scopes
)
_PATHS = {
    # tells or asks something, and changes nothing as the identity
    "/oauth/userinfo": Doing.read,
    "/api/v1/emails/confirmations": Doing.read,
    "/api/v1/statuses/<id>/translate": Doing.read,
    "/api/v1/announcements/<id>/dismiss": Doing.write,
    "/api/v1/conversations/<id>/read": Doing.write,
    "/api/v1/conversations/<id>/unread": Doing.write,
    "/api/v1/statuses/<id>/quotes/<quoting_status_id>/revoke": Doing.edit,
    "/api/v1/accounts/alias": Doing.own,
    "/api/v1/accounts/move": Doing.own,
}


def doing_of(method: str, path: str, scope: str) -> Doing:
    """Return what an endpoint does. Those of staff ask for the rights of the login instead."""
    if method in _READS or path.startswith(("/api/v1/admin/", "/api/v2/admin/")):
        return Doing.read
    return _PATHS.get(path) or (Doing.write if scope in _FOR_AUTHORS else Doing.edit)
