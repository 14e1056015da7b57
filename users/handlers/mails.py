"""What becomes of mails that the mail server would not take at first."""

from datetime import timedelta

from core import clock
from core.mail import MailRefused, send_mail
from stator import Outcome, failed, later, to
from users.models import Mail, MailGraph


@MailGraph.waiting.each(lease=timedelta(seconds=90), concurrency=2)
async def send_again(mail: Mail) -> Outcome:
    """The mail is out, or waits with the reason until it would be of no use."""
    if mail.useless_at < clock.now():
        return failed(f"it would come too late; {mail.state_error or 'it waited too long'}")
    try:
        await send_mail(to=mail.recipient, subject=mail.subject, text=mail.text)
    except MailRefused as error:
        return failed(error.detail) if error.is_final else later(error.detail)

    async def forget_text() -> None:
        await Mail.objects.filter(pk=mail.pk).aupdate(text="")

    return to(MailGraph.sent, effect=forget_text)
