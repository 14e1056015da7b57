"""The parts of a request that a signature can cover."""

from collections.abc import Iterable, Mapping

import msgspec

from federation.signatures.errors import SignatureError

type Headers = Iterable[tuple[bytes, bytes]] | Mapping[str, str]
"""Headers as in ASGI (names in any case, repeated ones in order), or a plain mapping."""

MAX_HEADER = 8192


class Message(msgspec.Struct, frozen=True):
    """A request. `target` is path and query as received, `authority` the requested host (and port), `scheme` https or http."""

    method: str
    target: str
    authority: str
    scheme: str
    fields: dict[str, list[str]]

    def joined(self, name: str) -> str:
        """Join all values of a header as both schemes require. Raises SignatureError if there is none."""
        values = self.fields.get(name)
        if values is None:
            raise SignatureError(reason="missing_header", code="signed_header_missing", name=name[:100])
        return ", ".join(values)

    def joined_or_empty(self, name: str) -> str:
        return ", ".join(self.fields.get(name, []))

    def single(self, name: str) -> str | None:
        """Return the value of a header that may occur once. Raises SignatureError if it occurs twice or is too long."""
        values = self.fields.get(name)
        if values is None:
            return None
        if len(values) > 1:
            raise SignatureError(code="header_twice", name=name)
        if len(values[0]) > MAX_HEADER:
            raise SignatureError(code="header_too_long", name=name)
        return values[0]


def read_message(
    method: str, target: str, headers: Headers, *, scheme: str, authority: str | None
) -> Message:
    """Return a Message of the parts of a request. `authority` replaces the Host header if a proxy rewrote it."""
    fields: dict[str, list[str]] = {}
    if isinstance(headers, Mapping):
        for name, value in headers.items():
            fields.setdefault(name.lower(), []).append(value.strip(" \t"))
    else:
        for raw_name, raw_value in headers:
            fields.setdefault(raw_name.decode("latin-1").lower(), []).append(
                raw_value.decode("latin-1").strip(" \t")
            )
    if authority is not None:
        fields["host"] = [authority]
    hosts = fields.get("host", [])
    if len(hosts) != 1:
        raise SignatureError(code="host_header_not_single")
    return Message(method.upper(), target, hosts[0], scheme, fields)
