"""Reads of custom emoji: the local ones used in a text, the picker, and the lists for admins."""

import datetime as dt
import time
from collections.abc import Collection, Sequence

import msgspec

from core.db import sql
from core.db.statements import Statement
from core.errors import NotFound
from core.media.locations import url_of
from core.media.references import register_references
from core.server_state import PerServer
from core.texts.emojis import used_shortcodes
from users.domains.models import Domain
from users.emojis.activitypub import Copy
from users.emojis.models import EmojiPack
from users.roles.models import Scope

_USED = Statement("emojis.used", "Our emoji in a post or profile that is being written.", "users_emoji_own")
_FRESH_S = 5.0

# both served by users_emoji_own, which contains local ones only
register_references("SELECT w.name FROM w JOIN users_emoji e ON e.file = w.name AND e.host = ''")
register_references("SELECT w.name FROM w JOIN users_emoji e ON e.static_file = w.name AND e.host = ''")


class OwnEmoji(msgspec.Struct, frozen=True):
    """A local emoji that a domain may use."""

    id: int
    shortcode: str
    category: str
    is_visible_in_picker: bool
    file: str
    static_file: str
    updated_at: dt.datetime

    def copy(self, base_url: str) -> Copy:
        """Return the copy that a post or profile of a domain stores."""
        return {
            "shortcode": self.shortcode,
            "url": url_of(self.file, base_url),
            "static_url": url_of(self.static_file or self.file, base_url),
            "uri": f"{base_url}/emojis/{self.id}",
            "updated": self.updated_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


_COLUMNS = ", ".join(f"e.{name}" for name in OwnEmoji.__struct_fields__)
# if two share a shortcode, the domain's own is used
_OF_DOMAIN = f"""SELECT DISTINCT ON (e.shortcode) {_COLUMNS} FROM users_emoji e
    WHERE e.host = '' AND e.is_enabled AND (e.domain_id IS NULL OR e.domain_id = %(domain)s)"""
_FIRST = "ORDER BY e.shortcode, e.domain_id NULLS LAST"


async def used_emojis(domain: Domain, *texts: str) -> list[Copy]:
    """Return copies of the local emoji used in plain texts of a domain's users, in order. One statement; none without a shortcode."""
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


def clear_emoji_cache() -> None:
    """Drop this process's cache; those of other processes expire within seconds."""
    _kept().clear()


async def emojis_of(domain: Domain) -> Sequence[OwnEmoji]:
    """Return all emoji that a domain may use, by category and shortcode. Cached for some seconds."""
    read_at, emojis = _kept().get(domain.pk, (float("-inf"), []))
    now = time.monotonic()
    if now - read_at > _FRESH_S:
        emojis = await sql.structs(OwnEmoji, f"{_OF_DOMAIN} {_FIRST}", {"domain": domain.pk})
        emojis.sort(key=lambda one: (one.category.casefold(), one.shortcode.casefold()))
        _kept()[domain.pk] = now, emojis
    return emojis


async def emoji_of(domain: Domain, emoji_id: int) -> OwnEmoji | None:
    """Return an emoji that a domain may use. Served by the primary key."""
    found = await sql.structs(
        OwnEmoji, f"{_OF_DOMAIN} AND e.id = %(id)s {_FIRST}", {"domain": domain.pk, "id": emoji_id}
    )
    return found[0] if found else None


class ListedEmoji(msgspec.Struct):
    """An emoji as admins see it. `domain` is the name of the only domain that may use it, if restricted."""

    id: int
    shortcode: str
    host: str
    category: str
    domain: str
    is_visible_in_picker: bool
    is_enabled: bool
    file: str
    static_file: str
    url: str
    static_url: str = ""

    def at(self, base_url: str) -> "ListedEmoji":
        """Return it with the addresses of its files, if it is local."""
        if self.file:
            self.url = url_of(self.file, base_url)
            self.static_url = url_of(self.static_file or self.file, base_url)
        return self


_LISTED = """SELECT e.id, e.shortcode, e.host, e.category, coalesce(d.name, ''), e.is_visible_in_picker, e.is_enabled,
    e.file, e.static_file, e.url FROM users_emoji e LEFT JOIN users_domain d ON d.id = e.domain_id"""
_OF_DOMAINS = "(%(domains)s::bigint[] IS NULL OR e.domain_id = ANY(%(domains)s))"
PAGE_SIZE = 120


async def own_listed(
    base_url: str,
    *,
    q: str = "",
    category: str | None = None,
    domain_ids: Collection[int] | None = None,
    page: int = 0,
    limit: int = PAGE_SIZE,
) -> list[ListedEmoji]:
    """Return a page of local emoji by category and shortcode, plus one if there are more; optionally only those of some domains.

    Served by users_emoji_own.
    """
    found = await sql.structs(
        ListedEmoji,
        f"""{_LISTED} WHERE e.host = '' AND e.shortcode ILIKE %(q)s AND (%(category)s::text IS NULL OR e.category = %(category)s)
            AND {_OF_DOMAINS}
            ORDER BY lower(e.category), e.category, lower(e.shortcode), e.id OFFSET %(offset)s LIMIT %(limit)s""",
        {
            "q": f"%{sql.like(q)}%",
            "category": category,
            "domains": _listed_ids(domain_ids),
            "offset": min(page, 1000) * PAGE_SIZE,
            "limit": limit + 1,
        },
    )
    return [one.at(base_url) for one in found]


async def own_listed_by_id(
    base_url: str, emoji_id: int, domain_ids: Collection[int] | None = None
) -> ListedEmoji | None:
    """Return a local emoji, optionally only if it is of one of these domains."""
    found = await sql.structs(
        ListedEmoji,
        f"{_LISTED} WHERE e.host = '' AND e.id = %(id)s AND {_OF_DOMAINS}",
        {"id": emoji_id, "domains": _listed_ids(domain_ids)},
    )
    return found[0].at(base_url) if found else None


async def categories(domain_ids: Collection[int] | None = None) -> list[str]:
    """Return the categories of local emoji, optionally only those of some domains. Served by users_emoji_own."""
    return await sql.column(
        f"""SELECT DISTINCT e.category FROM users_emoji e WHERE e.host = '' AND e.category <> '' AND {_OF_DOMAINS}
            ORDER BY e.category LIMIT 1000""",
        {"domains": _listed_ids(domain_ids)},
    )


def _listed_ids(domain_ids: Collection[int] | None) -> list[int] | None:
    return None if domain_ids is None else sorted(domain_ids)


async def remote_listed(
    *,
    host: str,
    q: str = "",
    after: str = "",
    names: Sequence[str] | None = None,
    limit: int = PAGE_SIZE,
) -> list[ListedEmoji]:
    """Return the next emoji of a remote server by shortcode, plus one if there are more, optionally only `names`. Served by users_emoji_remote."""
    return await sql.structs(
        ListedEmoji,
        f"""{_LISTED} WHERE e.host = %(host)s AND e.host <> '' AND e.shortcode > %(after)s AND e.shortcode ILIKE %(q)s
            AND (%(names)s::text[] IS NULL OR e.shortcode = ANY(%(names)s))
            ORDER BY e.shortcode LIMIT %(limit)s""",
        {
            "host": host,
            "after": after,
            "q": f"%{sql.like(q)}%",
            "names": None if names is None else list(names),
            "limit": limit + 1,
        },
    )


async def own_shortcodes(names: Sequence[str]) -> set[str]:
    """Return the shortcodes among these that a local emoji of all domains has. Served by users_emoji_own."""
    return set(
        await sql.column(
            "SELECT e.shortcode FROM users_emoji e WHERE e.host = '' AND e.domain_id IS NULL AND e.shortcode = ANY(%(names)s::text[])",
            {"names": list(names)},
        )
    )


async def hosts_with_emojis(*, after: str = "", limit: int = PAGE_SIZE) -> list[str]:
    """Return the next servers that have emoji, by name, with one step in users_emoji_remote each."""
    return await sql.column(
        """WITH RECURSIVE hosts (host, place) AS (
               (SELECT host, 1 FROM users_emoji WHERE host > %(after)s AND host <> '' ORDER BY host LIMIT 1)
               UNION ALL
               SELECT (SELECT e.host FROM users_emoji e WHERE e.host > hosts.host AND e.host <> '' ORDER BY e.host LIMIT 1), place + 1
               FROM hosts WHERE hosts.host IS NOT NULL AND place <= %(limit)s)
           SELECT host FROM hosts WHERE host IS NOT NULL ORDER BY host""",
        {"after": after, "limit": limit},
    )


class PackedView(msgspec.Struct):
    """An emoji of an uploaded pack. `is_known`: a local emoji where the reader would add it has this shortcode."""

    id: int
    shortcode: str
    category: str
    file: str
    static_file: str
    problem: str
    is_known: bool
    url: str = ""
    static_url: str = ""


async def pack_by_id(pack_id: int, *, uploader: int | None = None) -> EmojiPack:
    """Return an uploaded pack, with `uploader` only one of that login. Raises NotFound."""
    pack = await EmojiPack.objects.filter(pk=pack_id).afirst()
    if pack is None or uploader not in {None, pack.uploaded_by}:
        raise NotFound(code="no_such_pack")
    return pack


async def packed_emojis(base_url: str, pack_id: int, scope: Scope = None) -> list[PackedView]:
    """Return the emoji of a pack in its order, at most a thousand. `scope`: the domains on which the reader manages emoji, None for all."""
    found = await sql.structs(
        PackedView,
        """SELECT p.id, p.shortcode, p.category, p.file, p.static_file, p.problem, EXISTS (
                SELECT FROM users_emoji e WHERE e.host = '' AND e.shortcode = p.shortcode
                AND CASE WHEN %(all)s THEN e.domain_id IS NULL ELSE e.domain_id = ANY(%(scope)s::bigint[]) END)
           FROM users_packedemoji p WHERE p.pack_id = %(pack)s ORDER BY p.id""",
        {"pack": pack_id, "all": scope is None, "scope": sorted(scope or ())},
    )
    for one in found:
        if one.file:
            one.url = url_of(one.file, base_url)
            one.static_url = url_of(one.static_file or one.file, base_url)
    return found
