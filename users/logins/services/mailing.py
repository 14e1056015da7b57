"""Queueing of mails. A mail is a row: it commits with the change that it reports, and the worker sends it. The texts are in templates/mail/."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from core import clock
from core.languages import ENGLISH
from users.domains.models import Domain
from users.logins import queries as login_reads
from users.logins.models import Mail, User

MAX_HANDLES = 5  # that a mail names; it says that there are more
_MAX_SIGN_UPS = 50


async def queue_mail(
    *,
    to: str,
    domain: Domain,
    about: str,
    useful_for: timedelta,
    language: str = "",
    **facts: str | int | date | Sequence[object] | None,
) -> Mail:
    """Queue the mail `templates/mail/{about}.txt`. The worker sends it at once, or retries until `useful_for` is over.

    Call it inside the transaction that the mail is about. An empty `to` creates the same row and sends nothing: for responses that must
    not reveal, even by their timing, whether an address has a login. Without a `language` the request's is used: for mails to the
    requester. The fact `unsubscribe_url` is for mails that people may decline: mail clients offer it, too.
    """
    language = language or get_language() or ENGLISH
    with override(language):
        subject, text = mail_text(about, domain, **facts)
    return await Mail.objects.acreate(
        recipient=to,
        domain_id=domain.pk,
        subject=subject,
        text=text,
        language=language,
        unsubscribe_url=str(facts.get("unsubscribe_url") or ""),
        useless_at=clock.now() + useful_for,
    )


def mail_text(
    about: str, domain: Domain, **facts: str | int | date | Sequence[object] | None
) -> tuple[str, str]:
    """Return subject and text of the mail `templates/mail/{about}.txt`."""
    subject, _, text = render_to_string(f"mail/{about}.txt", {"domain": domain, **facts}).partition("\n")
    return subject, text.strip() + "\n"


async def handles_of(user: User) -> list[str]:
    """Return the handles that name this login in mails, at most one more than these show.

    These are its identities, else the names that sign-ups with its address ask for; empty for neither.
    """
    sign_ups = await login_reads.sign_ups_beside(user, limit=_MAX_SIGN_UPS)
    wanted = list(dict.fromkeys(each.handle for each in sign_ups))
    identities = await login_reads.identities_of(user)
    return ([identity.handle for identity in identities] or wanted)[: MAX_HANDLES + 1]


def mail_html(mail: Mail, domain: Domain | None) -> str:
    """Return the mail's text as HTML: paragraphs, with an address on its own line as a link. Loads nothing external."""
    paragraphs = [part.splitlines() for part in mail.text.strip().split("\n\n")]
    return render_to_string(
        "mail/letter.html", {"subject": mail.subject, "domain": domain, "paragraphs": paragraphs}
    )
