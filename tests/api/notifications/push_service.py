"""A push service and the browser behind it: accepts messages over real HTTP on loopback, verifies their sender and decrypts them.

The decryption follows RFC 8291, RFC 8188 and the drafts, and shares no code with core/crypto/webpush.py.
"""

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import stator
from core.config import config
from core.http import close_client
from stator import StatefulModel
from stator.workers.worker import Worker
from tests.support.waiting import wait_until

_RAW = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()[:length]


class Browser:
    """A browser with the keys of one subscription."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.point = self.key.public_key().public_bytes(*_RAW)
        self.secret = secrets.token_bytes(16)

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": encode(self.point), "auth": encode(self.secret)}

    def _shared(self, sender: bytes) -> bytes:
        return self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )

    def open(self, headers: dict[str, str], body: bytes) -> bytes:
        """Decrypt a message. Raises InvalidTag if it was encrypted for another key."""
        if headers["content-encoding"] == "aes128gcm":
            salt, length = body[:16], body[20]
            assert int.from_bytes(body[16:20]) >= len(body) - 21 - length
            sender, sealed = body[21 : 21 + length], body[21 + length :]
            info = b"WebPush: info\0" + self.point + sender
            key = _hkdf(self.secret, self._shared(sender), info, 32)
            opened = AESGCM(_hkdf(salt, key, b"Content-Encoding: aes128gcm\0", 16)).decrypt(
                _hkdf(salt, key, b"Content-Encoding: nonce\0", 12), sealed, None
            )
            assert opened.rstrip(b"\0").endswith(b"\x02")
            return opened.rstrip(b"\0")[:-1]
        assert headers["content-encoding"] == "aesgcm"
        salt = decode(re.search(r"salt=([\w-]+)", headers["encryption"])[1])  # type: ignore[index]
        sender = decode(re.search(r"dh=([\w-]+)", headers["crypto-key"])[1])  # type: ignore[index]
        key = _hkdf(self.secret, self._shared(sender), b"Content-Encoding: auth\0", 32)
        context = b"P-256\0\0\x41" + self.point + b"\0\x41" + sender
        opened = AESGCM(_hkdf(salt, key, b"Content-Encoding: aesgcm\0" + context, 16)).decrypt(
            _hkdf(salt, key, b"Content-Encoding: nonce\0" + context, 12), body, None
        )
        return opened[2 + int.from_bytes(opened[:2]) :]


class PushService:
    """A push service that records what it receives and answers `status` (201 like real ones), or the next of `answers`."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[tuple[int, str]] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "PushService":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().strip().split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.received.append((first.split()[1], headers, body))
                status, more = self.answers.pop(0) if self.answers else (201, "")
                writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n{more}\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def sender_of(self, headers: dict[str, str]) -> tuple[dict[str, Any], bytes]:
        """Verify the VAPID token (RFC 8292); return its claims and the sender's public key."""
        if headers["authorization"].startswith("vapid "):
            found = re.fullmatch(r"vapid t=([\w.-]+), k=([\w-]+)", headers["authorization"])
        else:
            token = headers["authorization"].removeprefix("WebPush ")
            key = re.search(r"p256ecdsa=([\w-]+)", headers["crypto-key"])[1]  # type: ignore[index]
            found = re.fullmatch(r"(\S+) (\S+)", f"{token} {key}")
        assert found is not None, headers
        signed, _, signature = found[1].rpartition(".")
        head, claims = (msgspec.json.decode(decode(part)) for part in signed.split("."))
        assert head == {"typ": "JWT", "alg": "ES256"}
        raw, point = decode(signature), decode(found[2])
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        public.verify(
            encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])),
            signed.encode(),
            ec.ECDSA(hashes.SHA256()),
        )
        return claims, point


@asynccontextmanager
async def reachable_push_service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    """Run a push service that the server may connect to, over plain HTTP on loopback."""
    monkeypatch.setattr(config(), "allow_http", True)
    monkeypatch.setattr(config(), "allowed_networks", (ipaddress.ip_network("127.0.0.0/8"),))
    await close_client()
    async with PushService() as service:
        yield service
        await close_client()


@asynccontextmanager
async def worker_of(*models: type[StatefulModel]) -> AsyncIterator[None]:
    """Run a worker in this process for these models."""
    await stator.install_triggers(list(models))
    stop = asyncio.Event()
    worker = Worker(list(models), with_jobs=False, poll_s=0.2, drain_s=1)
    task = asyncio.create_task(worker.run(stop))
    try:
        await wait_until(worker.is_listening.is_set)
        yield
    finally:
        stop.set()
        await task
