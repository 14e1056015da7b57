"""Announcements of the domain (docs.joinmastodon.org/methods/announcements)."""

from activities.announcements import queries
from activities.announcements import services as announcements
from api.entities.announcement import Announcement, announcement
from api.entities.empty import Empty
from api.parameters import Id
from api.routing import Call, endpoint


@endpoint("GET", "/api/v1/announcements", auth="user")
async def index(call: Call) -> list[Announcement]:
    return [announcement(one) for one in await queries.announcements(call.me)]


@endpoint("POST", "/api/v1/announcements/<id>/dismiss", scope="write:accounts", auth="user")
async def dismiss(call: Call, id: Id) -> Empty:
    """Mark an announcement as read; it stays in the list."""
    await announcements.read_announcement(identity=call.me, announcement_id=id)
    return Empty()


@endpoint("PUT", "/api/v1/announcements/<id>/reactions/<name>", scope="write:favourites", auth="user")
async def react(call: Call, id: Id, name: str) -> Empty:
    await announcements.react(identity=call.me, announcement_id=id, name=name)
    return Empty()


@endpoint("DELETE", "/api/v1/announcements/<id>/reactions/<name>", scope="write:favourites", auth="user")
async def unreact(call: Call, id: Id, name: str) -> Empty:
    await announcements.unreact(identity=call.me, announcement_id=id, name=name)
    return Empty()
