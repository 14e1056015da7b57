"""Queries on logins, their sessions and identities. Users see only their own sessions: every such read takes the owner."""

import hashlib
from collections.abc import Collection, Sequence

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from core import clock
from core.db import sql
from core.db.columns import Columns
from core.db.statements import Statement
from core.errors import NotFound
from users.domains.models import Domain
from users.identities.models import Identity, Restriction
from users.identities.queries.identities import by_name
from users.identities.queries.predicates import is_active, is_unrestricted
from users.logins.addresses import stored_spellings
from users.logins.models import AccessRole, IdentityAccess, Invitation, Session, SignUp, User
from users.roles.models import Permission, Scope
from users.roles.queries import has_right_in_sql


def may_act_in_sql(row: str) -> str:
    """Return the condition that the login with the alias `row` is neither disabled, restricted nor being deleted."""
    return f"NOT {row}.is_disabled AND NOT {row}.is_restricted AND {row}.leaves_at IS NULL"


def holds_in_sql(user: str, identity: str) -> str:
    """Return the condition that a login holds an identity, by the SQL for their ids. Index users_identity_access_pair."""
    return f"EXISTS (SELECT 1 FROM users_identityaccess x WHERE x.user_id = {user} AND x.identity_id = {identity})"


def role_in_sql(user: str, identity: str) -> str:
    """Return the SQL of a login's role for an identity, NULL without access. Index users_identity_access_pair."""
    return f"""(SELECT CASE WHEN x.is_owner THEN {AccessRole.owner:d} WHEN x.is_editor THEN {AccessRole.editor:d} ELSE {AccessRole.author:d} END
        FROM users_identityaccess x WHERE x.user_id = {user} AND x.identity_id = {identity})"""


def label_in_sql(user: str, identity: str) -> str:
    """Return the SQL of how others know a login that shares an identity, NULL without access. Index users_identity_access_pair."""
    return f"(SELECT x.label FROM users_identityaccess x WHERE x.user_id = {user} AND x.identity_id = {identity})"


def is_shared_in_sql(identity: str) -> str:
    """Return the condition that several logins have access to an identity. Index of the identity."""
    return f"EXISTS (SELECT 1 FROM users_identityaccess x WHERE x.identity_id = {identity} OFFSET 1)"


def hash_of(cookie: str) -> str:
    """Return the stored hash of a secret of 256 random bits. It needs no salt or slow hash, because it can't be guessed."""
    return hashlib.sha256(cookie.encode()).hexdigest()


_SESSION, _USER, _IDENTITY = Columns(Session), Columns(User), Columns(Identity)
BROWSER = Statement(
    "logins.session",
    "The session of a browser with its login and identity; runs for every page that a signed-in person opens.",
    "users_session_key_hash_key",
    "users_identity_access_pair",
)
_SESSION_BY_COOKIE = f"""
    SELECT {role_in_sql("s.user_id", "s.identity_id")},
        {_SESSION.of("s")}, {_USER.of("u")}, {_IDENTITY.of("i")}
    FROM users_session s JOIN users_user u ON u.id = s.user_id LEFT JOIN users_identity i ON i.id = s.identity_id
    WHERE s.key_hash = %(hash)s AND s.expires_at > %(now)s AND NOT u.is_disabled"""


async def session_by_cookie(cookie: str) -> Session | None:
    """Return the live session with its `user`, and its `identity` and the `role` for it if the user may still use it, in one query."""
    if not 20 <= len(cookie) <= 100:
        return None
    row = await sql.one(BROWSER(_SESSION_BY_COOKIE, hash=hash_of(cookie), now=clock.now()))
    if row is None:
        return None
    role, *values = row
    users, identities = len(_SESSION), len(_SESSION) + len(_USER)
    session = _SESSION.instance(values[:users])
    user = _USER.instance(values[users:identities])
    identity = _IDENTITY.instance(values[identities:])
    assert session is not None
    assert user is not None
    is_silent = role is None or user.is_restricted
    if identity is not None and (
        is_silent or identity.deleted_at is not None or identity.restriction == Restriction.suspended
    ):
        identity = None
    session.user, session.identity = user, identity
    session.role = AccessRole(role) if identity is not None else None
    return session


SPEAKING = Statement(
    "logins.speaking_sessions",
    "Which sessions still use the same identity (streams of open pages).",
    "users_session_pkey",
    "users_identity_access_pair",
)
_SPEAKING_SESSIONS = f"""
    SELECT s.id, s.identity_id FROM users_session s JOIN users_user u ON u.id = s.user_id JOIN users_identity i ON i.id = s.identity_id
    WHERE s.id = ANY(%(ids)s::bigint[]) AND s.expires_at > now() AND {may_act_in_sql("u")} AND {is_active("i")}
    AND {holds_in_sql("s.user_id", "s.identity_id")}"""


async def speaking_sessions(session_ids: Sequence[int]) -> dict[int, int]:
    """Return session id → identity id for the live sessions among these whose login may use an identity. One query."""
    return dict(await sql.rows(SPEAKING(_SPEAKING_SESSIONS, ids=list(session_ids))))


async def may_session_act_as(session_id: int, identity_id: int) -> bool:
    """Return whether a session is live and its login may use this identity, even if another one is selected. By primary keys."""
    found = await sql.value(
        f"""SELECT 1 FROM users_session s JOIN users_user u ON u.id = s.user_id JOIN users_identity i ON i.id = %(identity)s
            WHERE s.id = %(session)s AND s.expires_at > now() AND {may_act_in_sql("u")} AND {is_active("i")}
            AND {holds_in_sql("s.user_id", "i.id")}""",
        {"session": session_id, "identity": identity_id},
    )
    return found is not None


async def sessions_of(user: User) -> list[Session]:
    """Return this login's live sessions, last used first."""
    found = Session.objects.filter(user=user.pk, expires_at__gt=clock.now()).order_by("-last_used_at")
    return [session async for session in found]


async def user_by_email(email: str) -> User | None:
    """Return the login with this address, case-insensitively: the confirmed one, else the latest sign-up. Index users_user_address."""
    if "\x00" in email:
        return None
    holds = ExpressionWrapper(
        Q(confirmed_at__isnull=False) | Q(is_disabled=True) | Q(is_staff=True), BooleanField()
    )
    latest_first = (F("confirmed_at").asc(nulls_last=True), "-holds", "-pk")
    return await users_with_address(email).alias(holds=holds).order_by(*latest_first).afirst()


async def user_by_password_hash(email: str, password_hash: str) -> User | None:
    """Return the login with this address and hash, even if there are later sign-ups with the address. Index users_user_address."""
    if "\x00" in email or not password_hash:
        return None
    return await users_with_address(email).filter(password_hash=password_hash).order_by("-pk").afirst()


def users_with_address(email: str) -> QuerySet[User]:
    """Return every login with this address. Index users_user_address.

    Several can sign up with it until one is confirmed.
    """
    return User.objects.alias(e=Lower("email")).filter(e__in=stored_spellings(email))


async def logins_before(user_id: int | None, *, staff_only: bool, limit: int) -> list[User]:
    """Return logins older than this id, newest first. Served by the primary key, or by users_user_of_staff."""
    found = User.objects.order_by("-id")
    if user_id is not None:
        found = found.filter(pk__lt=user_id)
    if staff_only:
        found = found.filter(is_staff=True)
    return [user async for user in found[:limit]]


async def staff_of(domain: Domain, *, limit: int) -> list[int]:
    """Return the ids of discoverable identities on this domain that belong to staff. Index users_user_of_staff."""
    return await sql.column(
        f"""SELECT i.id FROM (SELECT * FROM users_user u WHERE {has_right_in_sql("u", Permission.view_dashboard, "%(domain)s")} ORDER BY u.id LIMIT 50) u
            JOIN users_identityaccess a ON a.user_id = u.id AND a.is_owner
            JOIN users_identity i ON i.id = a.identity_id
            WHERE NOT u.is_disabled AND i.domain_id = %(domain)s AND i.is_discoverable AND {is_unrestricted("i")}
            AND i.moved_to_uri = '' ORDER BY i.id LIMIT %(limit)s""",
        {"domain": domain.pk, "limit": limit},
    )


async def owner_named(text: str) -> int:
    """Return the id of the login with an e-mail address, or of the sole owner of a local identity. Raises NotFound."""
    text = text.strip()
    username, at, host = text.removeprefix("@").partition("@")
    owners = IdentityAccess.objects.filter(
        is_owner=True,
        identity__username__iexact=username,
        identity__domain__name__iexact=host,
        identity__deleted_at=None,
    )
    found = (
        [pk async for pk in owners.values_list("user", flat=True)[:2]] if at and "\x00" not in text else []
    )
    if not found and not text.startswith("@") and (user := await user_by_email(text)) is not None:
        found = [user.pk]
    if len(found) != 1:
        raise NotFound(code="no_such_login")
    return found[0]


async def domain_of_sign_up(user_id: int) -> int | None:
    """Return the id of the domain of a login's pending sign-up; None if it has none."""
    return await SignUp.objects.filter(user=user_id).values_list("domain", flat=True).afirst()


async def domains_of(user_id: int) -> set[int]:
    """Return the ids of the domains on which a login has or requests identities. Index users_identity_access_pair."""
    held = Identity.objects.filter(identityaccess__user=user_id, deleted_at=None, domain__isnull=False)
    homes = {pk async for pk in held.values_list("domain", flat=True).distinct()}
    wanted = await domain_of_sign_up(user_id)
    return homes | ({wanted} if wanted is not None else set())


MAY_INVITE = Permission.manage_invites | Permission.invite_users


def live_invitations() -> QuerySet[Invitation]:
    """Return the valid invitations: not expired, and their creator may still invite."""
    may_invite = RawSQL(  # noqa: S611  # our own fragments only
        f"""EXISTS (SELECT 1 FROM users_user u WHERE u.id = users_invitation.made_by_id
            AND {has_right_in_sql("u", MAY_INVITE, "users_invitation.domain_id")})""",
        (),
        output_field=BooleanField(),
    )
    return Invitation.objects.filter(Q(made_by=None) | Q(may_invite), expires_at__gt=clock.now())


def usable_invitations() -> QuerySet[Invitation]:
    """Return the valid invitations that let in somebody more."""
    return live_invitations().filter(Q(max_sign_ups=None) | Q(sign_ups__lt=F("max_sign_ups")))


async def invitations(
    *, scope: Scope, made_by: int | None = None, before: int | None = None, limit: int
) -> list[Invitation]:
    """Return valid invitations to these domains, or by this login, with `domain` and `made_by`, newest first. Served by the primary key."""
    found = live_invitations().select_related("domain", "made_by").order_by("-pk")
    if scope is not None:
        found = found.filter(Q(domain__in=scope) | Q(made_by=made_by) if made_by else Q(domain__in=scope))
    if before is not None:
        found = found.filter(pk__lt=before)
    return [one async for one in found[:limit]]


def unconfirmed_users(email: str) -> QuerySet[User]:
    """Return the unconfirmed logins with this address: at most one of them belongs to its owner."""
    return users_with_address(email).filter(confirmed_at=None, is_staff=False, is_disabled=False)


async def sign_ups_beside(user: User, *, limit: int) -> list[SignUp]:
    """Return the sign-ups of a login, latest first, with `domain`: its own, and while its address is unconfirmed, all with the same
    address. Indexes users_user_address and the primary key.
    """
    beside = unconfirmed_users(user.email).values("pk") if not user.holds_address else [user.pk]
    found = SignUp.objects.select_related("domain").filter(user__in=beside).order_by("-pk")
    return [each async for each in found[:limit]]


async def names_of_logins(user_ids: Collection[int], domain_id: int) -> dict[int, int]:
    """Return one identity per login: one on the domain if there is one, else the oldest it owns. Index users_identity_access_pair."""
    if not user_ids:
        return {}
    rows = await sql.rows(
        """SELECT w.id, a.identity_id FROM unnest(%s::bigint[]) AS w (id) CROSS JOIN LATERAL (
               SELECT a.identity_id FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
               WHERE a.user_id = w.id AND i.deleted_at IS NULL
               ORDER BY i.domain_id IS DISTINCT FROM %s, NOT a.is_owner, a.identity_id LIMIT 1) a""",
        [sorted(user_ids), domain_id],
    )
    return dict(rows)


async def user_by_id(user_id: int) -> User | None:
    return await User.objects.filter(pk=user_id).afirst()


async def identities_of(user: User) -> list[Identity]:
    """Return the identities that this login may use, oldest first, without deleted ones."""
    held = IdentityAccess.objects.filter(user=user.pk).values("identity")
    return [i async for i in Identity.objects.filter(pk__in=held, deleted_at=None).order_by("pk")]


async def identity_accessible_to(user: User, identity_id: int) -> Identity | None:
    """Return the identity, if this login may use it."""
    held = IdentityAccess.objects.filter(user=user.pk, identity=identity_id).values("identity")
    return await Identity.objects.filter(pk__in=held, deleted_at=None).afirst()


async def identity_owned(user: User, identity_id: int) -> Identity | None:
    """Return the local identity, if this login owns it and does not only share it."""
    owned = IdentityAccess.objects.filter(user=user.pk, identity=identity_id, is_owner=True).values(
        "identity"
    )
    return await Identity.objects.filter(pk__in=owned, deleted_at=None).afirst()


async def owned_named(user: User, domain: Domain, username: str) -> Identity | None:
    """Return this login's own identity with this name on the domain. Indexes users_identity_handle, users_identity_access_pair."""
    found = await by_name(username.strip(), domain.name)
    return await identity_owned(user, found.pk) if found is not None else None


async def owner_of(identity: Identity) -> User | None:
    """Return the login that owns an identity: the oldest, if there are several."""
    owners = IdentityAccess.objects.filter(identity=identity.pk, is_owner=True).values("user")
    return await User.objects.filter(pk__in=owners).order_by("pk").afirst()


async def identities_owned_by(user: User) -> set[int]:
    """Return the ids of the identities that this login owns. Index users_identity_access_pair."""
    owned = IdentityAccess.objects.filter(user=user.pk, is_owner=True)
    return {pk async for pk in owned.values_list("identity", flat=True)}


async def identities_owned_alone(user: User, *, counts_leaving: bool) -> set[int]:
    """Return the ids of the identities that this login owns and no other one does; `counts_leaving`: an owner that can't act counts.

    Indexes users_identity_access_pair and that of the identity.
    """
    others = IdentityAccess.objects.filter(identity=OuterRef("identity"), is_owner=True).exclude(user=user.pk)
    if not counts_leaving:
        others = others.filter(user__is_disabled=False, user__is_restricted=False, user__leaves_at=None)
    owned = IdentityAccess.objects.filter(user=user.pk, is_owner=True).exclude(Exists(others))
    return {pk async for pk in owned.values_list("identity", flat=True)}


async def may_act(identity_id: int) -> bool:
    """Return whether any login with access to this identity is neither disabled nor restricted. True if it never had a login."""
    free = await sql.value(
        f"""SELECT bool_or({may_act_in_sql("u")})
           FROM users_identityaccess a JOIN users_user u ON u.id = a.user_id WHERE a.identity_id = %s""",
        [identity_id],
    )
    return free is not False


async def may_act_as(user_id: int, identity_id: int) -> bool:
    """Return whether a login has access to an identity, and is neither disabled nor restricted. Index users_identity_access_pair."""
    free = await sql.value(
        f"""SELECT {may_act_in_sql("u")} FROM users_user u WHERE u.id = %(user)s AND {holds_in_sql("u.id", "%(identity)s")}""",
        {"user": user_id, "identity": identity_id},
    )
    return bool(free)


async def first_identity(user: User, domain: Domain | None) -> Identity | None:
    """Return the identity for a new session on `domain`: the login's oldest there, else its oldest."""
    identities = await identities_of(user)
    here = [i for i in identities if domain is not None and i.domain_id == domain.pk]
    return next(iter(here or identities), None)


async def is_taken(domain: Domain, username: str, *, but_for: str = "") -> bool:
    """Return whether a name on a local domain is in use or requested by a pending sign-up.

    `but_for`: an e-mail address whose unconfirmed sign-ups are ignored, because only one of them will be admitted. Served by
    users_identity_handle and users_signup_name.
    """
    if await by_name(username, domain.name) is not None:
        return True
    kept = SignUp.objects.alias(name=Lower("username")).filter(name=username.lower(), domain=domain.pk)
    if but_for:
        mine = users_with_address(but_for).filter(confirmed_at=None)
        kept = kept.exclude(user__in=mine.values("pk"))
    return bool(await kept.aexists())
