"""The list of private conversations, newest post first. messages.py shows a single one."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils.translation import gettext as _
from msgspec.structs import replace

from activities.conversations import queries as reads
from activities.conversations import services
from activities.conversations.queries import ConversationView
from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from users.identities.models import Identity
from web.pages import page, redirect_with_message, signed_in
from web.paging import PAGE_SIZE, requested_page
from web.timelines.messages import without_mentions


@methods("GET")
@signed_in
async def conversations(request: Request) -> HttpResponse:
    found = await reads.conversations(request.identity, requested_page(request))
    context = {
        "conversations": await readable(request.identity, found),
        "is_newest": "max_id" not in request.GET,
        "older": found[-1].last_post_id if len(found) >= PAGE_SIZE else None,
    }
    return page(request, "timelines/private_mentions.html", context)


async def readable(viewer: Identity, found: Sequence[ConversationView]) -> list[ConversationView]:
    """Return the conversations whose newest post the viewer's filters don't hide, without leading mentions of its participants."""
    last = [one.last_post for one in found if one.last_post is not None]
    me = viewer.username.lower()
    known = {one.last_post_id: {me} | {person.username.lower() for person in one.people} for one in found}
    kept = {
        post.id: replace(post, content=without_mentions(post.content, known[post.id]))
        for post in await apply_filters(last, viewer, FilterContext.notifications)
    }
    return [replace(one, last_post=kept[one.last_post_id]) for one in found if one.last_post_id in kept]


@methods("POST")
@signed_in
async def mark_unread(request: Request, conversation_id: int) -> HttpResponse:
    await services.mark_conversation(
        identity=request.identity, conversation_id=conversation_id, is_unread=True
    )
    return redirect_with_message(request, path_to("private-mentions"))


@methods("POST")
@signed_in
async def remove(request: Request, conversation_id: int) -> HttpResponse:
    await services.remove_conversation(identity=request.identity, conversation_id=conversation_id)
    words = _("Conversation deleted from your list. It comes back with its next message.")
    return redirect_with_message(request, path_to("private-mentions"), words)
