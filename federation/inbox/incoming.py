"""Conversion of a stored, verified message into the IncomingActivity that handlers receive. Pure."""

from collections.abc import Mapping
from typing import Any

from core.http.json import decode
from federation.documents import id_of, unwrap_single
from federation.models import InboxMessage
from federation.peers import host_of
from federation.registry import IncomingActivity

_MAX_OBJECTS = 100


def read_activity(message: InboxMessage, target: int | None) -> IncomingActivity:
    """Return the activity of a verified message. Raises MalformedJson for a body that was never checked."""
    document: dict[str, Any] = decode(bytes(message.body))
    value = unwrap_single(document.get("object"))
    document["object"] = value
    return IncomingActivity(
        id=message.activity_id,
        type=message.activity_type,
        actor=message.actor,
        host=message.host,
        document=document,
        object=_own(value, message.host),
        object_id=id_of(value),
        object_type=_type_of(value),
        received_at=message.received_at,
        said_at=message.said_at or message.received_at,
        target=target,
        is_forwarded=message.is_forwarded,
        body=bytes(message.body),
    )


def undoes_others(activity: IncomingActivity) -> bool:
    """Return whether it is an Undo of another actor's embedded activity (ActivityPub 6.10: both must have the same actor)."""
    undone = activity.object if activity.type == "Undo" else None
    return isinstance(undone, Mapping) and id_of(undone.get("actor")) not in {"", activity.actor}


def type_of(document: Mapping[str, Any]) -> str:
    """Return the type; of several the first that is a string (`["Person", "schema:Person"]`)."""
    value = document.get("type")
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), "")
    return value if isinstance(value, str) else ""


def _type_of(value: object) -> str:
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, Mapping)), None)
    return type_of(value)[:100] if isinstance(value, Mapping) else ""


def _own(value: object, host: str) -> Mapping[str, Any] | list[Any] | str | None:
    """Return the object as sent, but replace embedded objects with an id on another host by that id: the sender proved nothing about them."""
    if isinstance(value, list):
        return [part for part in (_own(item, host) for item in value[:_MAX_OBJECTS]) if part is not None]
    if isinstance(value, Mapping):
        uri = id_of(value)
        return uri if uri and host_of(uri) != host else value
    return value if isinstance(value, str) else None
