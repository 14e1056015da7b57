"""Adding, changing, disabling and removing the providers of a domain, by staff who may change how its people sign in."""

from typing import Any

import msgspec
from django.db import IntegrityError

from core import clock
from core.crypto.keys import seal
from core.db import async_atomic, on_commit, sql
from core.errors import Invalid, NotAllowed, NotFound
from core.ids import new_id
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain
from users.domains.queries import clear_domain_cache
from users.logins.models import User
from users.logins.services.staff import require
from users.roles.models import Permission, Role
from users.roles.services import ensure_built_in
from users.sign_in_providers import queries as reads
from users.sign_in_providers.models import ExternalLogin, SignInProvider
from users.sign_in_providers.services import groups
from users.sign_in_providers.services.discovery import discover, first_keys

log = get_logger(__name__)

NEEDED = Permission.manage_user_access
"""Whoever may help people into their logins on a domain may say how they get in."""

MAX_ROLES = 50
_SCOPE_CHARACTERS = frozenset(chr(code) for code in range(0x21, 0x7F)) - {'"', "\\"}


class Wanted(msgspec.Struct, frozen=True):
    """The settings of a provider. An empty `client_secret` keeps the stored one. `roles`: [group, id of a role] pairs, the first match counts."""

    name: str
    client_id: str
    client_secret: str = ""
    scopes: str = "openid profile email"
    creates_logins: bool = False
    connects_addresses: bool = False
    replaces_local: bool = False
    groups_claim: str = "groups"
    roles: list[tuple[str, int]] = []


@audited(Act.add_provider)
async def add(
    *, by: User, domain: Domain, issuer: str, wanted: Wanted, row_id: int | None = None
) -> SignInProvider:
    """Add a provider after reading its discovery document, with this id if it was announced.

    Raises Invalid with what is wrong, NotAllowed for a role above one's own.
    """
    require(by, NEEDED, domain.pk)
    values = await _checked(by, domain, wanted)
    metadata = await discover(issuer)
    keys = await first_keys(metadata)
    try:
        async with async_atomic():
            await Domain.objects.select_for_update().aget(pk=domain.pk)
            if await SignInProvider.objects.filter(domain=domain.pk).acount() >= reads.MAX_PROVIDERS:
                raise Invalid("issuer", "too_many_providers", most=reads.MAX_PROVIDERS)
            made = await SignInProvider.objects.acreate(
                id=row_id or new_id(),
                domain=domain,
                issuer=metadata.issuer,
                metadata=msgspec.to_builtins(metadata),
                fetched_at=clock.now(),
                keys=keys,
                keys_fetched_at=clock.now(),
                client_secret=seal(wanted.client_secret) if wanted.client_secret else "",
                roles_by=by.pk or None,
                **values,
            )
            await _record(Act.add_provider, by, made, issuer=made.issuer)
            await _decide_local(domain.pk)
    except IntegrityError as error:
        raise Invalid("issuer", "provider_exists") from error
    log.info("provider.added", by=by.pk, provider=made.pk, domain=domain.name)
    return made


@audited(Act.change_provider)
async def change(*, by: User, provider_id: int, wanted: Wanted) -> SignInProvider:
    """Change a provider, except for its issuer. Raises NotAllowed if it gives roles above one's own."""
    provider = await _own(by, provider_id)
    values = await _checked(by, provider.domain, wanted)
    if wanted.client_secret:
        values["client_secret"] = seal(wanted.client_secret)
    async with async_atomic():
        fresh = await SignInProvider.objects.select_for_update().aget(pk=provider.pk)
        await _require_roles(by, fresh)
        changed = [name for name, value in values.items() if getattr(fresh, name) != value]
        values["roles_by"] = by.pk or None
        for name, value in values.items():
            setattr(fresh, name, value)
        await fresh.asave(update_fields=list(values))
        await _record(Act.change_provider, by, fresh, changed=changed)
        await _decide_local(fresh.domain_id)
    fresh.domain = provider.domain
    return fresh


@audited(Act.change_provider)
async def set_enabled(*, by: User, provider_id: int, is_enabled: bool) -> None:
    """Offer a provider on the sign-in page, or no longer. Connections stay, and so do roles that it gave."""
    provider = await _own(by, provider_id)
    async with async_atomic():
        await SignInProvider.objects.filter(pk=provider.pk).aupdate(is_enabled=is_enabled)
        await _record(Act.change_provider, by, provider, is_on=is_enabled)
        await _decide_local(provider.domain_id)
    log.info("provider.enabled" if is_enabled else "provider.disabled", by=by.pk, provider=provider.pk)


@audited(Act.remove_provider)
async def remove(*, by: User, provider_id: int) -> None:
    """Remove a provider with its connections and the roles that it gave. Raises NotAllowed if it gives roles above one's own."""
    provider = await _own(by, provider_id)
    await _require_roles(by, provider)
    async with async_atomic():
        # few: those of staff
        async for link in ExternalLogin.objects.filter(provider=provider.pk, role__isnull=False):
            await groups.take_back(provider, link)
        await ExternalLogin.objects.filter(provider=provider.pk).adelete()
        await SignInProvider.objects.filter(pk=provider.pk).adelete()
        await _record(Act.remove_provider, by, provider, issuer=provider.issuer)
        await _decide_local(provider.domain_id)
    log.info("provider.removed", by=by.pk, provider=provider.pk)


async def _own(by: User, provider_id: int) -> SignInProvider:
    """Return a provider that `by` may change, with `domain`. Raises NotFound."""
    provider = await reads.provider_in(by.scope(NEEDED), provider_id)
    if not by.may(NEEDED, provider.domain_id):
        raise NotFound(code="no_such_provider")
    return provider


async def _require_roles(by: User, provider: SignInProvider) -> None:
    """Raise NotAllowed if a provider gives a role that `by` could not: whoever changes its groups or its client could take it."""
    mapped = {role_id for _group, role_id in provider.roles}
    async for role in Role.objects.filter(pk__in=mapped):
        if not groups.may_give(by, role, provider.domain_id):
            raise NotAllowed(code="role_above_own")


async def _checked(by: User, domain: Domain, wanted: Wanted) -> dict[str, Any]:
    """Return the columns of a provider. Raises Invalid, and NotAllowed for a role that `by` could not give by hand."""
    name = " ".join(wanted.name.split())
    if not name or len(name) > 60 or not name.isprintable():
        raise Invalid("name", "provider_name", most=60)
    client_id = wanted.client_id.strip()
    if not client_id or len(client_id) > 512 or not client_id.isprintable():
        raise Invalid("client_id", "blank_client")
    scopes = wanted.scopes.split()
    if len(wanted.scopes) > 500 or not all(set(one) <= _SCOPE_CHARACTERS for one in scopes):
        raise Invalid("scopes", "not_scopes")
    scopes = list(dict.fromkeys(["openid", *scopes]))
    if len(wanted.roles) > MAX_ROLES:
        raise Invalid("roles", "too_many_groups", most=MAX_ROLES)
    if wanted.roles:
        await ensure_built_in()
    known = {role.pk: role async for role in Role.objects.filter(pk__in=[pk for _, pk in wanted.roles])}
    for _group, role_id in wanted.roles:
        role = known.get(role_id)
        if role is None or role.domain_id not in {None, domain.pk}:
            raise Invalid("roles", "unknown_role")
        if not groups.may_give(by, role, domain.pk):
            raise NotAllowed(code="role_above_own")
    return {
        "name": name,
        "client_id": client_id,
        "scopes": " ".join(scopes),
        "creates_logins": wanted.creates_logins,
        "connects_addresses": wanted.connects_addresses,
        "replaces_local": wanted.replaces_local,
        "groups_claim": wanted.groups_claim.strip()[:100] or "groups",
        "roles": [[group.strip()[:200], role_id] for group, role_id in wanted.roles],
    }


async def _decide_local(domain_id: int) -> None:
    """Turn the local sign-in of a domain off if one of its providers replaces it. Inside the caller's transaction."""
    await sql.run(
        """UPDATE users_domain SET has_local_sign_in = NOT EXISTS (
               SELECT 1 FROM users_signinprovider p WHERE p.domain_id = %(domain)s AND p.is_enabled AND p.replaces_local)
           WHERE id = %(domain)s""",
        {"domain": domain_id},
    )

    async def forget() -> None:
        clear_domain_cache()

    await on_commit(forget)


async def _record(act: Act, by: User, provider: SignInProvider, **details: object) -> None:
    target = Target("provider", provider.pk, provider.name)
    await record(act, target, by=by.pk, domain_id=provider.domain_id, details=details)
