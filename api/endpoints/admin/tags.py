"""Hashtags for staff; Mastodon has these endpoints without documenting them."""

from typing import Annotated

import msgspec

from activities.reviews.models import ReviewKind
from activities.reviews.services import decide
from activities.tags.queries import page_of_hashtags
from activities.tags.services.spelling import respell
from api.entities.admin_trends import AdminTag
from api.pagination import Cursors, link_rows
from api.parameters import Id, Length, Limit
from api.routing import Call, endpoint
from api.services.staff import place_of, staff_of
from api.services.trends import reviewer, shown_tag, shown_tags
from users.roles.models import Permission

PATH = "/api/v1/admin/tags"
PAGE = Limit(100, 100)


class TagPage(Cursors, kw_only=True):
    limit: Annotated[int, PAGE] = PAGE.default


@endpoint("GET", PATH, scope="admin:read", auth="user")
async def list_all(call: Call, asked: TagPage) -> list[AdminTag]:
    """List hashtags, newest first."""
    reviewer(call)
    found = await page_of_hashtags(asked.page(asked.limit))
    link_rows(call, [tag.id for tag in found], limit=asked.limit)
    return await shown_tags(call, found)


@endpoint("GET", f"{PATH}/<id>", scope="admin:read", auth="user")
async def show(call: Call, id: Id) -> AdminTag:
    """Return a hashtag."""
    reviewer(call)
    return await shown_tag(call, id)


class Change(msgspec.Struct):
    """A change of a hashtag: absent fields don't change. `display_name` may differ from the name only in case, and applies to the whole server."""

    display_name: Annotated[str, Length(200)] | None = None
    trendable: bool | None = None
    usable: bool | None = None
    listable: bool | None = None


@endpoint("PUT", f"{PATH}/<id>", scope="admin:write", auth="user")
async def change(call: Call, id: Id, wanted: Change) -> AdminTag:
    """Decide whether a hashtag may trend, be used and be found, and how it is displayed."""
    reviewer(call)
    given = {
        "is_trendable": wanted.trendable,
        "is_usable": wanted.usable,
        "is_listable": wanted.listable,
    }
    decisions = {name: value for name, value in given.items() if value is not None}
    if wanted.display_name is not None:
        await respell(moderator=staff_of(call), tag_id=id, display_name=wanted.display_name)
    if decisions:
        place = place_of(call, Permission.manage_taxonomies)
        await decide(moderator=staff_of(call), kind=ReviewKind.tag, target_id=id, domain=place, **decisions)
    return await shown_tag(call, id)
