"""Mails leave here."""

from datetime import timedelta

from core import clock
from core.db import release_connection
from core.logs import get_logger
from core.mail import MailRefused, Sender, send_mail
from stator import Outcome, failed, later, to
from users.domains.queries import domain_by_id
from users.models import Mail, MailGraph
from users.services import letters
from users.services.mailing import html_of

log = get_logger(__name__)


@MailGraph.waiting.each(lease=timedelta(seconds=90), concurrency=4)
async def send(mail: Mail) -> Outcome:
    """Hand a mail to the mail server; keep it, with the reason, while the server does not take it and the mail is of use."""

    async def forget_text() -> None:
        await Mail.objects.filter(pk=mail.pk).aupdate(text="")

    if not mail.recipient:
        return to(MailGraph.unaddressed, effect=forget_text)
    if mail.useless_at < clock.now():
        return failed(f"it would come too late; {mail.state_error or 'it waited too long'}")
    domain = await domain_by_id(mail.domain_id) if mail.domain_id else None
    told = 0
    if mail.staff_about and domain:
        told = await letters.count_waiting(mail.staff_about)
        if not told:
            return to(MailGraph.obsolete)
        mail.subject, mail.text = letters.words_for_staff(mail.staff_about, domain, told)

    async def finish() -> None:
        await forget_text()
        if told and await letters.count_waiting(mail.staff_about) > told:  # they came while it left
            await letters.tell_staff(mail.staff_about, domain, but_for=mail)

    try:
        sender = Sender(domain.name, domain.title or domain.name, domain.contact_email) if domain else None
        html = html_of(mail, domain)
        await release_connection()
        await send_mail(to=mail.recipient, subject=mail.subject, text=mail.text, html=html, sender=sender)
    except MailRefused as error:
        log.warning("mail.not_sent", mail=mail.pk, reason=error.detail, is_final=error.is_final)
        return failed(error.detail) if error.is_final else later(error.detail)
    return to(MailGraph.sent, effect=finish)
