"""Options kept in the database: a typed table of names, levels and defaults.

`await options.get(SESSION_DAYS)` returns the effective value: that of the identity, else of the user, the domain, the system, or the
default.
"""

from dataclasses import dataclass
from typing import Any, cast

import msgspec
from django.utils.translation import gettext_lazy

from core.db import async_atomic, sql
from core.errors import BadInput
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Level, Option


@dataclass(frozen=True)
class Setting[T]:
    """One row of the table. `least` and `most` bound a number, or the length of a text or list."""

    name: str
    kind: type[T]
    default: T
    levels: tuple[str, ...]
    description: str
    least: int = 0
    most: int = 10_000

    def check(self, value: object) -> T:
        """Return `value` with this option's type. Raises BadInput for a wrong type or a value out of bounds."""
        try:
            typed = msgspec.convert(value, self.kind, strict=True)
        except msgspec.ValidationError as error:
            raise self._of_wrong_type(str(error)) from error
        size = typed if isinstance(typed, int) else len(cast(Any, typed))
        if not self.least <= size <= self.most:
            raise BadInput(code="option_out_of_bounds", name=self.name, least=self.least, most=self.most)
        return typed

    def _of_wrong_type(self, detail: str) -> BadInput:
        if self.kind is bool:
            return BadInput(code="option_not_true_or_false", name=self.name, detail=detail)
        if self.kind is int:
            return BadInput(code="option_not_a_number", name=self.name, detail=detail)
        if self.kind is str:
            return BadInput(code="option_not_a_text", name=self.name, detail=detail)
        return BadInput(code="option_not_a_list", name=self.name, detail=detail)


SESSION_DAYS = Setting(
    "session_days",
    int,
    30,
    (Level.system, Level.domain),
    gettext_lazy("Days without a visit after which a browser is signed out."),
    1,
    365,
)
IDENTITIES_PER_LOGIN = Setting(
    "identities_per_login",
    int,
    10,
    (Level.system, Level.user),
    gettext_lazy("How many identities a login may have."),
    1,
    1000,
)
RESERVED_NAMES = Setting(
    "reserved_names",
    list[str],
    [],
    (Level.system, Level.domain),
    gettext_lazy("Additional usernames that only admins can choose."),
    0,
    1000,
)
PUBLISHES_COUNTS = Setting(
    "publishes_counts",
    bool,
    True,
    (Level.system, Level.domain),
    gettext_lazy("Whether nodeinfo publishes the number of people and posts."),
)
PUBLISHES_BLOCKS = Setting(
    "publishes_blocks",
    bool,
    False,
    (Level.system, Level.domain),
    gettext_lazy("Whether visitors can see which servers are blocked; people of the domain always can."),
)
TRENDS_NEED_REVIEW = Setting(
    "trends_need_review",
    bool,
    False,
    (Level.system, Level.domain),
    gettext_lazy(
        "Whether hashtags, links and posts are shown as trends only after a moderator approved them."
    ),
)
INVITE_DAYS = Setting(
    "invite_days",
    int,
    7,
    (Level.system, Level.domain),
    gettext_lazy("Days for which an invitation is valid."),
    1,
    365,
)
SIGN_UP_QUESTION = Setting(
    "sign_up_question",
    str,
    "",
    (Level.system, Level.domain),
    gettext_lazy(
        "The question that people answer when a moderator has to approve their sign-up, instead of why they want to join."
    ),
    0,
    200,
)
MINIMUM_AGE = Setting(
    "minimum_age",
    int,
    0,
    (Level.system, Level.domain),
    gettext_lazy(
        "The age in years that people must have to sign up; 0 asks nobody. Their date of birth is checked, and not stored."
    ),
    0,
    120,
)
SIGN_UP_PUZZLE = Setting(
    "sign_up_puzzle",
    bool,
    True,
    (Level.system, Level.domain),
    gettext_lazy(
        "Whether browsers solve a puzzle while somebody fills in the form to join, if anybody can join: a second of work for one person, hours for who wants thousands of logins. Without JavaScript and from apps, few can join per hour."
    ),
)
PUSHES = Setting(
    "pushes",
    bool,
    True,
    (Level.system,),
    gettext_lazy(
        "Whether notifications are pushed to phones and browsers, through the services of their makers."
    ),
)

QUARANTINE_SERVER_DAYS = Setting(
    "quarantine_server_days",
    int,
    0,
    (Level.system, Level.domain),
    gettext_lazy(
        "Days after a server was first seen here in which what its people write to those who don't know them waits until it is accepted, or released by staff; 0 turns this off."
    ),
    0,
    90,
)
QUARANTINE_PERSON_DAYS = Setting(
    "quarantine_person_days",
    int,
    0,
    (Level.system, Level.domain),
    gettext_lazy(
        "The same for each person on another server, counted from when they were first seen here; 0 turns this off."
    ),
    0,
    90,
)

LANGUAGE = Setting(
    "language",
    str,
    "en",
    (Level.system, Level.domain),
    gettext_lazy("The language code of posts whose author chose none."),
    2,
    35,
)

ALL: tuple[Setting[Any], ...] = (
    SESSION_DAYS,
    IDENTITIES_PER_LOGIN,
    RESERVED_NAMES,
    PUBLISHES_COUNTS,
    PUBLISHES_BLOCKS,
    TRENDS_NEED_REVIEW,
    INVITE_DAYS,
    SIGN_UP_QUESTION,
    MINIMUM_AGE,
    SIGN_UP_PUZZLE,
    PUSHES,
    QUARANTINE_SERVER_DAYS,
    QUARANTINE_PERSON_DAYS,
    LANGUAGE,
)
_BY_NAME = {setting.name: setting for setting in ALL}


def by_name(name: str) -> Setting[Any]:
    """Return the option with that name. Raises BadInput if there is none."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise BadInput(code="unknown_option", name=name) from None


async def get[T](
    setting: Setting[T], *, domain: int | None = None, user: int | None = None, identity: int | None = None
) -> T:
    """Return the effective value for these ids (one query, served by the unique index)."""
    owners = {Level.identity: identity, Level.user: user, Level.domain: domain, Level.system: 0}
    asked = [
        (level, owner) for level, owner in owners.items() if owner is not None and level in setting.levels
    ]
    found = await sql.rows(
        """SELECT o.value::text FROM users_option o
           JOIN unnest(%(levels)s::text[], %(owners)s::bigint[]) WITH ORDINALITY AS asked(level, owner, rank)
             ON o.level = asked.level AND o.owner = asked.owner
           WHERE o.name = %(name)s ORDER BY asked.rank LIMIT 1""",
        {
            "levels": [str(level) for level, _ in asked],
            "owners": [owner for _, owner in asked],
            "name": setting.name,
        },
    )
    return setting.check(msgspec.json.decode(found[0][0])) if found else setting.default


async def values_at(level: str, owner: int) -> dict[str, Any]:
    """Return the values set at this level, by option name (one range of users_option_name)."""
    rows = Option.objects.filter(level=level, owner=owner)
    return {name: value async for name, value in rows.values_list("name", "value") if name in _BY_NAME}


@audited(Act.set_option)
async def set_value(
    setting: Setting[Any], value: object, *, level: str = Level.system, owner: int = 0
) -> None:
    """Set an option at a level; None removes it, so that the next level applies."""
    if level not in setting.levels:
        raise BadInput(code="option_of_other_level", name=setting.name, level=level)
    if (level == Level.system) != (owner == 0):
        raise BadInput(code="option_owner")
    async with async_atomic():
        if value is None:
            changed, _ = await Option.objects.filter(level=level, owner=owner, name=setting.name).adelete()
        else:
            changed = await sql.run(
                """INSERT INTO users_option (level, owner, name, value) VALUES (%s, %s, %s, %s::text::jsonb)
                   ON CONFLICT (level, owner, name) DO UPDATE SET value = excluded.value WHERE users_option.value <> excluded.value""",
                [str(level), owner, setting.name, msgspec.json.encode(setting.check(value)).decode()],
            )
        if changed:
            await record(
                Act.set_option,
                Target("login" if level == Level.user else "option", owner or None),
                domain_id=owner if level == Level.domain else None,
                details={"name": setting.name, "value": value, "level": str(level)},
            )
