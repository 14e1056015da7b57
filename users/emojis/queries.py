"""Reads of custom emoji: which of ours a text uses, what there is to choose from, and what admins look at."""

import datetime as dt
import time
from collections.abc import Iterable, Sequence

import msgspec

from core.db import sql
from core.db.statements import Statement
from core.media.locations import url_of
from core.media.references import names_are_in
from core.server_state import PerServer
from core.texts.emojis import used_shortcodes
from users.domains.models import Domain
from users.emojis.activitypub import Copy

_USED = Statement("emojis.used", "Our emoji in a post or profile that is being written.", "users_emoji_own")
_FRESH_S = 5.0

# both served by users_emoji_own, which has our own alone
names_are_in("SELECT w.name FROM w JOIN users_emoji e ON e.file = w.name AND e.host = ''")
names_are_in("SELECT w.name FROM w JOIN users_emoji e ON e.static_file = w.name AND e.host = ''")


class OwnEmoji(msgspec.Struct, frozen=True):
    """An emoji of ours that people of a domain may use."""

    id: int
    shortcode: str
    category: str
    is_visible_in_picker: bool
    file: str
    static_file: str
    updated_at: dt.datetime

    def copy(self, base_url: str) -> Copy:
        """Return what a post or profile of a domain keeps of it."""
        return {
            "shortcode": self.shortcode,
            "url": url_of(self.file, base_url),
            "static_url": url_of(self.static_file or self.file, base_url),
            "uri": f"{base_url}/emojis/{self.id}",
            "updated": self.updated_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


_COLUMNS = ", ".join(f"e.{name}" for name in OwnEmoji.__struct_fields__)
# of two with one shortcode the domain's own is used
_OF_DOMAIN = f"""SELECT DISTINCT ON (e.shortcode) {_COLUMNS} FROM users_emoji e
    WHERE e.host = '' AND e.is_enabled AND (e.domain_id IS NULL OR e.domain_id = %(domain)s)"""
_FIRST = "ORDER BY e.shortcode, e.domain_id NULLS LAST"


async def used_emojis(domain: Domain, *texts: str) -> list[Copy]:
    """Return copies of the emoji that plain texts of a domain's people use, in their order. One statement, and none without a shortcode."""
    names = used_shortcodes(*texts)
    if not names:
        return []
    found = await sql.structs(
        OwnEmoji,
        _USED(f"{_OF_DOMAIN} AND e.shortcode = ANY(%(names)s) {_FIRST}", domain=domain.pk, names=names),
    )
    known = {one.shortcode: one for one in found}
    return [known[name].copy(domain.base_url) for name in names if name in known]


_kept: PerServer[dict[int, tuple[float, list[OwnEmoji]]]] = PerServer(dict)


def forget_emojis() -> None:
    """Make this process read them again; others do within seconds."""
    _kept().clear()


async def emojis_of(domain: Domain) -> Sequence[OwnEmoji]:
    """Return all emoji that people of a domain may use, by category and shortcode. Kept for some seconds."""
    read_at, emojis = _kept().get(domain.pk, (float("-inf"), []))
    now = time.monotonic()
    if now - read_at > _FRESH_S:
        emojis = await sql.structs(OwnEmoji, f"{_OF_DOMAIN} {_FIRST}", {"domain": domain.pk})
        emojis.sort(key=lambda one: (one.category.casefold(), one.shortcode.casefold()))
        _kept()[domain.pk] = now, emojis
    return emojis


async def emoji_of(domain: Domain, emoji_id: int) -> OwnEmoji | None:
    """Return an emoji that people of a domain may use. Served by the primary key."""
    found = await sql.structs(
        OwnEmoji, f"{_OF_DOMAIN} AND e.id = %(id)s {_FIRST}", {"domain": domain.pk, "id": emoji_id}
    )
    return found[0] if found else None


def by_shortcode(emojis: Iterable[OwnEmoji]) -> dict[str, OwnEmoji]:
    return {one.shortcode: one for one in emojis}
