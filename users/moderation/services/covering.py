"""Marking the media of all of a user's posts, present and future, as sensitive, and undoing it."""

from core.db import async_atomic
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import audited
from users.identities.models import Identity
from users.logins.models import User
from users.moderation import events
from users.moderation.models import AccountWarning, WarningAction
from users.moderation.services import same_login
from users.moderation.services.warning import checked_text, give, person_to_act_on, record_act, report_about

log = get_logger(__name__)


@audited(Act.cover_media)
async def set_sensitized(
    *,
    moderator: User,
    identity_id: int,
    is_sensitized: bool,
    reason: str = "",
    message: str = "",
    report_id: int | None = None,
    is_mailed: bool = True,
) -> Identity:
    """Mark the media of all posts of an identity as sensitive, or return to each post's own setting. As in `restrict`: for whom,
    `reason`, `message`.

    It holds for the other identities of its logins, too, until it is lifted from this one.
    """
    message = checked_text(message)
    async with async_atomic():
        identity = await person_to_act_on(moderator, identity_id)
        report_id = await report_about(moderator, identity.pk, report_id)
        before, identity.is_sensitized = identity.is_sensitized, is_sensitized
        identity.sensitized_with = None
        await identity.asave(update_fields=["is_sensitized", "sensitized_with"])
        await same_login.follow_covering(identity, is_sensitized, by=moderator.pk)
        if is_sensitized and not before:
            await give(
                actor=moderator,
                identity=identity,
                action=WarningAction.sensitive,
                text=message,
                report_id=report_id,
                is_mailed=is_mailed,
            )
        await record_act(
            Act.cover_media,
            identity,
            actor=moderator,
            reason=reason,
            message=message,
            is_sensitized=is_sensitized,
        )
    log.info("moderation.covered", by=moderator.pk, handle=identity.handle, is_sensitized=is_sensitized)
    return identity


@events.on_warning_undone
async def show_again(warning: AccountWarning) -> None:
    """Undo the marking that came with a warning, unless staff marked the identity again since."""
    if warning.action != WarningAction.sensitive:
        return
    later = AccountWarning.objects.filter(
        identity=warning.identity_id, pk__gt=warning.pk, action=WarningAction.sensitive.value
    )
    if not await later.aexists():
        await same_login.lock_with_others(warning.identity_id)
        identity = await Identity.objects.aget(pk=warning.identity_id)
        identity.is_sensitized, identity.sensitized_with = False, None
        await identity.asave(update_fields=["is_sensitized", "sensitized_with"])
        await same_login.follow_covering(identity, False)
