"""Adding, changing and deleting local emoji. Callers check the permission, and pass as `domain_ids` where the caller has it.

None stands for the whole server. Emoji of other domains, and those of all domains, don't exist for staff of some.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import IntegrityError
from django.db.models import QuerySet

from core import clock
from core.db import async_atomic, on_commit, sql
from core.errors import Invalid, NotAllowed, NotFound
from core.logs import get_logger
from core.media.messages import ConvertedFile
from core.texts import is_one_line
from core.texts.emojis import MAX_SHORTCODE_LENGTH, is_shortcode
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain
from users.emojis.models import Emoji
from users.emojis.queries import clear_emoji_cache
from users.emojis.services import pictures

log = get_logger(__name__)

MAX_EMOJIS = 5000  # per server, because apps load them all at once
MAX_CATEGORY_LENGTH = 100


@audited(Act.add_emoji)
async def add_emoji(
    *,
    shortcode: str,
    picture: bytes,
    category: str = "",
    domain: Domain | None = None,
    is_visible_in_picker: bool = True,
    is_enabled: bool = True,
    domain_ids: Collection[int] | None = None,
) -> Emoji:
    """Add an emoji for one domain, or for all. Raises BadInput for an invalid picture or shortcode, or a shortcode in use."""
    check_place(domain, domain_ids)
    shortcode, category = checked_shortcode(shortcode), checked_category(category)
    await _require_free(shortcode, domain)
    made = await pictures.convert(picture)
    async with async_atomic():
        await check_capacity(1)
        emoji = new_emoji(
            shortcode,
            made,
            domain=domain,
            category=category,
            is_visible_in_picker=is_visible_in_picker,
            is_enabled=is_enabled,
        )
        await insert([emoji])
        await record_emoji(Act.add_emoji, [emoji])
    log.info("emoji.added", shortcode=shortcode, domain=domain.name if domain else "")
    return emoji


def new_emoji(shortcode: str, made: ConvertedFile, *, domain: Domain | None, **columns: Any) -> Emoji:
    """Return an emoji with converted files, not stored yet (see `insert`)."""
    return Emoji(
        shortcode=shortcode,
        domain=domain,
        file=made.file,
        static_file=made.preview_file,
        updated_at=clock.now(),
        **columns,
    )


async def insert(emojis: Sequence[Emoji]) -> None:
    """Insert new emoji of one domain. Raises BadInput if another transaction took a shortcode first. Runs in a transaction."""
    try:
        async with async_atomic():
            await Emoji.objects.abulk_create(emojis)
            await on_commit(_forget)
    except IntegrityError as error:
        names = [one.shortcode for one in emojis]
        taken = Emoji.objects.filter(host="", domain=emojis[0].domain, shortcode__in=names)
        name = await taken.values_list("shortcode", flat=True).order_by("shortcode").afirst()
        raise Invalid("shortcode", "taken", name=name or names[0]) from error


def checked_shortcode(text: str) -> str:
    """Return a shortcode without colons. Raises BadInput if it is invalid."""
    text = text.strip().strip(":")
    if not is_shortcode(text):
        raise Invalid("shortcode", "invalid", most=MAX_SHORTCODE_LENGTH)
    return text


def checked_category(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > MAX_CATEGORY_LENGTH or "\x00" in text or not is_one_line(text):
        raise Invalid("category", "too_long", most=MAX_CATEGORY_LENGTH)
    return text


async def _require_free(shortcode: str, domain: Domain | None) -> None:
    """Raise BadInput if a shortcode is in use, before its picture is converted."""
    if await Emoji.objects.filter(host="", shortcode=shortcode, domain=domain).aexists():
        raise Invalid("shortcode", "taken", name=shortcode)


async def check_capacity(wanted: int) -> None:
    """Raise BadInput if the server would have too many emoji."""
    if await Emoji.objects.filter(host="").acount() + wanted > MAX_EMOJIS:
        raise Invalid("shortcode", "too_many", most=MAX_EMOJIS)


_CHANGEABLE = {"category", "domain", "is_visible_in_picker", "is_enabled"}


@audited(Act.change_emoji)
async def change_emoji(
    *,
    emoji_id: int,
    picture: bytes | None = None,
    domain_ids: Collection[int] | None = None,
    **changes: Any,
) -> Emoji:
    """Change category, domain, is_visible_in_picker, is_enabled or the picture; arguments left out don't change.

    A shortcode never changes, because posts contain it. Raises NotFound, and BadInput if the domain already has one with that shortcode.
    """
    if unknown := set(changes) - _CHANGEABLE:
        raise ValueError(f"not changeable: {', '.join(sorted(unknown))}")
    if "category" in changes:
        changes["category"] = checked_category(changes["category"])
    if "domain" in changes:
        check_place(changes["domain"], domain_ids)
    made = None if picture is None else await pictures.convert(picture)
    try:
        async with async_atomic():
            emoji = await _own(emoji_id, domain_ids)
            if made is not None:
                await replace_pictures([(emoji, made)])
            for name, value in changes.items():
                setattr(emoji, name, value)
            await emoji.asave(update_fields=list(changes))
            await record_emoji(Act.change_emoji, [emoji])
            await on_commit(_forget)
    except IntegrityError as error:
        raise Invalid("domain", "has_emoji") from error
    return emoji


async def replace_pictures(replaced: Sequence[tuple[Emoji, ConvertedFile]]) -> None:
    """Replace the files of these emoji; posts and profiles follow soon. Runs in a transaction."""
    await pictures.retire([emoji for emoji, _ in replaced], replaced=True)
    now = clock.now()
    for emoji, made in replaced:
        emoji.file, emoji.static_file, emoji.updated_at = made.file, made.preview_file, now
    await sql.run(
        """UPDATE users_emoji e SET file = n.file, static_file = n.static_file, updated_at = %(now)s
           FROM unnest(%(ids)s::bigint[], %(files)s::text[], %(stills)s::text[]) AS n (id, file, static_file) WHERE e.id = n.id""",
        {
            "now": now,
            "ids": [emoji.pk for emoji, _ in replaced],
            "files": [emoji.file for emoji, _ in replaced],
            "stills": [emoji.static_file for emoji, _ in replaced],
        },
    )
    await on_commit(_forget)


@audited(Act.change_emoji)
async def change_many(
    *, emoji_ids: Sequence[int], domain_ids: Collection[int] | None = None, **changes: Any
) -> int:
    """Change category, is_visible_in_picker or is_enabled of several emoji. Return how many."""
    if "category" in changes:
        changes["category"] = checked_category(changes["category"])
    async with async_atomic():
        found = _of(domain_ids).select_for_update().filter(pk__in=list(emoji_ids)).order_by("pk")
        emojis = [one async for one in found]
        await Emoji.objects.filter(pk__in=[one.pk for one in emojis]).aupdate(**changes)
        await record_emoji(Act.change_emoji, emojis, **changes)
        await on_commit(_forget)
    return len(emojis)


@audited(Act.delete_emoji)
async def remove_emojis(*, emoji_ids: Sequence[int], domain_ids: Collection[int] | None = None) -> int:
    """Delete local emoji. The worker removes them from posts and profiles, which keep the shortcodes as text. Return how many."""
    async with async_atomic():
        found = _of(domain_ids).select_for_update().filter(pk__in=list(emoji_ids)).order_by("pk")
        emojis = [one async for one in found]
        await pictures.retire(emojis)
        await record_emoji(Act.delete_emoji, emojis)
        await Emoji.objects.filter(pk__in=[one.pk for one in emojis]).adelete()
        await on_commit(_forget)
    if emojis:
        log.info("emoji.removed", shortcodes=[one.shortcode for one in emojis][:50], count=len(emojis))
    return len(emojis)


async def record_emoji(act: Act, emojis: Sequence[Emoji], **details: Any) -> None:
    """Record a change of several emoji in the audit log, once for all of them."""
    if emojis:
        names = [f":{one.shortcode}:" for one in emojis]
        places = {one.domain_id for one in emojis}
        only = emojis[0].pk if len(emojis) == 1 else None
        await record(
            act,
            Target("emoji", only, " ".join(names[:20])),
            domain_id=places.pop() if len(places) == 1 else None,
            details={**details, "count": len(emojis)},
        )


def _of(domain_ids: Collection[int] | None) -> QuerySet[Emoji]:
    """Return the local emoji of some domains, or all."""
    own = Emoji.objects.filter(host="")
    return own if domain_ids is None else own.filter(domain__in=domain_ids)


def check_place(domain: Domain | None, domain_ids: Collection[int] | None) -> None:
    """Raise NotAllowed for an emoji of another domain or of all, unless `domain_ids` is None."""
    if domain_ids is not None and (domain is None or domain.pk not in domain_ids):
        raise NotAllowed(code="not_permitted")


async def _own(emoji_id: int, domain_ids: Collection[int] | None = None) -> Emoji:
    emoji = await _of(domain_ids).select_for_update().filter(pk=emoji_id).afirst()
    if emoji is None:
        raise NotFound(code="no_such_emoji")
    return emoji


async def _forget() -> None:
    clear_emoji_cache()
