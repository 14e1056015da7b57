"""Accounts as moderators list them in apps: identities with the login, role and addresses behind each, and pending sign-ups."""

import datetime as dt
from collections.abc import Collection
from typing import Literal

import msgspec
from django.db.models import Q

from core.db import sql
from core.db.paging import Page
from core.texts import fold_name, query_grams
from users.domains.queries import domain_by_id
from users.identities.models import Identity, Restriction
from users.identities.queries import identities
from users.identities.queries.predicates import is_active
from users.identities.queries.profiles import Profile, load_profiles, profile_of_identity
from users.identities.services.profiles import addresses_of
from users.logins.models import SignUp, User
from users.roles.models import Role, Scope, is_within
from users.roles.queries import grants_of

_CANDIDATES = 1000  # of a search by name; the newest matches are shown
_ADDRESSES = 20

type Status = Literal["active", "pending", "disabled", "silenced", "suspended", "sensitized"]


class Wanted(msgspec.Struct, frozen=True):
    """A filter of accounts. Without `origin`, local ones or those of `host`; names match by prefix."""

    origin: Literal["local", "remote", ""] = ""
    status: Status | Literal[""] = ""
    username: str = ""
    display_name: str = ""
    host: str = ""
    email: str = ""
    address: str = ""
    is_staff: bool = False
    role_ids: tuple[int, ...] = ()
    invited_by: int | None = None


class AccountView(msgspec.Struct, frozen=True):
    """An identity with the login that owns it, or a pending sign-up, whose `profile` has the id of its login.

    `login` is None for remote accounts; `domain_id` is the domain whose staff are responsible, `inviter_id` the inviter's identity there.
    """

    profile: Profile
    domain_id: int | None
    created_at: dt.datetime
    is_waiting: bool = False
    login: User | None = None
    role: Role | None = None
    addresses: list[tuple[str, dt.datetime]] = []
    inviter_id: int | None = None

    @property
    def id(self) -> int:
        return self.profile.id


async def accounts(scope: Scope, wanted: Wanted, page: Page) -> list[AccountView]:
    """Return a page of the accounts of a scope, newest first; remote ones are in the scope of the server only."""
    if wanted.status == "pending":
        return await _waiting(scope, wanted, page)
    ids = await _ids(scope, wanted, page)
    views = await _views(ids, scope)
    return [views[pk] for pk in sorted(ids, reverse=True) if pk in views]


async def account_in(scope: Scope, account_id: int) -> AccountView | None:
    """Return an account of the scope by the id of its identity, or of the pending login. Excludes deleted ones."""
    identity = await identities.by_id(account_id)
    if identity is None:
        found = await _waiting(scope, Wanted(), Page(limit=1), only=account_id)
        return found[0] if found else None
    if identity.deleted_at is not None or not is_within(scope, identity.domain_id):
        return None
    return (await _views([account_id], scope)).get(account_id)


async def accounts_by_ids(ids: Collection[int], scope: Scope) -> dict[int, AccountView]:
    """Return the accounts of these identities, unfiltered, in a fixed number of queries; logins and roles as staff of the scope may see them."""
    return await _views(ids, scope)


def _conditions(wanted: Wanted, scope: Scope, page: Page) -> list[str]:
    """Return the conditions on the identity `i`, on filters that its own indexes serve."""
    found = [f"i.deleted_at IS NULL{page.where('i.id')}"]
    if scope is not None:
        found.append("i.domain_id = ANY(%(scope)s::bigint[])")
    if wanted.origin == "local" or (not wanted.origin and not wanted.host):
        found.append("i.domain_id IS NOT NULL")
    if wanted.origin == "remote":
        found.append("i.domain_id IS NULL")
    if wanted.status == "active":
        found.append(is_active("i"))
    if wanted.status in {"silenced", "suspended"}:
        level = Restriction.suspended if wanted.status == "suspended" else Restriction.limited
        found.append(f"i.restriction > 0 AND i.restriction = {level.value}")
    if wanted.status == "sensitized":
        found.append("i.is_sensitized")
    if wanted.username:
        found.append("lower(i.username) LIKE %(username)s")
    if wanted.host:
        found.append("lower(i.host) = %(host)s")
    if wanted.display_name:
        named = "SELECT n.identity_id FROM users_searchname n WHERE n.grams @> %(grams)s::text[] AND n.text LIKE ALL (%(parts)s::text[])"
        found.append(f"i.id IN ({named} LIMIT {_CANDIDATES})")
    logins = _login_conditions(wanted, scope)
    if logins:
        held = "SELECT a.identity_id FROM users_user u JOIN users_identityaccess a ON a.user_id = u.id"
        found.append(f"i.id IN ({held} WHERE {' AND '.join(logins)})")
    return found


def _login_conditions(wanted: Wanted, scope: Scope) -> list[str]:
    found = []
    if wanted.invited_by is not None:  # an inviter known to the reader
        known = "" if scope is None else " AND b.domain_id = ANY(%(scope)s::bigint[])"
        found.append(
            f"""u.invited_by IN (SELECT c.user_id FROM users_identityaccess c JOIN users_identity b ON b.id = c.identity_id
            WHERE c.identity_id = %(inviter)s{known})"""
        )
    if wanted.status == "disabled":
        found.append("u.is_disabled")
    if wanted.is_staff:
        found.append("u.is_staff")
    if wanted.role_ids:
        found.append("u.id IN (SELECT g.user_id FROM users_rolegrant g WHERE g.role_id = ANY(%(roles)s))")
    if wanted.email:
        found.append("lower(u.email) = %(email)s")
    if wanted.address:
        found.append("u.id IN (SELECT s.user_id FROM users_session s WHERE s.address = %(address)s)")
    return found


async def _ids(scope: Scope, wanted: Wanted, page: Page) -> list[int]:
    """Return a page of ids. Served by the primary key, users_identity_of_domain, users_identity_restricted and users_identity_sensitized; names by users_identity_prefix,
    users_identity_local_name, users_identity_host and users_searchname_grams, the newest of a bounded number; logins by
    users_user_disabled, users_user_of_staff, users_user_invited_by, users_user_address, users_session_address and the index of users_rolegrant.role.
    """
    grams = query_grams(fold_name(wanted.display_name)) if wanted.display_name else []
    if wanted.display_name and not grams:
        return []
    conditions = _conditions(wanted, scope, page)
    those = f"SELECT i.id FROM users_identity i WHERE {' AND '.join(conditions)}"
    if wanted.username or wanted.host:
        those += f" LIMIT {_CANDIDATES}"
    elif (
        "i.domain_id IS NOT NULL" in conditions
        and not _login_conditions(wanted, scope)
        and not wanted.display_name
    ):
        page_of_one = f"{those} AND i.domain_id = d.id{page.order('i.id')}"
        those = f"SELECT o.id FROM users_domain d CROSS JOIN LATERAL ({page_of_one}) o"
    return await sql.column(
        f"SELECT f.id FROM ({those}) f{page.order('f.id')}",
        {
            "scope": None if scope is None else sorted(scope),
            "username": f"{sql.like(wanted.username.lower())}%",
            "host": wanted.host.lower(),
            "grams": grams,
            "parts": [f"%{sql.like(part)}%" for part in fold_name(wanted.display_name).split()],
            "roles": list(wanted.role_ids),
            "email": wanted.email.strip().lower(),
            "address": wanted.address,
            "inviter": wanted.invited_by,
            **page.params(),
        },
    )


async def _views(ids: Collection[int], scope: Scope) -> dict[int, AccountView]:
    profiles = await load_profiles(ids)
    # the owner of each; index users_identityaccess_identity_id
    owned = await sql.rows(
        """SELECT i.id, i.domain_id, i.created_at, o.user_id FROM users_identity i LEFT JOIN LATERAL (
               SELECT a.user_id FROM users_identityaccess a WHERE a.identity_id = i.id ORDER BY NOT a.is_owner, a.user_id LIMIT 1) o ON true
           WHERE i.id = ANY(%s)""",
        [list(profiles)],
    )
    user_ids = {user_id for *_, user_id in owned if user_id is not None}
    users = {user.pk: user async for user in User.objects.filter(pk__in=user_ids)} if user_ids else {}
    held, used = await grants_of(user_ids), await _addresses_of(user_ids)
    inviters = await _inviters([user.invited_by for user in users.values() if user.invited_by is not None])
    views = {}
    for pk, domain_id, created_at, user_id in owned:
        grants = {
            grant.domain_id: grant.role
            for grant in held.get(user_id, [])
            if is_within(scope, grant.domain_id)
        }
        views[pk] = AccountView(
            profile=profiles[pk],
            domain_id=domain_id,
            created_at=created_at,
            login=users.get(user_id),
            role=grants.get(domain_id) or grants.get(None),
            addresses=used.get(user_id, []),
            inviter_id=inviters.get((getattr(users.get(user_id), "invited_by", None), domain_id)),
        )
    return views


async def _inviters(user_ids: Collection[int]) -> dict[tuple[int | None, int | None], int]:
    """Return the oldest identity of these logins on each domain. Served by users_identity_access_pair."""
    if not user_ids:
        return {}
    rows = await sql.rows(
        """SELECT a.user_id, i.domain_id, min(i.id) FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
           WHERE a.user_id = ANY(%s) AND i.deleted_at IS NULL GROUP BY 1, 2""",
        [sorted(set(user_ids))],
    )
    return {(user_id, domain_id): identity_id for user_id, domain_id, identity_id in rows}


async def _addresses_of(user_ids: Collection[int]) -> dict[int, list[tuple[str, dt.datetime]]]:
    """Return the addresses of the newest sessions of each login, last used first. Served by the index of users_session.user_id."""
    if not user_ids:
        return {}
    rows = await sql.rows(
        """SELECT w.id, s.address, max(s.last_used_at) FROM unnest(%s::bigint[]) AS w (id) CROSS JOIN LATERAL (
               SELECT s.address, s.last_used_at FROM users_session s WHERE s.user_id = w.id AND s.address <> ''
               ORDER BY s.last_used_at DESC LIMIT %s) s
           GROUP BY w.id, s.address ORDER BY max(s.last_used_at) DESC""",
        [sorted(user_ids), _ADDRESSES],
    )
    found: dict[int, list[tuple[str, dt.datetime]]] = {}
    for user_id, address, used_at in rows:
        found.setdefault(user_id, []).append((address, used_at))
    return found


async def _waiting(scope: Scope, wanted: Wanted, page: Page, only: int | None = None) -> list[AccountView]:
    """Return sign-ups waiting for a moderator, newest first. Primary key of users_signup, which a job limits to a week's."""
    if (
        wanted.origin == "remote"
        or wanted.role_ids
        or wanted.is_staff
        or wanted.display_name
        or wanted.address
        or wanted.invited_by is not None
    ):
        return []
    rows = SignUp.objects.select_related("user", "domain")
    rows = rows.filter(user__approved_at=None) if only is None else rows.filter(pk=only)
    if scope is not None:
        rows = rows.filter(domain__in=scope)
    for name, value in (("lt", page.max_id), ("gt", page.since_id), ("gt", page.min_id)):
        rows = rows.filter(Q(**{f"pk__{name}": value})) if value is not None else rows
    if wanted.username:
        rows = rows.filter(username__istartswith=wanted.username)
    if wanted.host:
        rows = rows.filter(domain__name=wanted.host.lower())
    if wanted.email:
        rows = rows.filter(user__email__iexact=wanted.email.strip())
    rows = rows.order_by("pk" if page.min_id is not None else "-pk")[: page.limit]
    found = [await _of_sign_up(one) async for one in rows]
    return sorted(found, key=lambda one: one.id, reverse=True)


async def _of_sign_up(one: SignUp) -> AccountView:
    domain = await domain_by_id(one.domain_id) or one.domain  # domains are cached in the process
    unmade = Identity(
        **{**addresses_of(domain, one.username), "id": one.user_id},
        username=one.username,
        host=domain.name,
        domain=domain,
        created_at=one.created_at,
    )
    return AccountView(
        profile=profile_of_identity(unmade),
        domain_id=domain.pk,
        created_at=one.created_at,
        is_waiting=True,
        login=one.user,
    )
