"""Publishing and deleting announcements, reading them and reacting to them."""

import datetime as dt
import unicodedata
from collections.abc import Collection

from activities.announcements.models import (
    MAX_REACTIONS,
    Announcement,
    AnnouncementReaction,
    AnnouncementRead,
)
from activities.announcements.queries import require_shown
from activities.streaming import services as streaming
from core import clock
from core.db import async_atomic, sql
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.texts.emojis import is_shortcode
from core.texts.html import sanitise, to_text
from core.texts.markup import to_html
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain, DomainText, DomainTextKind
from users.domains.queries import domain_by_id
from users.domains.services import publish_text
from users.emojis.queries import used_emojis
from users.identities import events
from users.identities.models import Identity
from users.roles.models import Scope

MAX_LENGTH = 20_000
NOTICE_AFTER = dt.timedelta(days=30)
_KEYCAPS = frozenset("0123456789#*")
_JOINED = frozenset("\u200d\ufe0f\u20e3")


@audited(Act.publish_announcement)
async def announce(
    *,
    content: str,
    domain: Domain | None = None,
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
    all_day: bool = False,
    row_id: int | None = None,
) -> Announcement:
    """Publish `content` on the domain, or on all, until `ends_at`; optionally with the id `row_id`.

    It is text, in which addresses and hashtags become links, or HTML, which is sanitised.
    """
    if "<" not in content:
        content = to_html(content, base_url=domain.base_url if domain else "")
    content = sanitise(content).strip()
    if not content or len(content) > MAX_LENGTH:
        raise Invalid("content", "not_for_announcement", most=MAX_LENGTH)
    if ends_at is not None and ends_at <= (starts_at or clock.now()):
        raise Invalid("ends_at", "too_early")
    now = clock.now()
    async with async_atomic():
        row = await Announcement.objects.acreate(
            id=row_id or new_id(),
            domain=domain,
            content=content,
            starts_at=starts_at,
            ends_at=ends_at,
            all_day=all_day,
            published_at=now,
            updated_at=now,
        )
        await streaming.publish_announcement(row.pk)
        await record(
            Act.publish_announcement,
            Target("announcement", row.pk),
            domain_id=domain.pk if domain else None,
            details={"text": to_text(content)[:200]},
        )
    return row


@audited(Act.publish_text)
async def publish_with_notice(
    *, domain: Domain, kind: DomainTextKind, content: str, effective_on: dt.date, notice: str
) -> DomainText:
    """Publish a text of a domain and announce it there with `notice`, until a month after it takes effect; repeating it announces once."""
    last = dt.date.max - 2 * NOTICE_AFTER  # a day later, no time zone has an end for it
    end = dt.datetime.combine(min(effective_on, last), dt.time(), dt.UTC) + NOTICE_AFTER
    async with async_atomic():
        # the row of the text is locked from here on
        text = await publish_text(domain=domain, kind=kind, content=content, effective_on=effective_on)
        known = Announcement.objects.filter(domain=domain, ends_at=end)
        said = sanitise(to_html(notice, base_url=domain.base_url)).strip()
        if not await known.filter(content=said).aexists():
            await announce(content=said, domain=domain, ends_at=end)
    return text


@audited(Act.delete_announcement)
async def remove_announcement(*, announcement_id: int, scope: Scope = None) -> None:
    """Delete an announcement of these domains, or any, with all reads and reactions. Raises NotFound."""
    async with async_atomic():
        own = Announcement.objects.select_for_update().filter(pk=announcement_id)
        found = await (own if scope is None else own.filter(domain__in=scope)).afirst()
        if found is None:
            raise NotFound(code="no_such_announcement")
        await record(
            Act.delete_announcement,
            Target("announcement", found.pk),
            domain_id=found.domain_id,
            details={"text": to_text(found.content)[:200]},
        )
        for table in ("announcementread", "announcementreaction"):
            await sql.run(f"DELETE FROM activities_{table} WHERE announcement_id = %s", [announcement_id])
        await sql.run("DELETE FROM activities_announcement WHERE id = %s", [announcement_id])
        await streaming.publish_announcement_removal(announcement_id)


def is_emoji(text: str) -> bool:
    """Return whether this is a single Unicode emoji: symbols, possibly joined, with a skin tone, a flag or a keycap."""
    if not text or len(text) > 20:
        return False
    if text[-1] == "\u20e3":
        return text[0] in _KEYCAPS and text[1:-1] in {"", "\ufe0f"}
    flags = [char for char in text if "\U0001f1e6" <= char <= "\U0001f1ff"]
    if flags:
        return len(flags) == len(text) == 2
    kinds = [
        unicodedata.category(c) for c in text if c not in _JOINED and not "\U000e0020" <= c <= "\U000e007f"
    ]
    symbols = [char for char in text if unicodedata.category(char) == "So" or char in "‼⁉↔↕↩↪⤴⤵〰"]
    joints = text.count("\u200d")
    if any("\U0001f3fb" <= char <= "\U0001f3ff" for char in text):
        symbols = [char for char in symbols if not "\U0001f3fb" <= char <= "\U0001f3ff"] or symbols
    return bool(symbols) and set(kinds) <= {"So", "Sk", "Sm", "Po", "Pd"} and len(symbols) == joints + 1


async def read_announcement(*, identity: Identity, announcement_id: int) -> None:
    """Mark an announcement as read. Raises NotFound."""
    async with async_atomic():
        await require_shown(identity, announcement_id)
        await AnnouncementRead.objects.aget_or_create(announcement_id=announcement_id, identity=identity)


async def _checked(name: str, identity: Identity, known: Collection[str] = ()) -> str:
    """Return a Unicode emoji, or the shortcode of a custom one of the identity's domain. Raises BadInput for anything else.

    `known` are those with reactions: they can be removed even if the emoji no longer exists.
    """
    if is_emoji(name):
        return name
    shortcode = name.strip(":")
    if is_shortcode(shortcode):
        domain = None if identity.domain_id is None else await domain_by_id(identity.domain_id)
        if shortcode in known or (domain is not None and await used_emojis(domain, f":{shortcode}:")):
            return shortcode
    raise Invalid("name", "not_an_emoji")


async def react(*, identity: Identity, announcement_id: int, name: str) -> None:
    """Add a reaction to an announcement. Raises NotFound, and BadInput for an invalid emoji or a ninth one."""
    async with async_atomic():
        await require_shown(identity, announcement_id)
        name = await _checked(name, identity)
        await sql.run("SELECT 1 FROM activities_announcement WHERE id = %s FOR UPDATE", [announcement_id])
        used = await sql.column(
            "SELECT DISTINCT name FROM activities_announcementreaction WHERE announcement_id = %s",
            [announcement_id],
        )
        if name not in used and len(used) >= MAX_REACTIONS:
            raise Invalid("name", "too_many_reactions", most=MAX_REACTIONS)
        await AnnouncementReaction.objects.aget_or_create(
            announcement_id=announcement_id, identity=identity, name=name
        )
        await streaming.publish_announcement_reaction(announcement_id, name)


async def unreact(*, identity: Identity, announcement_id: int, name: str) -> None:
    """Remove a reaction. Does nothing if there is none."""
    async with async_atomic():
        await require_shown(identity, announcement_id)
        rows = AnnouncementReaction.objects.filter(announcement=announcement_id, identity=identity.pk)
        mine = [one.name async for one in rows]
        name = await _checked(name, identity, known=mine)
        await rows.filter(name=name).adelete()
        await streaming.publish_announcement_reaction(announcement_id, name)


@events.on_identity_deleted
async def delete_reactions_of(identity: Identity) -> None:
    await AnnouncementRead.objects.filter(identity=identity.pk).adelete()
    await AnnouncementReaction.objects.filter(identity=identity.pk).adelete()
