"""Reads of sign-in providers and connected accounts. Users see their own connections only; callers check that readers of others are staff."""

from collections.abc import Collection

from django.db.models import Count, QuerySet

from core.db import sql
from core.errors import NotFound
from users.domains.models import Domain
from users.logins.models import User
from users.roles.models import Scope
from users.sign_in_providers.models import ExternalLogin, SignInProvider

MAX_PROVIDERS = 20  # of a domain


async def providers_of(domain: Domain) -> list[SignInProvider]:
    """Return the providers at which people can sign in to a domain, oldest first. Index users_sign_in_provider_issuer."""
    found = SignInProvider.objects.filter(domain=domain.pk, is_enabled=True).order_by("pk")
    return [one async for one in found[:MAX_PROVIDERS]]


async def open_provider(domain: Domain, provider_id: int) -> SignInProvider:
    """Return an enabled provider of a domain. Raises NotFound."""
    found = await SignInProvider.objects.filter(pk=provider_id, domain=domain.pk, is_enabled=True).afirst()
    if found is None:
        raise NotFound(code="no_such_provider")
    return found


async def link_of(provider: SignInProvider, subject: str) -> ExternalLogin | None:
    """Return the connection of an account at a provider, with `user`. Index users_external_login_subject."""
    found = ExternalLogin.objects.select_related("user").filter(provider=provider.pk, subject=subject)
    return await found.afirst()


async def links_of(user: User) -> list[ExternalLogin]:
    """Return the connections of a login, with `provider` and its domain. Index users_external_login_of_user."""
    found = ExternalLogin.objects.select_related("provider__domain").filter(user=user.pk).order_by("pk")
    return [one async for one in found]


def _within(scope: Scope) -> QuerySet[SignInProvider]:
    found = SignInProvider.objects.select_related("domain")
    return found if scope is None else found.filter(domain__in=scope)


async def providers_in(scope: Scope, *, limit: int) -> list[SignInProvider]:
    """Return the providers of these domains with `domain`, of all domains for the whole server."""
    return [one async for one in _within(scope).order_by("domain_id", "pk")[:limit]]


async def provider_in(scope: Scope, provider_id: int) -> SignInProvider:
    """Return a provider of these domains, with `domain`. Raises NotFound."""
    found = await _within(scope).filter(pk=provider_id).afirst()
    if found is None:
        raise NotFound(code="no_such_provider")
    return found


async def count_links(providers: Collection[int]) -> dict[int, int]:
    """Return how many logins are connected with each of these providers. Index users_external_login_subject."""
    found = ExternalLogin.objects.filter(provider__in=providers).values_list("provider").annotate(Count("pk"))
    return {pk: count async for pk, count in found.order_by()}


async def count_locked_out(provider_id: int) -> int:
    """Count the logins that have no other way to sign in than a provider: neither password nor passkey nor another provider."""
    return int(
        await sql.value(
            """SELECT count(*) FROM users_externallogin e JOIN users_user u ON u.id = e.user_id
               WHERE e.provider_id = %(provider)s AND u.password_hash = '' AND NOT u.has_passkey
               AND NOT EXISTS (SELECT 1 FROM users_externallogin o JOIN users_signinprovider p ON p.id = o.provider_id
                               WHERE o.user_id = e.user_id AND o.provider_id <> e.provider_id AND p.is_enabled)""",
            {"provider": provider_id},
        )
        or 0
    )
