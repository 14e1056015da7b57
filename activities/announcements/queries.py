"""Queries for the announcements currently shown on a domain, with reactions."""

import datetime as dt

import msgspec
from msgspec import convert

from activities.announcements.models import MAX_REACTIONS, Announcement
from core import clock
from core.db import sql
from core.errors import NotFound
from core.texts.emojis import is_shortcode
from users.domains.models import Domain
from users.domains.queries import domain_by_id
from users.emojis.queries import emojis_of, used_emojis
from users.identities.models import Identity
from users.identities.queries.profiles import CustomEmoji
from users.roles.models import Scope


class ReactionView(msgspec.Struct, frozen=True, array_like=True):
    name: str
    count: int
    is_mine: bool


class AnnouncementView(msgspec.Struct):
    id: int
    content: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    all_day: bool
    published_at: dt.datetime
    updated_at: dt.datetime
    is_read: bool
    reactions: list[ReactionView]
    emojis: list[CustomEmoji] = []  # the current local emoji in `content`
    pictures: dict[str, CustomEmoji] = {}  # local custom emoji among the reactions, by shortcode

    @property
    def takes_more(self) -> bool:
        """True while another emoji may be added."""
        return len(self.reactions) < MAX_REACTIONS

    @property
    def pictured(self) -> list[tuple[ReactionView, CustomEmoji | None]]:
        """The reactions with their pictures; None for Unicode and for a deleted emoji."""
        return [(one, self.pictures.get(one.name)) for one in self.reactions]


_COLUMNS = [name for name in AnnouncementView.__struct_fields__ if name not in {"emojis", "pictures"}]
_reactions = msgspec.json.Decoder(list[ReactionView])


async def announcements(viewer: Identity) -> list[AnnouncementView]:
    """Return the published announcements that have not ended, latest start first, in one query."""
    return await _read(viewer.pk, viewer.domain_id, None)


async def recent_announcements(scope: Scope = None) -> list[Announcement]:
    """Return the last 100 announcements of these domains, or of all, for staff, newest first."""
    found = Announcement.objects.select_related("domain").order_by("-pk")
    return [one async for one in (found if scope is None else found.filter(domain__in=scope))[:100]]


async def announcement_on(domain: Domain, announcement_id: int) -> AnnouncementView | None:
    """Return an announcement without a viewer's own state, if it is currently shown on this domain."""
    found = await _read(None, domain.pk, announcement_id)
    return found[0] if found else None


async def _read(
    viewer_id: int | None, domain_id: int | None, announcement_id: int | None
) -> list[AnnouncementView]:
    rows = await sql.rows(
        """SELECT a.id, a.content, a.starts_at, a.ends_at, a.all_day, a.published_at, a.updated_at,
                  EXISTS (SELECT 1 FROM activities_announcementread r WHERE r.announcement_id = a.id AND r.identity_id = %(me)s::bigint),
                  (SELECT json_agg(json_build_array(e.name, e.uses, e.mine) ORDER BY e.first)::text FROM (
                      SELECT x.name, count(*) AS uses, coalesce(bool_or(x.identity_id = %(me)s::bigint), false) AS mine, min(x.id) AS first
                      FROM activities_announcementreaction x WHERE x.announcement_id = a.id GROUP BY x.name) e)
           FROM activities_announcement a
           WHERE (a.domain_id IS NULL OR a.domain_id = %(domain)s) AND a.published_at <= %(now)s
           AND (a.ends_at IS NULL OR a.ends_at > %(now)s)
           AND (%(only)s::bigint IS NULL OR a.id = %(only)s)
           ORDER BY coalesce(a.starts_at, a.published_at) DESC, a.id DESC LIMIT 100""",
        {"me": viewer_id, "domain": domain_id, "now": clock.now(), "only": announcement_id},
    )
    views = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    for view in views:
        view["reactions"] = _reactions.decode(view["reactions"]) if view["reactions"] else []
    found = [AnnouncementView(**view) for view in views]
    domain = None if domain_id is None else await domain_by_id(domain_id)
    if domain is not None:
        known = convert(await used_emojis(domain, *(one.content for one in found)), list[CustomEmoji])
        for one in found:
            one.emojis = [emoji for emoji in known if f":{emoji.shortcode}:" in one.content]
        await _add_pictures(found, domain)
    return found


async def _add_pictures(views: list[AnnouncementView], domain: Domain) -> None:
    """Add the pictures of custom emoji among the reactions; a deleted one is shown as its shortcode."""
    names = {one.name for view in views for one in view.reactions if is_shortcode(one.name)}
    if not names:
        return
    own = {
        one.shortcode: convert(one.copy(domain.base_url), CustomEmoji)
        for one in await emojis_of(domain)
        if one.shortcode in names
    }
    for view in views:
        view.pictures = {one.name: own[one.name] for one in view.reactions if one.name in own}


async def require_shown(viewer: Identity, announcement_id: int) -> None:
    """Raise NotFound unless the announcement is shown to the viewer."""
    if announcement_id not in {one.id for one in await announcements(viewer)}:
        raise NotFound
