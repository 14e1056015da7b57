"""The removal of a domain by the worker: mails to its people, then their deletion, then of everything else that belongs to it."""

from datetime import timedelta

from django.db.models import CASCADE

from core.db import sql
from core.errors import NotFound
from core.languages import ENGLISH
from core.logs import get_logger
from stator import Outcome, later, to
from users.audit.models import Act
from users.audit.services import Target, record
from users.closing.services import removal_day
from users.domains import events
from users.domains.models import Domain, DomainGraph, Level, Option
from users.emojis.models import Emoji
from users.emojis.services.own import remove_emojis
from users.identities.models import Identity
from users.identities.services.profiles import delete_identity
from users.logins.models import DomainAccess, SignUp, User
from users.logins.services.mailing import queue_mail
from users.roles.models import RoleGrant
from users.roles.services import refresh_rights

log = get_logger(__name__)

MAILS_AT_ONCE = 100
PEOPLE_AT_ONCE = 50  # being deleted at the same time, so that a host gets few Deletes between others' posts
_ROWS_AT_ONCE = 500
_MAILS_USEFUL_FOR = timedelta(days=10)
_PAUSE = timedelta(seconds=5)
_UNTIL_RETRIED = timedelta(minutes=10)

# The next people of a domain. Served by users_identity_of_domain.
_NEXT = """
    SELECT id FROM users_identity WHERE domain_id = %(domain)s AND id > %(after)s AND deleted_at IS NULL ORDER BY id LIMIT %(piece)s
"""

# the logins of some people, each with the first of its people on the domain, so that it gets one mail
_LOGINS = """
    SELECT u.email, u.language, i.username || '@' || i.host
    FROM users_identity i JOIN users_identityaccess a ON a.identity_id = i.id JOIN users_user u ON u.id = a.user_id
    WHERE i.id = ANY(%(people)s) AND NOT EXISTS (
        SELECT FROM users_identityaccess b JOIN users_identity j ON j.id = b.identity_id
        WHERE b.user_id = u.id AND j.domain_id = i.domain_id AND j.deleted_at IS NULL AND j.id < i.id)
    ORDER BY i.id, u.id
"""


@DomainGraph.warning.batch(size=1)
async def tell_people(domains: list[Domain]) -> Outcome:
    """Tell the next hundred people of a domain by mail when it will be removed."""
    [domain] = domains
    people = await _next(domain, MAILS_AT_ONCE)
    if not people:
        await Domain.objects.filter(pk=domain.pk).aupdate(removed_to=0)
        return to(DomainGraph.leaving)
    for email, language, handle in await sql.rows(_LOGINS, {"people": people}):
        await queue_mail(
            to=email,
            domain=domain,
            about="leaving/domain",
            useful_for=_MAILS_USEFUL_FOR,
            language=language or ENGLISH,
            handle=f"@{handle}",
            leaves_at=removal_day(domain),
        )
    await Domain.objects.filter(pk=domain.pk).aupdate(removed_to=people[-1])
    return later("more people are to be told", timedelta(), is_attempt=False)


@DomainGraph.closing.batch(size=1)
async def delete_people(domains: list[Domain]) -> Outcome:
    """Delete the next people of a domain, of whom at most fifty are announced and emptied at a time."""
    [domain] = domains
    busy = await sql.value(
        """SELECT count(*) FROM (SELECT FROM users_identity WHERE domain_id = %s AND state IN ('deleted', 'emptying')
               AND state_due_at IS NOT NULL LIMIT %s) busy""",
        [domain.pk, PEOPLE_AT_ONCE],
    )
    people = await _next(domain, PEOPLE_AT_ONCE - busy)
    for identity_id in people:
        identity = await Identity.objects.aget(pk=identity_id)
        try:
            await delete_identity(identity=identity)
        except NotFound:  # its owner was faster
            continue
    if people:
        await Domain.objects.filter(pk=domain.pk).aupdate(removed_to=people[-1])
    if people or busy:
        return later("its people are being deleted", _PAUSE, is_attempt=False)
    if stuck := await _count_failed(domain):
        return later(f"{stuck} of its people could not be deleted: retry them", _UNTIL_RETRIED)
    return to(DomainGraph.emptying)


async def _next(domain: Domain, piece: int) -> list[int]:
    return await sql.column(_NEXT, {"domain": domain.pk, "after": domain.removed_to, "piece": piece})


async def _count_failed(domain: Domain) -> int:
    """Count deleted people whose removal was given up. Served by the index of failed rows."""
    return await Identity.objects.filter(
        domain=domain.pk, state="unreachable", deleted_at__isnull=False
    ).acount()


@DomainGraph.emptying.batch(size=1)
async def empty_domain(domains: list[Domain]) -> Outcome:
    """Remove a bounded batch of what belongs to a domain; run again while there is more."""
    [domain] = domains
    if await _remove_a_piece(domain):
        return later("a piece was removed, and more is left", timedelta(), is_attempt=False)
    if await events.on_domain_emptied.emit(domain):
        return later("its posts are being removed", _PAUSE, is_attempt=False)
    await Domain.objects.filter(pk=domain.pk).aupdate(
        title="", description="", contact_email="", logo_file="", icon_file="", banner_file=""
    )
    await record(Act.erase_domain, Target("domain", domain.pk, domain.name), domain_id=domain.pk)
    log.info("domain.gone", domain=domain.name)
    return to(DomainGraph.gone)


async def _remove_a_piece(domain: Domain) -> bool:
    """Remove rows of one kind. Return False if there are none of any kind."""
    grants = [row async for row in RoleGrant.objects.filter(domain=domain.pk)[:_ROWS_AT_ONCE]]
    if grants:
        await RoleGrant.objects.filter(pk__in=[row.pk for row in grants]).adelete()
        await refresh_rights({row.user_id for row in grants})
        return True
    for model in (DomainAccess, SignUp):
        rows = [row async for row in model.objects.filter(domain=domain.pk)[:_ROWS_AT_ONCE]]
        if rows:
            await model.objects.filter(pk__in=[row.pk for row in rows]).adelete()
            await _delete_logins([row.user_id for row in rows])
            return True
    emojis = Emoji.objects.filter(domain=domain.pk).values_list("pk", flat=True)
    if found := [pk async for pk in emojis[:_ROWS_AT_ONCE]]:
        return bool(await remove_emojis(emoji_ids=found))
    for relation in Domain._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.on_delete is not CASCADE:
            continue
        of_domain = relation.field.model.objects.filter(**{relation.field.name: domain.pk})
        if ids := [pk async for pk in of_domain.values_list("pk", flat=True)[:_ROWS_AT_ONCE]]:
            await relation.field.model.objects.filter(pk__in=ids).adelete()
            return True
    await Option.objects.filter(level=Level.domain, owner=domain.pk).adelete()
    return False


async def _delete_logins(user_ids: list[int]) -> None:
    """Delete those of some logins that have nothing left on this server: no identity, domain, sign-up or role."""
    left = await sql.column(
        """SELECT u.id FROM users_user u WHERE u.id = ANY(%s) AND NOT u.is_staff
           AND NOT EXISTS (SELECT FROM users_identityaccess a WHERE a.user_id = u.id)
           AND NOT EXISTS (SELECT FROM users_domainaccess d WHERE d.user_id = u.id)
           AND NOT EXISTS (SELECT FROM users_signup s WHERE s.user_id = u.id)""",
        [user_ids],
    )
    await User.objects.filter(pk__in=left).adelete()
