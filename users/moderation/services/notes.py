"""Notes of staff about users, for each other."""

from core import clock
from core.db import async_atomic, delete_batch
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.identities import events as identity_events
from users.identities.models import Identity
from users.logins.models import User
from users.logins.services.staff import require_somewhere
from users.moderation.models import StaffNote
from users.moderation.services.reports import domain_of, locked_report
from users.roles.models import Permission, is_within

log = get_logger(__name__)

MAX_NOTE_LENGTH = 2000


@audited(Act.add_note)
async def note_person(
    *, moderator: User, identity_id: int, text: str, row_id: int | None = None
) -> StaffNote:
    """Add a note about a user whom the login moderates, optionally with the id `row_id`. Raises Invalid and NotFound."""
    scope = require_somewhere(moderator, Permission.manage_users)
    async with async_atomic():
        identity = await Identity.objects.filter(pk=identity_id, deleted_at=None).afirst()
        if identity is None or not is_within(scope, identity.domain_id):
            raise NotFound(code="no_such_person")
        return await _add(moderator, identity, text, identity.domain_id, row_id=row_id)


@audited(Act.add_note)
async def note_report(*, moderator: User, report_id: int, text: str, row_id: int | None = None) -> StaffNote:
    """Add a note about the reported user, beside a report that the login handles. Raises as `note_person`."""
    async with async_atomic():
        report = await locked_report(moderator, report_id)
        return await _add(moderator, report.target, text, domain_of(report), report.pk, row_id)


async def _add(
    moderator: User,
    identity: Identity,
    text: str,
    domain_id: int | None,
    report_id: int | None = None,
    row_id: int | None = None,
) -> StaffNote:
    text = text.strip()
    if not text:
        raise Invalid("text", "blank")
    if len(text) > MAX_NOTE_LENGTH:
        raise Invalid("text", "exceeds", most=MAX_NOTE_LENGTH)
    made = await StaffNote.objects.acreate(
        id=row_id or new_id(),
        identity=identity,
        report_id=report_id,
        domain_id=domain_id,
        author_id=moderator.pk or None,
        text=text,
        created_at=clock.now(),
    )
    target = Target("person", identity.pk, identity.handle)
    await record(Act.add_note, target, by=moderator.pk, domain_id=domain_id)
    log.info("moderation.noted", by=moderator.pk, about=identity.pk)
    return made


@audited(Act.delete_note)
async def delete_note(*, moderator: User, note_id: int) -> StaffNote:
    """Delete a note that the login may read. Raises NotFound for any other."""
    scope = require_somewhere(moderator, Permission.manage_users)
    async with async_atomic():
        rows = StaffNote.objects.select_related("identity").select_for_update(of=("self",))
        note = await rows.filter(pk=note_id).afirst()
        if note is None or not is_within(scope, note.domain_id):
            raise NotFound(code="no_such_note")
        await StaffNote.objects.filter(pk=note_id).adelete()
        target = Target("person", note.identity_id, note.identity.handle)
        await record(Act.delete_note, target, by=moderator.pk, domain_id=note.domain_id)
    return note


@identity_events.on_identity_deleted
async def delete_notes_about(identity: Identity) -> bool:
    """Delete the notes about a deleted user. Served by users_staffnote_about."""
    return await delete_batch("users_staffnote", "identity_id = %(who)s", {"who": identity.pk})
