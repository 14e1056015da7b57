"""Letting in those who signed up: their identity is made once their address is confirmed and, where one has to, a moderator agreed."""

from core import clock
from core.db import in_transaction, release_connection
from core.errors import NotFound
from core.keys import KeyPair, new_rsa_pair
from core.logs import get_logger
from users import events
from users.models import SignUp, User
from users.services import letters
from users.services.identities import insert_identity

log = get_logger(__name__)


async def key_pair_for(user: User) -> KeyPair | None:
    """Make keys for the identity that a login waits for; None when it waits for none. Takes a child process: call it before the transaction."""
    assert not in_transaction()
    if not await SignUp.objects.filter(user=user.pk).aexists():
        return None
    await release_connection()
    return await new_rsa_pair()


async def let_in(
    *, user_id: int, pair: KeyPair | None, is_confirmed: bool = False, is_approved: bool = False
) -> User:
    """Note that an address is confirmed, or that a moderator agreed; make the identity once nothing is missing.

    Runs inside the caller's transaction. Raises NotFound when the login was replaced or removed meanwhile.
    """
    user = await User.objects.select_for_update().filter(pk=user_id).afirst()
    if user is None:
        raise NotFound("There is no such login.")
    if is_confirmed:
        user.confirmed_at = user.confirmed_at or clock.now()
    if is_approved:
        user.approved_at = user.approved_at or clock.now()
    await user.asave(update_fields=["confirmed_at", "approved_at"])
    wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
    if wanted is not None and user.confirmed_at is not None and user.approved_at is None:
        await letters.tell_staff(letters.SIGN_UPS, wanted.domain)
    if wanted is None or pair is None or not user.is_in:
        return user
    await wanted.adelete()
    identity = await insert_identity(user=user, domain=wanted.domain, username=wanted.username, pair=pair)
    await events.on_let_in.happened(user, identity)
    if is_approved:
        await letters.tell_address(user.email, wanted.domain, "approved", f"@{identity.handle}")
    log.info("login.let_in", user=user.pk, handle=identity.handle)
    return user
