"""Look-ups of identities for federation, in every process: known actors, owners of inboxes, and keys."""

from core.crypto.keys import unseal
from core.errors import Paused
from federation import registry
from federation.signatures import SigningKey
from users.domains.queries import domain_by_id, domain_for_host, local_domains
from users.identities.models import Identity, KeyUse
from users.identities.queries import identities as reads
from users.identities.queries.keys import key_of


class SenderPaused(Paused):
    """The sender's domain is paused: look again often, because only this server has to know when the pause ends."""

    retry_after_s = 60


@registry.knows_actor
async def knows_actor(uri: str) -> bool:
    return await Identity.objects.filter(uri=uri, deleted_at=None).aexists()


@registry.inbox_owner
async def inbox_owner(host: str, username: str) -> int | None:
    """Return the identity that owns the inbox, if it is on a local domain."""
    domain = await domain_for_host(host)
    identity = await reads.local_by_username(domain, username) if domain else None
    return identity.pk if identity is not None and identity.deleted_at is None else None


@registry.system_base_url
async def main_base_url() -> str:
    """Return the base URL of the oldest domain, which represents the installation."""
    domains = await local_domains()
    if not domains:
        raise LookupError("there is no domain yet")
    return domains[0].base_url


@registry.signing_key_provider
async def signing_key(signer_id: int) -> SigningKey:
    """Return a local identity's key, also of a deleted one, whose Delete still has to be signed.

    A negative id selects the key before the last rotation, or the current one if that has expired. Raises SenderPaused while the
    identity's domain is paused: its deliveries wait.
    """
    if signer_id < 0:
        retired = await key_of(-signer_id, KeyUse.retired)
        if retired is not None:
            return SigningKey(retired.key_id, unseal(retired.private))
        signer_id = -signer_id
    found = await (
        Identity.objects.filter(pk=signer_id, domain__isnull=False)
        .values_list("public_key_id", "private_key", "domain")
        .afirst()
    )
    if found is None:
        raise LookupError(f"no local identity {signer_id}")
    domain = await domain_by_id(found[2])
    if domain is not None and domain.is_paused:
        raise SenderPaused(code="domain_paused", domain=domain.name)
    return SigningKey(found[0], unseal(found[1]))


@registry.domain_of_signer
async def domain_of_signer(signer_id: int) -> int | None:
    """Return the domain of a local identity; a negative id is that of an earlier key."""
    return await Identity.objects.filter(pk=abs(signer_id)).values_list("domain", flat=True).afirst()


@registry.proof_key_provider
async def proof_key(signer_id: int) -> SigningKey | None:
    """Return the key of a local identity's proofs, if it has one."""
    found = await key_of(signer_id, KeyUse.assertion)
    return None if found is None else SigningKey(found.key_id, unseal(found.private))
