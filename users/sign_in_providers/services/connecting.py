"""Connecting accounts at providers with one's login, in the settings, and disconnecting them."""

from django.db import IntegrityError

from core.db import async_atomic
from core.errors import NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, record
from users.logins.models import User
from users.logins.services import notices
from users.sign_in_providers import queries as reads
from users.sign_in_providers.models import ExternalLogin, SignInProvider
from users.sign_in_providers.reading import Claims
from users.sign_in_providers.services import groups
from users.sign_in_providers.services.entering import connect as insert_link

log = get_logger(__name__)


async def connect(*, user: User, provider: SignInProvider, claims: Claims) -> None:
    """Connect an account with the login of a signed-in user. Raises NotAllowed if it is connected with another one.

    Its groups give a role with the next sign-in.
    """
    there = await reads.link_of(provider, claims.subject)
    if there is not None and there.user_id == user.pk:
        return
    if there is not None:
        raise NotAllowed(code="provider_taken", provider=provider.name)
    try:
        async with async_atomic():
            await User.objects.select_for_update().aget(pk=user.pk)
            await insert_link(provider=provider, user=user, claims=claims)
    except IntegrityError as error:
        raise NotAllowed(code="provider_other_account", provider=provider.name) from error


async def disconnect(*, user: User, link_id: int) -> None:
    """Disconnect an account from the login. Raises NotFound for another login's, NotAllowed if nothing else would let its owner in."""
    async with async_atomic():
        user = await User.objects.select_for_update().aget(pk=user.pk)
        links = await reads.links_of(user)
        link = next((one for one in links if one.pk == link_id), None)
        if link is None:
            raise NotFound
        others = [one for one in links if one.pk != link_id and one.provider.is_enabled]
        has_local = bool(user.password_hash or user.has_passkey) and link.provider.domain.has_local_sign_in
        if not others and not has_local:
            raise NotAllowed(code="provider_only_way", provider=link.provider.name)
        await groups.take_back(link.provider, link)
        await ExternalLogin.objects.filter(pk=link.pk).adelete()
        await notices.mail_user(user, "factor_changed", change="provider_off", name=link.provider.name)
        await record(
            Act.disconnect_login,
            Target("login", user.pk),
            by=user.pk,
            domain_id=link.provider.domain_id,
            details={"name": link.provider.name, "provider": str(link.provider_id)},
        )
    log.info("provider.disconnected", provider=link.provider_id, user=user.pk)
