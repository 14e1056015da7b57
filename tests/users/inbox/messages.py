"""Activities of remote actors, received as the worker receives them."""

import datetime as dt
import itertools
from typing import Any

import msgspec

from core.db import async_atomic
from federation.handlers.inbox import handle_messages
from federation.models import InboxMessage
from federation.peers import host_of
from users.identities.models import Identity

_numbers = itertools.count(1)


def activity(actor: Identity, kind: str, value: Any, **more: Any) -> dict[str, Any]:
    host = host_of(actor.uri)
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"https://{host}/activities/{next(_numbers)}",
        "type": kind,
        "actor": actor.uri,
        "object": value,
        **more,
    }


async def stored(document: dict[str, Any], **more: Any) -> InboxMessage:
    """Store an activity as the inbox does once its signature was verified."""
    body = msgspec.json.encode(document)
    return await InboxMessage.objects.acreate(
        state="received",
        activity_id=document["id"],
        activity_type=document["type"],
        actor=document["actor"],
        host=host_of(document["actor"]),
        key_id="",
        size=len(body),
        body=body,
        **more,
    )


async def receive(
    document: dict[str, Any], *, said_at: dt.datetime | None = None, is_forwarded: bool = False
) -> tuple[str, str]:
    """Handle an activity; return the outcome and its reason: handled, skipped, failed, fetching or later."""
    message = await stored(document, said_at=said_at, is_forwarded=is_forwarded)
    async with async_atomic():
        outcome = (await handle_messages([message]))[message.pk]
    reason = (await InboxMessage.objects.aget(pk=message.pk)).reason
    await message.adelete()  # otherwise a later one of this actor would wait for it, because no worker runs
    return (outcome.state.name if outcome.state else outcome.kind.value), reason or outcome.reason
