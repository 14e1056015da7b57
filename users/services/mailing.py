"""Mails to people. A mail is a row: it commits with what it is about, and the worker sends it."""

from datetime import timedelta

from core import clock
from users.models import Mail


async def post_mail(*, to: str, subject: str, text: str, useful_for: timedelta) -> Mail:
    """Queue a mail. The worker sends it at once, or tries again until `useful_for` is over.

    Call it inside the transaction that the mail is about. An empty `to` makes the same row and sends nothing: for answers that must not tell,
    by their time either, whether an address has a login.
    """
    return await Mail.objects.acreate(
        recipient=to, subject=subject, text=text, useless_at=clock.now() + useful_for
    )
