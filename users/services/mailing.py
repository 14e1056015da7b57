"""Mails to people: sent at once, and kept for the worker when the mail server would not take them."""

from datetime import timedelta
from typing import Any

from core import clock
from core.logs import get_logger
from core.mail import MailRefused, send_mail
from users.models import Mail, MailGraph

log = get_logger(__name__)


async def post_mail(*, to: str, subject: str, text: str, useful_for: timedelta) -> None:
    """The mail is out, or kept: tried again until `useful_for` is over, or shown to operators with the reason. Never inside a transaction."""
    try:
        await send_mail(to=to, subject=subject, text=text)
    except MailRefused as error:
        log.warning("mail.not_sent", reason=error.detail, is_final=error.is_final)
        fate: dict[str, Any] = {"state_due_at": clock.now() + MailGraph.backoff.base}
        if error.is_final:
            fate = {"state": MailGraph.refused.name, "state_failed_in": MailGraph.waiting.name}
        await Mail.objects.acreate(
            recipient=to,
            subject=subject,
            text=text,
            useless_at=clock.now() + useful_for,
            state_error=error.detail[:1000],
            **fate,
        )
