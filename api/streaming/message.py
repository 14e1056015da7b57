"""An event in both wire formats, each encoded once for all clients."""

from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
HEARTBEAT = b":thump\n"


class Message:
    """An event. `payload` is text: JSON of an entity, or an id; None for events without one."""

    __slots__ = ("_frames", "_lines", "event", "payload")

    def __init__(self, event: str, payload: str | None) -> None:
        self.event = event
        self.payload = payload
        self._lines: bytes | None = None
        self._frames: dict[tuple[str, ...], str] = {}

    def lines(self) -> bytes:
        """Encode the message as a server-sent event. Mastodon sends `undefined` for an event without payload."""
        if self._lines is None:
            payload = "undefined" if self.payload is None else self.payload
            self._lines = f"event: {self.event}\ndata: {payload}\n\n".encode()
        return self._lines

    def frame(self, label: tuple[str, ...]) -> str:
        """Encode the message for a WebSocket whose client subscribed as `label`."""
        frame = self._frames.get(label)
        if frame is None:
            said: dict[str, Any] = {"stream": label, "event": self.event}
            if self.payload is not None:
                said["payload"] = self.payload
            frame = self._frames[label] = _encode(said).decode()
        return frame


def entity_message(event: str, entity: Any) -> Message:
    """Return an event whose payload is the entity as JSON text."""
    return Message(event, _encode(entity).decode())
