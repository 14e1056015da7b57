"""Sending of mails, deletion of ended sessions, limits, sign-ups and invitations, and revoking access to deleted identities."""

from datetime import timedelta

from django.utils.translation import override

from core import clock
from core.db import delete_batch, release_connection, sql
from core.db.batches import BATCH_SIZE
from core.languages import ENGLISH
from core.logs import get_logger
from core.mail import MailRefused, Sender, send_mail
from core.ratelimit import remove_ended_tries, remove_ended_uses
from stator import Outcome, every, failed, later, to
from users.domains.models import Domain
from users.domains.queries import domain_by_id
from users.identities import events
from users.identities.models import Identity
from users.logins.models import NETWORKS_KEPT_FOR, KnownNetwork, Mail, MailGraph, Session
from users.logins.services import deletion, invitations, notices, sign_up
from users.logins.services.mailing import mail_html

log = get_logger(__name__)


@MailGraph.waiting.each(lease=timedelta(seconds=90), concurrency=4)
async def send(mail: Mail) -> Outcome:
    """Send a mail to the mail server; on failure keep it, with the reason, as long as it is useful."""

    async def forget_text() -> None:
        await Mail.objects.filter(pk=mail.pk).aupdate(text="")

    if not mail.recipient:
        return to(MailGraph.unaddressed, effect=forget_text)
    if mail.useless_at < clock.now():
        return failed(f"it would come too late; {mail.state_error or 'it waited too long'}")
    domain = await domain_by_id(mail.domain_id) if mail.domain_id else None
    waiting = 0
    if mail.staff_about and domain:
        waiting = await notices.count_waiting(mail.staff_about, mail.recipient)
        if not waiting:
            return to(MailGraph.obsolete)
        with override(mail.language or ENGLISH):
            mail.subject, mail.text = notices.staff_mail_text(
                mail.staff_about, domain, waiting, mail.unsubscribe_url
            )

    async def finish() -> None:
        await forget_text()
        if (
            waiting and await notices.count_waiting(mail.staff_about, mail.recipient) > waiting
        ):  # queued while it was being sent
            await notices.mail_staff(mail.staff_about, domain, but_for=mail)

    try:
        sender = _sender(domain) if domain else None
        with override(mail.language or ENGLISH):
            html = mail_html(mail, domain)
        await release_connection()
        await send_mail(
            to=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            html=html,
            sender=sender,
            unsubscribe_url=mail.unsubscribe_url,
        )
    except MailRefused as error:
        log.warning("mail.not_sent", mail=mail.pk, reason=error.sentence, is_final=error.is_final)
        return failed(error.sentence) if error.is_final else later(error.sentence)
    return to(MailGraph.sent, effect=finish)


def _sender(domain: Domain) -> Sender:
    return Sender(domain.name, domain.title or domain.name, domain.contact_email, domain.mail_name)


@events.on_identity_deleted
async def revoke_access(identity: Identity) -> None:
    """Revoke every login's access to the identity."""
    await sql.run("DELETE FROM users_identityaccess WHERE identity_id = %s", [identity.pk])
    await sql.run("UPDATE users_session SET identity_id = NULL WHERE identity_id = %s", [identity.pk])


@every(timedelta(hours=1), name="users.ended_sessions")
async def remove_ended_sessions() -> None:
    """Delete ended sessions and their push subscriptions, in batches (index on expires_at)."""
    ended = Session.objects.filter(expires_at__lt=clock.now()).values_list("pk", flat=True)
    while ids := [pk async for pk in ended[:BATCH_SIZE]]:
        await Session.objects.filter(pk__in=ids).adelete()


@every(timedelta(minutes=1), name="users.ended_tries")
async def remove_old_tries() -> None:
    """Delete ended windows of limits, and networks not used for long by their login (index users_knownnetwork_last_at)."""
    await remove_ended_tries()
    await remove_ended_uses()
    old = {"before": clock.now() - NETWORKS_KEPT_FOR}
    while await delete_batch(sql.table(KnownNetwork), "last_at < %(before)s", old):
        pass


@every(timedelta(hours=1), name="users.stale_sign_ups")
async def remove_stale_sign_ups() -> None:
    """Delete up to 500 sign-ups that were not admitted within a week. Their names become available."""
    await sign_up.remove_identities_of_pending_sign_ups()
    await sign_up.remove_stale_sign_ups(before=clock.now() - sign_up.STALE_AFTER)


@every(timedelta(hours=1), name="users.left")
async def erase_left() -> int:
    """Erase identities and logins whose owners deleted them two weeks ago, at most 50 of each an hour."""
    return await deletion.erase_left()


@every(timedelta(hours=1), name="users.expired_invitations")
async def remove_expired_invitations() -> None:
    await invitations.remove_expired()
