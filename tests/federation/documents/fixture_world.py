"""A whole fediverse on one loopback address: every host named in the collected documents answers, by real HTTPS.

`World` serves documents by their full URL and invents an actor with a key for every signer. The documents are not part of this repository:
they are read from ../shared/fixtures/activitypub, which may be absent.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urldefrag, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from federation.documents import as_id, host_of, types_of
from tests.support.authority import Authority
from tests.support.peers import FakePeer, Received, Reply, cavage_headers, make_key, public_pem
from users.identities.activitypub.parsing import ACTOR_TYPES

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "activitypub"
_TEMPLATE = re.compile(r'template="([^"]+)"')
_JRD = "application/jrd+json"


def all_strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from all_strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from all_strings(part)


def ids_in(value: object) -> Iterator[str]:
    """Return the ids in a document: its own, actors, authors and objects, at any depth."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name in ("id", "actor", "attributedTo", "object"):
                yield from (
                    one for one in (part if isinstance(part, list) else [part]) if isinstance(one, str)
                )
            yield from ids_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from ids_in(part)


def places_of(documents: list[Any]) -> set[tuple[str, str, int]]:
    """Return (scheme, host, port) of every URL in the documents."""
    found = set()
    for document in documents:
        for text in all_strings(document):
            template = _TEMPLATE.search(text)  # in host-meta
            text = template[1] if template else text
            if text.startswith(("https://", "http://")) and len(text) < 2048 and host_of(text):
                parts = urlsplit(text)
                assert parts.hostname
                port = parts.port or (443 if parts.scheme == "https" else 80)
                found.add((parts.scheme, parts.hostname.lower(), port))
        if isinstance(document, dict) and str(document.get("subject", "")).startswith("acct:"):
            found.add(("https", document["subject"].rpartition("@")[2].lower(), 443))
    return found


class World(FakePeer):
    """All hosts at once. `serve` serves a document at a URL; `person` invents an actor there unless a document is served already."""

    def __init__(self, address: str, places: set[tuple[str, str, int]], authority: Authority) -> None:
        super().__init__("world.test", address=address)
        self.served: dict[str, tuple[str, bytes]] = {}
        self.fingers: dict[str, str] = {}
        self.key = make_key()
        hosts = sorted({host for _, host, _ in places if host.isascii() and len(host) < 64})
        # some fixtures contain invalid hosts (`acct:kaniini`), which the setting refuses
        self.resolve = {
            host: address
            for host in hosts
            if host_of(f"https://{host}") and not host.replace(".", "").isdigit()
        }
        certificate, key = authority.issue("world.test", *hosts)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate, key)
        self._ports = {(port, scheme == "https") for scheme, _, port in places} | {(443, True)}
        self._listeners: list[asyncio.Server] = []

    async def __aenter__(self) -> "World":
        for port, is_tls in sorted(self._ports):
            context = self._context if is_tls else None
            for address in (self.address, "127.0.0.1") if port > 1024 else (self.address,):
                self._listeners.append(
                    await asyncio.start_server(self._connected, address, port, limit=2**20, ssl=context)
                )
        return self

    async def __aexit__(self, *error: object) -> None:
        for listener in self._listeners:
            listener.close()
        for writer in list(self._writers):
            writer.close()

    def forget(self) -> None:
        self.served.clear()
        self.fingers.clear()

    def serve(self, uri: str, document: Any, content_type: str = "application/activity+json") -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.served[_place(uri)] = (content_type, body)
        if isinstance(document, dict) and types_of(document) & ACTOR_TYPES:
            name = document.get("preferredUsername")
            if isinstance(name, str) and (host := host_of(uri)):
                self.fingers[f"acct:{name}@{host}".lower()] = uri

    def person(self, uri: str, **more: Any) -> None:
        """Invent an actor at `uri` with our key, so that they can sign."""
        name = (
            "".join(c for c in uri.rstrip("/").rpartition("/")[2] if c.isalnum() or c in "_-")[:60]
            or "someone"
        )
        base = uri.rstrip("/")
        made_up = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": uri,
            "type": "Person",
            "preferredUsername": name,
            "inbox": f"{base}/inbox",
            "outbox": f"{base}/outbox",
            "followers": f"{base}/followers",
            "following": f"{base}/following",
        }
        key = {"id": self.key_id_for(uri), "owner": uri, "publicKeyPem": public_pem(self.key)}
        self.serve(uri, {**made_up, "publicKey": key, **more})

    def key_id_for(self, uri: str) -> str:
        return f"{uri}#main-key"

    def headers(
        self, actor: str, url: str, body: bytes, key: rsa.RSAPrivateKey | None = None
    ) -> dict[str, str]:
        return cavage_headers(key or self.key, self.key_id_for(actor), "POST", url, body)

    def answer(self, request: Received) -> Reply:
        if request.method == "POST":
            return Reply(202)
        at = f"{request.headers.get('host', '')}{request.target}".lower()
        if request.path == "/.well-known/webfinger" and at not in self.served:
            resource = parse_qs(urlsplit(request.target).query).get("resource", [""])[0]
            return self._finger(resource)
        found = self.served.get(at)
        return Reply(404) if found is None else Reply(200, found[1], found[0])

    def _finger(self, resource: str) -> Reply:
        uri = self.fingers.get(resource.lower())
        if uri is None:
            return Reply(404)
        links = [{"rel": "self", "type": "application/activity+json", "href": uri}]
        return Reply(200, json.dumps({"subject": resource, "links": links}).encode(), _JRD)

    def serve_finger(self, handle: str, document: Any) -> None:
        """Serve this WebFinger response for this handle."""
        host = handle.rpartition("@")[2]
        self.serve(
            f"https://{host}/.well-known/webfinger?resource={quote(f'acct:{handle}', safe='')}",
            document,
            _JRD,
        )


def _place(uri: str) -> str:
    """Return host and target of a request for a URL, without scheme and fragment."""
    parts = urlsplit(urldefrag(uri).url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"{parts.netloc}{target}".lower()


def actor_in(document: dict[str, Any]) -> str:
    """Return the actor or author of a document."""
    for name in ("actor", "attributedTo"):
        value = document.get(name)
        for one in value if isinstance(value, list) else [value]:
            if uri := as_id(one):
                return uri
    return ""
