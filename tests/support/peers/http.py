"""Requests to a peer, its replies, and its actors with their keys."""

import asyncio
import dataclasses
import itertools
import json
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ACTIVITY_JSON = "application/activity+json"
_spare_keys: list[rsa.RSAPrivateKey] = []
_key_at = itertools.count()


def make_key() -> rsa.RSAPrivateKey:
    """Return one of four 2048-bit keys, made once per process because that is slow, and few tests need a key of their own."""
    if len(_spare_keys) < 4:
        _spare_keys.append(rsa.generate_private_key(public_exponent=65537, key_size=2048))
        return _spare_keys[-1]
    return _spare_keys[next(_key_at) % 4]


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@dataclasses.dataclass
class Received:
    """A request that a peer received."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    is_signed: bool = False

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def json(self) -> Any:
        return json.loads(self.body)


@dataclasses.dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    content_type: str = ACTIVITY_JSON
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Actor:
    """An actor of a peer. Its signatures use `key_id`."""

    uri: str
    username: str
    key_id: str
    key: rsa.RSAPrivateKey
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)
    is_deleted: bool = False

    @property
    def inbox(self) -> str:
        return f"{self.uri}/inbox"


def as_json(value: Any, content_type: str = ACTIVITY_JSON) -> Reply:
    return Reply(200, json.dumps(value).encode(), content_type)


async def read_request(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    line, *fields = head.split("\r\n")
    method, target, _ = line.split(" ", 2)
    headers: dict[str, str] = {}
    for field in filter(None, fields):
        name, _, value = field.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body, "signature" in headers)
