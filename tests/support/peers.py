"""Fake peers: small servers that speak real HTTP on loopback and behave like others do. They sign with code of their own.

`FakePeer` serves actors with keys, WebFinger, nodeinfo and documents, and notes down what is posted to it. Behaviours:
MastodonPeer, GoToSocialPeer (stub keys, every GET signed), SnacPeer (202 before anything is looked at), FedifyPeer (RFC 9421 first),
Liar (claims what is not its own), Corpse (accepts and never answers).
"""

import asyncio
import base64
import contextlib
import dataclasses
import datetime as dt
import hashlib
import itertools
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ACTIVITY_JSON = "application/activity+json"
_counter = itertools.count(1)
_spare_keys: list[rsa.RSAPrivateKey] = []
_key_at = itertools.count()


def make_key() -> rsa.RSAPrivateKey:
    """One of four 2048-bit keys made once per process: making them is slow, and which it is seldom matters."""
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
    """A request that came to a peer."""

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
    """A person of a peer. `key_id` is what their signatures name."""

    uri: str
    username: str
    key_id: str
    key: rsa.RSAPrivateKey
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)
    is_deleted: bool = False

    @property
    def inbox(self) -> str:
        return f"{self.uri}/inbox"


class FakePeer:
    """Serve it with `async with peer:`. `host` is its name with port; point it to loopback with `TAKAHE_RESOLVE` or use 127.0.0.1.

    `replies` overrides what a path answers: a Reply, or a function of the request. `gates`: what a path answers waits for an event.
    """

    software = "mastodon"
    scheme = "http"
    has_shared_inbox = True

    def __init__(self, name: str = "127.0.0.1", *, address: str = "127.0.0.1") -> None:
        self.name = name
        self.address = address
        self.port = 0
        self.actors: dict[str, Actor] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        self.replies: dict[str, Reply | Callable[[Received], Reply | None]] = {}
        self.requests: list[Received] = []
        self.inbox: list[Received] = []
        self.delay_s = 0.0
        self.gates: dict[str, asyncio.Event] = {}
        self.handle_host: str | None = None
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    # --- life -------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> "FakePeer":
        self._server = await asyncio.start_server(self._connected, self.address, self.port, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Nothing listens any more; `async with` (or `start`) again brings it back at the same port."""
        if self._server is not None:
            self._server.close()
            self._server = None
            for writer in list(self._writers):
                writer.close()

    async def start(self) -> None:
        await self.__aenter__()

    @property
    def host(self) -> str:
        return f"{self.name}:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://{self.host}"

    # --- people and documents ---------------------------------------------------------------------------------

    def add_actor(self, username: str = "ana", key: rsa.RSAPrivateKey | None = None, **extra: Any) -> Actor:
        uri = f"{self.base_url}/users/{username}"
        actor = Actor(uri, username, self.key_id_for(uri), key or make_key(), extra)
        self.actors[username] = actor
        return actor

    def key_id_for(self, uri: str) -> str:
        return f"{uri}#main-key"

    def actor_document(self, actor: Actor) -> dict[str, Any]:
        document = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": actor.uri,
            "type": "Person",
            "preferredUsername": actor.username,
            "name": actor.username.title(),
            "summary": "<p>A person of a fake peer</p>",
            "inbox": actor.inbox,
            "outbox": f"{actor.uri}/outbox",
            "followers": f"{actor.uri}/followers",
            "following": f"{actor.uri}/following",
            "url": f"{self.base_url}/@{actor.username}",
            "publicKey": self.key_entry(actor),
        }
        if self.has_shared_inbox:
            document["endpoints"] = {"sharedInbox": f"{self.base_url}/inbox"}
        return document | actor.extra

    def key_entry(self, actor: Actor) -> dict[str, Any]:
        return {"id": actor.key_id, "owner": actor.uri, "publicKeyPem": public_pem(actor.key)}

    def add_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """Serve this document at its own id."""
        self.documents[urlsplit(document["id"]).path] = document
        return document

    def note(self, actor: Actor, content: str = "<p>hello</p>", **extra: Any) -> dict[str, Any]:
        """A public Note, served at its id."""
        uri = f"{self.base_url}/notes/{next(_counter)}"
        return self.add_document(
            {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": uri,
                "type": "Note",
                "attributedTo": actor.uri,
                "content": content,
                "published": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "to": ["https://www.w3.org/ns/activitystreams#Public"],
                "cc": [f"{actor.uri}/followers"],
            }
            | extra
        )

    def activity(self, actor: Actor, kind: str, value: Any = None, **extra: Any) -> dict[str, Any]:
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{self.base_url}/activities/{next(_counter)}",
            "type": kind,
            "actor": actor.uri,
            **({} if value is None else {"object": value}),
            **extra,
        }

    # --- speaking to others -------------------------------------------------------------------------------------

    def signed(
        self, actor: Actor, url: str, body: bytes = b"", *, method: str = "POST", **options: Any
    ) -> dict[str, str]:
        """Headers of a signed request, as this software signs (draft-cavage). See `cavage_headers`."""
        return cavage_headers(actor.key, actor.key_id, method, url, body, **options)

    # --- being spoken to ------------------------------------------------------------------------------------------

    def answer(self, request: Received) -> Reply:
        """What this peer answers; subclasses behave differently."""
        override = self.replies.get(request.path)
        if override is not None:
            reply = override(request) if callable(override) else override
            if reply is not None:
                return reply
        if request.method == "POST":
            return self.take(request)
        return self.show(request)

    def take(self, request: Received) -> Reply:
        """An inbox. Mastodon: 401 unless signed (the key itself is not looked up: that is the server's own business to test)."""
        if not request.is_signed:
            return Reply(401, b'{"error":"Request not signed"}')
        self.inbox.append(request)
        return Reply(202)

    def show(self, request: Received) -> Reply:
        if request.path == "/.well-known/webfinger":
            return self.finger(request)
        if request.path == "/.well-known/nodeinfo":
            links = [
                {
                    "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
                    "href": f"{self.base_url}/nodeinfo/2.0",
                }
            ]
            return _json({"links": links}, "application/json")
        if request.path == "/nodeinfo/2.0":
            return _json(
                {"version": "2.0", "software": {"name": self.software, "version": "4.2.0"}},
                "application/json",
            )
        if request.path in self.documents:
            return _json(self.documents[request.path])
        for actor in self.actors.values():
            if request.path == urlsplit(actor.uri).path:
                return Reply(410) if actor.is_deleted else _json(self.actor_document(actor))
        return Reply(404, b'{"error":"Record not found"}')

    def finger(self, request: Received) -> Reply:
        resource = parse_qs(urlsplit(request.target).query).get("resource", [""])[0].removeprefix("acct:")
        name = resource.partition("@")[0].lower()
        actor = next((actor for actor in self.actors.values() if actor.username.lower() == name), None)
        if actor is None:
            return Reply(404)
        links = [{"rel": "self", "type": ACTIVITY_JSON, "href": actor.uri}]
        subject = f"acct:{actor.username}@{self.handle_host or self.host}"
        return _json({"subject": subject, "links": links}, "application/jrd+json")

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await _read_request(reader)) is not None:
            self.requests.append(request)
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            if request.path in self.gates:
                await self.gates[request.path].wait()
            reply = self.answer(request)
            head = [f"HTTP/1.1 {reply.status} x", f"Content-Length: {len(reply.body)}"]
            if reply.body:
                head.append(f"Content-Type: {reply.content_type}")
            head += [f"{name}: {value}" for name, value in reply.headers.items()]
            writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + reply.body)
            await writer.drain()


class MastodonPeer(FakePeer):
    software = "mastodon"


class GoToSocialPeer(FakePeer):
    """Key ids are paths that lead to a stub actor; every GET must be signed; no shared inbox; RFC 9421 is not understood."""

    software = "gotosocial"
    has_shared_inbox = False

    def key_id_for(self, uri: str) -> str:
        return f"{uri}/main-key"

    def show(self, request: Received) -> Reply:
        for actor in self.actors.values():
            if request.path == urlsplit(actor.key_id).path:
                stub = {
                    "@context": "https://w3id.org/security/v1",
                    "id": actor.uri,
                    "preferredUsername": actor.username,
                    "type": "Person",
                    "publicKey": self.key_entry(actor),
                }
                return Reply(410) if actor.is_deleted else _json(stub)
        if request.path.startswith("/users/") and "signature" not in request.headers:
            return Reply(401, b'{"error":"Unauthorized: http request wasn\'t signed"}')
        return super().show(request)

    def take(self, request: Received) -> Reply:
        if "signature-input" in request.headers:
            return Reply(401, b'{"error":"Unauthorized"}')
        return super().take(request)

    def signed(
        self, actor: Actor, url: str, body: bytes = b"", *, method: str = "POST", **options: Any
    ) -> dict[str, str]:
        return cavage_headers(
            actor.key, actor.key_id, method, url, body, **{"algorithm": "hs2019", **options}
        )


class SnacPeer(FakePeer):
    """Answers 202 before it looks; fetches nothing twice."""

    software = "snac"
    has_shared_inbox = False

    def take(self, request: Received) -> Reply:
        self.inbox.append(request)
        return Reply(202)


class FedifyPeer(FakePeer):
    """Takes RFC 9421 only, as a server would that has turned the draft off."""

    software = "fedify"

    def take(self, request: Received) -> Reply:
        if "signature-input" not in request.headers:
            return Reply(401, b'{"error":"Use RFC 9421"}')
        return super().take(request)


class Corpse(FakePeer):
    """Takes connections and says nothing; after `stop` it does not even do that."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(Received("?", "?", {}, b""))
        while await reader.read(65536):
            pass


class Liar(FakePeer):
    """Shows keys and documents of others as its own: set `claims` to the document to show for a path."""

    software = "liar"


def cavage_headers(
    key: rsa.RSAPrivateKey,
    key_id: str,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    date: dt.datetime | None = None,
    digest: str | None = None,
    signed_headers: str = "",
    algorithm: str = "rsa-sha256",
    content_type: str = ACTIVITY_JSON,
    host: str | None = None,
) -> dict[str, str]:
    """The headers of a request signed by draft-cavage-http-signatures-12, written from the draft alone."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = {
        "host": host or parts.netloc,
        "date": format_datetime(date or dt.datetime.now(dt.UTC), usegmt=True),
    }
    if method == "POST":
        sha = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["digest"] = digest if digest is not None else f"SHA-256={sha}"
        headers["content-type"] = content_type
    names = signed_headers or (
        "(request-target) host date" + (" digest content-type" if method == "POST" else "")
    )
    values = {**headers, "(request-target)": f"{method.lower()} {target}"}
    text = "\n".join(f"{name}: {values[name]}" for name in names.split())
    signature = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    headers["signature"] = (
        f'keyId="{key_id}",algorithm="{algorithm}",headers="{names}",signature="{signature}"'
    )
    return headers


def rfc9421_headers(
    key: rsa.RSAPrivateKey,
    key_id: str,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    created: int | None = None,
) -> dict[str, str]:
    """The headers of a request signed by RFC 9421 with rsa-v1_5-sha256, written from the RFC alone."""
    created = int(dt.datetime.now(dt.UTC).timestamp()) if created is None else created
    headers = {"host": urlsplit(url).netloc, "content-type": ACTIVITY_JSON}
    components = {"@method": method, "@target-uri": url}
    if method == "POST":
        sha = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["content-digest"] = components["content-digest"] = f"sha-256=:{sha}:"
    names = " ".join(f'"{name}"' for name in components)
    params = f'({names});created={created};keyid="{key_id}";alg="rsa-v1_5-sha256"'
    lines = [f'"{name}": {value}' for name, value in components.items()] + [f'"@signature-params": {params}']
    signature = base64.b64encode(
        key.sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
    ).decode()
    return {**headers, "signature-input": f"sig1={params}", "signature": f"sig1=:{signature}:"}


def verify_cavage(request: Received, public_key: rsa.RSAPublicKey) -> bool:
    """Whether a request that came to a peer is signed by this key, headers and digest included."""
    fields = dict(
        part.split("=", 1) for part in request.headers.get("signature", "").split('",') if "=" in part
    )
    fields = {name.strip().strip(","): value.strip('"') for name, value in fields.items()}
    if "signature" not in fields:
        return False
    values = {**request.headers, "(request-target)": f"{request.method.lower()} {request.target}"}
    names = fields.get("headers", "date").split()
    text = "\n".join(f"{name}: {values.get(name, '')}" for name in names)
    if request.method == "POST":
        sha = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        if request.headers.get("digest", "").lower() != f"sha-256={sha}".lower() or "digest" not in names:
            return False
    try:
        public_key.verify(
            base64.b64decode(fields["signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature:
        return False
    return True


def _json(value: Any, content_type: str = ACTIVITY_JSON) -> Reply:
    return Reply(200, json.dumps(value).encode(), content_type)


async def _read_request(reader: asyncio.StreamReader) -> Received | None:
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


@contextlib.asynccontextmanager
async def outbound(*, resolve: Mapping[str, str] | None = None) -> AsyncIterator[None]:
    """Inside, this process's outbound client may reach loopback over plain http, and finds hosts at the addresses of `resolve`."""
    from core.config import config
    from core.http import close_client

    names = {
        "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "TAKAHE_ALLOW_HTTP": "true",
        "TAKAHE_RESOLVE": ",".join(f"{name}={address}" for name, address in (resolve or {}).items()),
    }
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    config.cache_clear()
    await close_client()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        config.cache_clear()
        await close_client()
