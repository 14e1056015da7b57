"""Notification mails: to users about their login and identities, to staff about waiting items.

Call these functions inside the transaction of the change that they report.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import QuerySet

from core import clock
from core.db import async_atomic, sql
from core.errors import NotFound
from core.languages import ENGLISH
from core.pages.addresses import path_to
from users.domains.models import Domain
from users.domains.queries import domain_by_id, main_domain
from users.identities.models import Identity
from users.logins import queries as login_reads
from users.logins.models import Mail, MailGraph, SignUp, StaffMails, User
from users.logins.services.mailing import handles_of, mail_text, queue_mail
from users.roles.models import Permission, Scope

_USEFUL_FOR = timedelta(days=3)
_STAFF_PAUSE = timedelta(hours=1)  # between two mails of a kind to one member of staff
_DAILY_AT_H = 7  # UTC
_MAX_STAFF, _MAX_LOGINS, _MAX_COUNTED = 50, 20, 1000

SIGN_UPS = "sign_ups"

type Waiting = Callable[[Scope], QuerySet[Any]]
_waiting: dict[str, tuple[Permission, Waiting]] = {}
_of_server: set[str] = set()


def register_waiting(
    about: str, permission: Permission, *, of_server: bool = False
) -> Callable[[Waiting], Waiting]:
    """Register a query for the items of a kind that wait for staff with a permission, on the domains where they have it.

    `of_server`: on the whole server only. The mail's text is `templates/mail/staff/{about}.txt`.
    """

    def register(find: Waiting) -> Waiting:
        _waiting[about] = (permission, find)
        if of_server:
            _of_server.add(about)
        return find

    return register


def waiting_kinds() -> frozenset[str]:
    """Return every registered kind of waiting item."""
    return frozenset(_waiting)


@register_waiting(SIGN_UPS, Permission.manage_users)
def sign_ups_waiting(scope: Scope) -> QuerySet[SignUp]:
    """Return sign-ups with a confirmed address that were not admitted yet."""
    asking = SignUp.objects.filter(user__approved_at=None, user__confirmed_at__isnull=False)
    return asking if scope is None else asking.filter(domain__in=scope)


async def mail_user(user: User, about: str, **facts: str | date | Sequence[str]) -> None:
    """Queue a mail about a login, sent from the domain of its oldest identity. A login without identities gets none."""
    identities = await login_reads.identities_of(user)
    domain = await domain_by_id(identities[0].domain_id) if identities and identities[0].domain_id else None
    if domain is not None:
        handles = await handles_of(user)
        await queue_mail(
            to=user.email,
            domain=domain,
            about=about,
            useful_for=_USEFUL_FOR,
            language=user.language,
            handles=handles,
            **facts,
        )


async def mail_logins_of(
    identity: Identity, about: str, *, only: User | None = None, **facts: str | int | date
) -> None:
    """Queue a mail about a local identity to the logins with access to it, or to `only` one, worded for what each may currently do."""
    domain = await domain_by_id(identity.domain_id) if identity.domain_id else None
    if domain is None:
        return
    users = User.objects.filter(identityaccess__identity=identity.pk).order_by("pk")
    if only is not None:
        users = users.filter(pk=only.pk)
    for user in [user async for user in users[:_MAX_LOGINS]]:
        await queue_mail(
            to=user.email,
            domain=domain,
            about=about,
            useful_for=_USEFUL_FOR,
            language=user.language or ENGLISH,
            handle=f"@{identity.handle}",
            is_disabled=user.is_disabled,
            is_restricted=user.is_restricted,
            **facts,
        )


async def mail_about_handle(user: User, domain: Domain, about: str, handle: str, message: str = "") -> None:
    """Queue a mail about a requested handle. Staff cause it, so it does not use the language of the request."""
    await queue_mail(
        to=user.email,
        domain=domain,
        about=about,
        useful_for=_USEFUL_FOR,
        language=user.language or ENGLISH,
        handle=handle,
        message=message,
    )


async def mail_staff(about: str, domain: Domain | None, *, but_for: Mail | None = None) -> None:
    """Queue a mail about a waiting item on a domain, or without one on the server: at most one of a kind an hour to each member of staff, as they chose.

    `but_for` is already being sent. What concerns no domain is for staff of the whole server, and its mail comes from the main domain.
    """
    sender = domain or await main_domain()
    if sender is None:
        return
    place = domain.pk if domain is not None else None
    async with async_atomic():
        await sql.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"mails to staff: {about}"])
        # index users_user_of_staff
        staff = User.objects.filter(is_staff=True, is_disabled=False, is_restricted=False, leaves_at=None)
        permission, _find = _waiting[about]
        those = [
            row
            async for row in staff.order_by("pk")
            if row.may(permission, place) and staff_mails_of(row, about) != StaffMails.none
        ]
        reads = {row.email: row for row in those[:_MAX_STAFF]}
        now = clock.now()
        due = {email: _due_at(staff_mails_of(row, about), now) for email, row in reads.items()}
        # index users_mail_to_staff
        async for mail in Mail.objects.filter(staff_about=about, recipient__in=list(reads)):
            if but_for is not None and mail.pk == but_for.pk:
                due[mail.recipient] = max(due.get(mail.recipient, now), now + _STAFF_PAUSE)
            elif mail.state == MailGraph.waiting.name:
                due.pop(mail.recipient, None)
            elif mail.state == MailGraph.sent.name and mail.recipient in due:
                due[mail.recipient] = max(due[mail.recipient], mail.state_changed_at + _STAFF_PAUSE)
        await Mail.objects.abulk_create(
            [
                Mail(
                    recipient=email,
                    domain_id=sender.pk,
                    staff_about=about,
                    language=reads[email].language if email in reads else "",
                    unsubscribe_url=_stop_url(sender, reads[email], about) if email in reads else "",
                    state_due_at=when,
                    useless_at=when + _USEFUL_FOR,
                )
                for email, when in due.items()
            ]
        )


def _due_at(often: StaffMails, now: datetime) -> datetime:
    """Return when to send a mail about items that wait now: daily ones at a fixed hour, as sent mails are forgotten after an hour."""
    if often != StaffMails.daily:
        return now
    today = now.replace(hour=_DAILY_AT_H, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def staff_mails_of(user: User, about: str) -> StaffMails:
    """Return how often a member of staff gets mails about waiting items of a kind."""
    return StaffMails(user.staff_mails.get(about, StaffMails.at_once))


def kinds_for(user: User) -> list[str]:
    """Return the kinds of waiting items that a member of staff gets mails about."""
    return [
        about
        for about, (permission, _find) in _waiting.items()
        if (user.may(permission) if about in _of_server else user.scope(permission) != frozenset())
    ]


async def choose_staff_mails(*, user: User, often: Mapping[str, StaffMails]) -> None:
    """Set how often a member of staff gets mails about waiting items, by kind. Mails that wait are sent as they would have been."""
    async with async_atomic():
        locked = await User.objects.select_for_update().aget(pk=user.pk)
        locked.staff_mails |= {about: str(chosen) for about, chosen in often.items() if about in _waiting}
        await locked.asave(update_fields=["staff_mails"])
        if declined := [about for about, chosen in often.items() if chosen == StaffMails.none]:
            mails = Mail.objects.filter(staff_about__in=declined, recipient=locked.email)
            await mails.filter(state=MailGraph.waiting.name).adelete()
    user.staff_mails = locked.staff_mails


def _signer() -> signing.Signer:
    return signing.Signer(salt="users.staff_mails")


def _stop_url(domain: Domain, user: User, about: str) -> str:
    return f"{domain.base_url}{path_to('staff-mails-stop', token=_signer().sign(f'{user.pk}.{about}'))}"


async def staff_mails_in(token: str) -> tuple[User, str]:
    """Return the login and the kind of mails of a link in one. Raises NotFound."""
    try:
        user_id, _, about = _signer().unsign(token).partition(".")
    except signing.BadSignature as error:
        raise NotFound(code="bad_link") from error
    user = await login_reads.user_by_id(int(user_id))
    if user is None:
        raise NotFound(code="bad_link")
    return user, about


async def count_waiting(about: str, email: str) -> int:
    """Count the items of this kind that wait for the staff member with this address, up to a thousand."""
    permission, find = _waiting[about]
    user = await login_reads.user_by_email(email)
    scope = user.scope(permission) if user is not None else frozenset()
    return int(await find(scope).values("pk")[:_MAX_COUNTED].acount())


def staff_mail_text(about: str, domain: Domain, count: int, unsubscribe_url: str) -> tuple[str, str]:
    """Return subject and text of a mail to staff."""
    return mail_text(f"staff/{about}", domain, count=count, unsubscribe_url=unsubscribe_url)
