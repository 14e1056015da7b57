"""Direct conversations, and muted threads (docs.joinmastodon.org/methods/conversations, statuses)."""

from activities.conversations import queries
from activities.conversations import services as conversations
from api.endpoints.statuses.statuses import status_for_caller
from api.entities.conversation import Conversation, conversation
from api.entities.empty import Empty
from api.entities.status import Status
from api.pagination import StatusPage, link_rows
from api.parameters import Id
from api.routing import Call, endpoint


@endpoint("GET", "/api/v1/conversations", scope="read:statuses", auth="user")
async def index(call: Call, page: StatusPage) -> list[Conversation]:
    """Return conversations, newest post first; paged by that post."""
    found = await queries.conversations(call.me, page.here())
    link_rows(call, [view.last_post_id for view in found], limit=page.limit)
    return [conversation(view, call.viewpoint) for view in found]


async def _marked(call: Call, conversation_id: int, *, is_unread: bool) -> Conversation:
    await conversations.mark_conversation(
        identity=call.me, conversation_id=conversation_id, is_unread=is_unread
    )
    return conversation(await queries.conversation(call.me, conversation_id), call.viewpoint)


@endpoint("POST", "/api/v1/conversations/<id>/read", scope="write:conversations", auth="user")
async def read(call: Call, id: Id) -> Conversation:
    return await _marked(call, id, is_unread=False)


@endpoint("POST", "/api/v1/conversations/<id>/unread", scope="write:conversations", auth="user")
async def unread(call: Call, id: Id) -> Conversation:
    return await _marked(call, id, is_unread=True)


@endpoint("DELETE", "/api/v1/conversations/<id>", scope="write:conversations", auth="user")
async def remove(call: Call, id: Id) -> Empty:
    """Remove a conversation from the list until its next post; the posts are kept."""
    await conversations.remove_conversation(identity=call.me, conversation_id=id)
    return Empty()


@endpoint("POST", "/api/v1/statuses/<id>/mute", scope="write:mutes", auth="user")
async def mute(call: Call, id: Id) -> Status:
    """Stop notifications from the thread of this post."""
    return await status_for_caller(call, await conversations.mute_thread(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/unmute", scope="write:mutes", auth="user")
async def unmute(call: Call, id: Id) -> Status:
    return await status_for_caller(call, await conversations.unmute_thread(identity=call.me, post_id=id))
