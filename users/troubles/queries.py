"""Queries for the troubles of the server."""

from collections.abc import Sequence

import msgspec

from core.db.sql import Sql
from users.logins.models import User
from users.roles.models import Permission


class TroubleView(msgspec.Struct, frozen=True):
    """A trouble that lasts, with the facts for its sentence."""

    kind: str
    facts: dict[str, int | str]


def troubles_for(user: User) -> Sql:
    """Return a column for `read_troubles`: all of them to server staff, a row of each kind, the oldest first."""
    return Sql(
        """(SELECT coalesce(json_agg(json_build_object('kind', kind, 'facts', facts) ORDER BY since, kind), '[]')::text
            FROM users_trouble WHERE %(operates)s)""",
        {"operates": user.may(Permission.view_devops)},
    )


def read_troubles(column: str) -> Sequence[TroubleView]:
    return msgspec.json.decode(column, type=list[TroubleView])
