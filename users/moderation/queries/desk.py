"""Reads of staff beside a report or a user, in one statement: notes, colleagues, prepared texts, and the login behind a local user."""

import datetime as dt

import msgspec

from core.db import sql
from users.logins.models import User
from users.roles.models import Permission, Scope
from users.roles.queries import has_right_in_sql

_MOST_NOTES = 50
_MOST_STAFF = 50
_MOST_PRESETS = 200
_MOST_ADDRESSES = 10
_MOST_OTHERS = 10  # people of each address
_SESSIONS_READ = 200  # of an address that many use


class Note(msgspec.Struct, frozen=True):
    """A note of staff. `author` is the handle of who wrote it; "" if their login was deleted."""

    id: int
    author: str
    text: str
    created_at: dt.datetime
    report_id: int | None


class Named(msgspec.Struct, frozen=True):
    """The id of a login or an identity, with a handle."""

    id: int
    handle: str


class Preset(msgspec.Struct, frozen=True):
    """A prepared text, by the name in its list."""

    pk: int
    label: str


class UsedAddress(msgspec.Struct, frozen=True):
    """An IP address from which a login was used, and other people of the reader's scope who use it."""

    address: str
    used_at: dt.datetime
    others: list[Named]


class Owner(msgspec.Struct, frozen=True):
    """The login behind a local user: how it signed up and, for readers of addresses, from where it is used."""

    id: int
    rights: dict[str, int]
    is_restricted: bool
    created_at: dt.datetime
    reason: str
    question: str
    inviter: Named | None
    addresses: list[UsedAddress]

    @property
    def login(self) -> User:
        """The login with its rights only, to compare ranks."""
        return User(pk=self.id, rights=self.rights, is_staff=bool(self.rights))


class Desk(msgspec.Struct, frozen=True):
    notes: list[Note]
    colleagues: list[Named]
    presets: list[Preset]
    owner: Owner | None


def _listed(scope: Scope) -> list[int] | None:
    return None if scope is None else sorted(scope)


def _is_within(scope: str, domain: str) -> str:
    return f"(%({scope})s::bigint[] IS NULL OR {domain} = ANY(%({scope})s::bigint[]))"


def _name(login: str) -> str:
    """Return the SQL of the handle that names a login: one on the domain if there is one. Index users_identity_access_pair."""
    return f"""(SELECT j.username || '@' || j.host FROM users_identityaccess b JOIN users_identity j ON j.id = b.identity_id
        WHERE b.user_id = {login} AND j.deleted_at IS NULL
        ORDER BY j.domain_id IS DISTINCT FROM %(domain)s::bigint, NOT b.is_owner, j.id LIMIT 1)"""


def _all(select: str) -> str:
    return f"(SELECT coalesce(json_agg(x), '[]') FROM ({select}) x)"


# users_staffnote_about
_NOTES = _all(
    f"""SELECT n.id, coalesce({_name("n.author_id")}, '') AS author, n.text, n.created_at, n.report_id FROM users_staffnote n
        WHERE n.identity_id = %(identity)s AND {_is_within("notes", "n.domain_id")} ORDER BY n.id DESC LIMIT {_MOST_NOTES}"""
)
# users_user_of_staff
_COLLEAGUES = _all(
    f"""SELECT u.id, coalesce({_name("u.id")}, u.id::text) AS handle FROM users_user u
        WHERE %(shares)s AND {has_right_in_sql("u", Permission.manage_reports, "%(domain)s::bigint")} ORDER BY u.id LIMIT {_MOST_STAFF}"""
)
_PRESETS = _all(
    f"""SELECT p.id AS pk, coalesce(nullif(p.title, ''), left(p.text, 60)) AS label FROM users_warningpreset p
        WHERE %(uses_presets)s AND (p.domain_id IS NULL OR {_is_within("people", "p.domain_id")})
        ORDER BY p.title, p.id LIMIT {_MOST_PRESETS}"""
)
# users_session_address; many may share an address
_OTHERS = _all(
    f"""SELECT k.id, k.username || '@' || k.host AS handle FROM users_identity k WHERE k.deleted_at IS NULL AND {_is_within("people", "k.domain_id")}
        AND k.id IN (SELECT b.identity_id FROM users_identityaccess b WHERE b.user_id IN (
            SELECT z.user_id FROM users_session z WHERE z.address = s.address AND z.user_id <> u.id LIMIT {_SESSIONS_READ}))
        ORDER BY k.id LIMIT {_MOST_OTHERS}"""
)
_ADDRESSES = _all(
    f"""SELECT s.address, s.used_at, {_OTHERS} AS others FROM (
            SELECT address, max(last_used_at) AS used_at FROM users_session WHERE %(reads_addresses)s AND user_id = u.id AND address <> ''
            GROUP BY address ORDER BY 2 DESC LIMIT {_MOST_ADDRESSES}) s ORDER BY s.used_at DESC"""
)
_INVITER = f"""(SELECT to_json(x) FROM (SELECT j.id, j.username || '@' || j.host AS handle FROM users_identityaccess b
    JOIN users_identity j ON j.id = b.identity_id WHERE b.user_id = u.invited_by AND j.deleted_at IS NULL
    AND {_is_within("people", "j.domain_id")} ORDER BY NOT b.is_owner, j.id LIMIT 1) x)"""
_OWNER = f"""(SELECT to_json(x) FROM (
    SELECT u.id, u.rights, u.is_restricted, u.created_at, u.sign_up_reason AS reason, u.sign_up_question AS question,
           {_INVITER} AS inviter, {_ADDRESSES} AS addresses
    FROM users_identityaccess a JOIN users_user u ON u.id = a.user_id
    WHERE %(reads_login)s AND a.identity_id = %(identity)s ORDER BY NOT a.is_owner, a.user_id LIMIT 1) x)"""

_decoder = msgspec.json.Decoder(Desk)


async def desk(
    reader: User, identity_id: int, *, domain_id: int | None, permission: Permission, shares: bool
) -> Desk:
    """Return what a member of staff reads beside a user of a domain, or of another server, with a permission that shows them the user.

    `shares`: with the colleagues who may handle a report.
    """
    people = reader.scope(Permission.manage_users)
    found = await sql.value(
        f"SELECT json_build_object('notes', {_NOTES}, 'colleagues', {_COLLEAGUES}, 'presets', {_PRESETS}, 'owner', {_OWNER})::text",
        {
            "identity": identity_id,
            "domain": domain_id,
            "notes": _listed(reader.scope(permission)),
            "people": _listed(people),
            "shares": shares,
            "uses_presets": people is None or bool(people),
            "reads_login": reader.may(Permission.manage_users, domain_id),
            "reads_addresses": reader.may(Permission.manage_user_access, domain_id),
        },
    )
    return _decoder.decode(found)
