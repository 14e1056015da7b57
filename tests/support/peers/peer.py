"""A peer: a server on loopback with actors and documents, which records what is posted to it."""

import asyncio
import contextlib
import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.peers.http import (
    ACTIVITY_JSON,
    Actor,
    Received,
    Reply,
    as_json,
    make_key,
    public_pem,
    read_request,
)
from tests.support.peers.signing import cavage_headers

_counter = itertools.count(1)


class FakePeer:
    """A fake server, running inside `async with peer:`. `host` includes the port; use 127.0.0.1, or map its name with `TAKAHE_RESOLVE`.

    `replies` overrides the reply for a path: a Reply, or a function of the request. `gates` delays it until an event is set.
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

    # --- start and stop ---------------------------------------------------------------------------------------

    async def __aenter__(self) -> "FakePeer":
        self._server = await asyncio.start_server(self._connected, self.address, self.port, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Stop listening. `async with` (or `start`) listens on the same port again."""
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

    # --- actors and documents ---------------------------------------------------------------------------------

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
        """Return a new public Note, served at its id."""
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

    # --- requests to others ---------------------------------------------------------------------------------------

    def signed(
        self, actor: Actor, url: str, body: bytes = b"", *, method: str = "POST", **options: Any
    ) -> dict[str, str]:
        """Return the headers of a request signed as this software does (draft-cavage). See `cavage_headers`."""
        return cavage_headers(actor.key, actor.key_id, method, url, body, **options)

    # --- requests from others -------------------------------------------------------------------------------------

    def answer(self, request: Received) -> Reply:
        """Return the reply to a request. Subclasses override parts of it."""
        override = self.replies.get(request.path)
        if override is not None:
            reply = override(request) if callable(override) else override
            if reply is not None:
                return reply
        if request.method == "POST":
            return self.take(request)
        return self.show(request)

    def take(self, request: Received) -> Reply:
        """Accept a request to an inbox. Like Mastodon, refuse an unsigned one with 401; the signature is not verified here."""
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
            return as_json({"links": links}, "application/json")
        if request.path == "/nodeinfo/2.0":
            return as_json(
                {"version": "2.0", "software": {"name": self.software, "version": "4.2.0"}},
                "application/json",
            )
        if request.path in self.documents:
            return as_json(self.documents[request.path])
        for actor in self.actors.values():
            if request.path == urlsplit(actor.uri).path:
                return Reply(410) if actor.is_deleted else as_json(self.actor_document(actor))
        return Reply(404, b'{"error":"Record not found"}')

    def finger(self, request: Received) -> Reply:
        resource = parse_qs(urlsplit(request.target).query).get("resource", [""])[0].removeprefix("acct:")
        name = resource.partition("@")[0].lower()
        actor = next((actor for actor in self.actors.values() if actor.username.lower() == name), None)
        if actor is None:
            return Reply(404)
        links = [{"rel": "self", "type": ACTIVITY_JSON, "href": actor.uri}]
        subject = f"acct:{actor.username}@{self.handle_host or self.host}"
        return as_json({"subject": subject, "links": links}, "application/jrd+json")

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await read_request(reader)) is not None:
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
