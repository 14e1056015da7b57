"""Keys of local identities: those for proofs, and rotation of the main one."""

from core import clock
from core.crypto.keys import make_ed25519_pair, new_rsa_pair, seal
from core.db import async_atomic, sql
from core.ids import new_id
from core.logs import get_logger
from stator import transition
from users.audit.models import Act
from users.audit.services import Target, record_of_shell
from users.identities.models import RETIRED_KEY_VALID_FOR, ActorKey, Identity, IdentityGraph, KeyUse
from users.identities.services.locking import lock_own

log = get_logger(__name__)

_MADE_AT_ONCE = 500


def new_assertion_key(identity_id: int, uri: str) -> ActorKey:
    """Return an Ed25519 key for an identity's proofs, not stored."""
    pair, key_pk = make_ed25519_pair(), new_id()
    return ActorKey(
        id=key_pk,
        identity_id=identity_id,
        use=KeyUse.assertion,
        key_id=f"{uri}#ed25519-{key_pk}",
        public=pair.public_pem,
        private=seal(pair.private_pem),
    )


async def add_missing_assertion_keys() -> int:
    """Create keys for a bounded number of local identities that predate them; return how many (users_identity_of_domain)."""
    rows = await sql.rows(
        """SELECT id, uri FROM users_identity i WHERE domain_id IS NOT NULL AND deleted_at IS NULL AND private_key <> ''
           AND NOT EXISTS (SELECT FROM users_actorkey k WHERE k.identity_id = i.id AND k.use = 'assertion') LIMIT %s""",
        [_MADE_AT_ONCE],
    )
    made = [new_assertion_key(identity_id, uri) for identity_id, uri in rows]
    await ActorKey.objects.abulk_create(made, ignore_conflicts=True)
    return len(made)


async def rotate_key(*, identity: Identity, keeps_old: bool = True) -> Identity:
    """Give a local identity a new RSA key and tell followers' servers. Not inside a transaction.

    The old key stays in the actor document as long as something signed with it may arrive. It also signs the Update, because some servers
    accept a new key only then. Without `keeps_old`, for a compromised key, the old key becomes invalid at once and the key for proofs is
    replaced, too.
    """
    pair = await new_rsa_pair()
    async with async_atomic():
        fresh = await lock_own(identity)
        await ActorKey.objects.filter(identity=fresh.pk, use=KeyUse.retired).adelete()
        if keeps_old:
            await ActorKey.objects.acreate(
                identity=fresh,
                use=KeyUse.retired,
                key_id=fresh.public_key_id,
                public=fresh.public_key,
                private=fresh.private_key,
                expires_at=clock.now() + RETIRED_KEY_VALID_FOR,
            )
        else:
            await ActorKey.objects.filter(identity=fresh.pk, use=KeyUse.assertion).adelete()
            await new_assertion_key(fresh.pk, fresh.uri).asave(force_insert=True)
        fresh.public_key_id = f"{fresh.uri}#key-{new_id()}"
        fresh.public_key, fresh.private_key = pair.public_pem, seal(pair.private_pem)
        fresh.announced_as = fresh.announced_to = None
        await fresh.asave(
            update_fields=["public_key_id", "public_key", "private_key", "announced_as", "announced_to"]
        )
        await transition(fresh, IdentityGraph.edited)
        await record_of_shell(
            Act.rotate_key, Target("person", fresh.pk, fresh.handle), domain_id=fresh.domain_id
        )
    log.info("identity.key_rotated", handle=fresh.handle, keeps_old=keeps_old)
    return fresh


async def remove_expired_keys() -> int:
    """Delete retired keys that no valid signature uses any more (users_actor_key_expires)."""
    deleted, _ = await ActorKey.objects.filter(expires_at__lt=clock.now()).adelete()
    return int(deleted)
