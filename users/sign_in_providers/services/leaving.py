"""Signing out at the provider, too (OpenID Connect RP-Initiated Logout 1.0)."""

from typing import NamedTuple

import msgspec

from core.pages.addresses import path_to
from users.domains.models import Domain
from users.logins.models import Session
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.reading import Metadata, with_query


class Farewell(NamedTuple):
    """The page of a provider that ends somebody's session there."""

    name: str
    url: str


async def farewell_of(session: Session, domain: Domain) -> Farewell | None:
    """Return where a session that began at a provider ends there, too. None if it began here, or the provider has no such page.

    Without the ID token as a hint, which is not kept: providers ask before they sign somebody out.
    """
    if session.provider_id is None:
        return None
    provider = await SignInProvider.objects.filter(pk=session.provider_id, domain=domain.pk).afirst()
    if provider is None or not provider.metadata:
        return None
    metadata = msgspec.convert(provider.metadata, Metadata)
    if not metadata.end_session_endpoint:
        return None
    query = {
        "client_id": provider.client_id,
        "post_logout_redirect_uri": after_sign_out(domain),
    }
    return Farewell(provider.name, with_query(metadata.end_session_endpoint, query))


def after_sign_out(domain: Domain) -> str:
    """Return the address to which a provider returns people who signed out. Staff enter it there."""
    return domain.base_url + path_to("front")
