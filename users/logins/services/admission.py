"""Admission of sign-ups: the identity is created once the address is confirmed and, where required, a moderator has approved."""

from django.db import IntegrityError

from core import clock
from core.crypto.keys import KeyPair, new_rsa_pair
from core.db import async_atomic, in_transaction
from core.errors import NotFound
from core.logs import get_logger
from users.access_rules.queries import verdict_on
from users.domains.models import SignUpMode
from users.logins import events
from users.logins import queries as logins
from users.logins.models import SignUp, User
from users.logins.services import notices
from users.logins.services.identities import allowed_name, insert_identity, reserve_name

log = get_logger(__name__)

_MAX_FORGOTTEN = 500


async def key_pair_for(user: User) -> KeyPair | None:
    """Generate keys for a login's pending identity; None if there is none. Uses a child process: call it before the transaction."""
    assert not in_transaction()
    if not await SignUp.objects.filter(user=user.pk).aexists():
        return None
    return await new_rsa_pair()


async def delete_unconfirmed(email: str) -> None:
    """Delete the logins of unconfirmed sign-ups with an address, with their passwords, links, tokens and requested names.

    Anybody may have made them, so the owner of the address must not inherit anything from them. If there are very many, the rest expires:
    a confirmed address admits nobody else, and sign-ups are deleted after a week.
    """
    ids = [
        pk
        async for pk in logins.unconfirmed_users(email)
        .order_by("-pk")
        .values_list("pk", flat=True)[:_MAX_FORGOTTEN]
    ]
    await User.objects.filter(pk__in=ids).adelete()


async def admit(
    *, user_id: int, pair: KeyPair | None, is_confirmed: bool = False, is_approved: bool = False
) -> User:
    """Record that an address was confirmed or a moderator approved; create the identity once both are done.

    Confirming deletes every other sign-up of the address. Runs inside the caller's transaction. Raises NotFound if the login was deleted,
    or another one confirmed the address first.
    """
    user = await lock_login(user_id)
    if is_confirmed:
        user.confirmed_at = user.confirmed_at or clock.now()
    if is_approved:
        user.approved_at = user.approved_at or clock.now()
    try:
        async with async_atomic():
            await user.asave(update_fields=["confirmed_at", "approved_at"])
    except IntegrityError as error:
        raise NotFound(code="confirmed_by_another") from error
    if user.confirmed_at is not None:
        await delete_unconfirmed(user.email)
    wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
    if wanted is not None and user.confirmed_at is not None and user.approved_at is None:
        await notices.mail_staff(notices.SIGN_UPS, wanted.domain)
    if wanted is None or pair is None or not user.is_admitted:
        return user
    await wanted.adelete()
    identity = await insert_identity(user=user, domain=wanted.domain, username=wanted.username, pair=pair)
    await events.on_admitted.emit(user, identity)
    if is_approved:
        await notices.mail_about_handle(user, wanted.domain, "approved", f"@{identity.handle}")
    log.info("login.let_in", user=user.pk, handle=identity.handle)
    return user


async def rename_sign_up(user: User, username: str) -> None:
    """Change the requested name of a sign-up to one chosen by the owner of the mailbox; an empty name keeps it.

    If a moderator approved the old name, approval is required again. Runs inside the caller's transaction, which has locked the login.
    Raises BadInput if the name is invalid or taken.
    """
    wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
    if wanted is None or not username.strip() or username.strip() == wanted.username:
        return
    username = await allowed_name(wanted.domain, username)
    await reserve_name(wanted.domain, username, but_for=user.email)
    await SignUp.objects.filter(pk=wanted.pk).aupdate(username=username)
    verdict = await verdict_on(domain_id=wanted.domain_id, email=user.email, address="")
    if wanted.domain.sign_up_mode == SignUpMode.approval or verdict.needs_approval:
        await User.objects.filter(pk=user.pk).aupdate(approved_at=None)


async def lock_login(user_id: int) -> User:
    """Lock the login and all others with its address in a fixed order, as two of them may be confirmed concurrently. Raises NotFound."""
    email = await User.objects.filter(pk=user_id).values_list("email", flat=True).afirst()
    rows = logins.users_with_address(email or "").select_for_update().order_by("pk")
    found = {user.pk: user async for user in rows}
    if user_id not in found:
        raise NotFound(code="no_such_login")
    return found[user_id]
