"""Peers of the HTTP client: real servers on loopback, good and bad ones, and a DNS server."""

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.http import Client, NameNotFound
from core.http.addresses import IpAddress

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """A server on loopback that records its requests and counts its connections."""

    port: int
    address: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"


def answer(status: int = 200, body: bytes = b"", headers: str = "") -> Answer:
    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        writer.write(head.encode() + body)

    return write


def redirect(location: str, status: int = 302) -> Answer:
    return answer(status, b"moved", f"Location: {location}\r\n")


@asynccontextmanager
async def serve(
    handler: Answer, *, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Peer]:
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        peer.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                method, target, _ = first.split(" ", 2)
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in lines if line)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(method, target, headers, body)
                peer.requests.append(request)
                await handler(request, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    # a bound socket, because uvloop would resolve a host in libuv's thread pool, even a numeric one
    server = await asyncio.start_server(talk, sock=_bound(socket.SOCK_STREAM, address), ssl=tls)
    peer = Peer(server.sockets[0].getsockname()[1], address)
    try:
        yield peer
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _bound(kind: socket.SocketKind, address: str = "127.0.0.1") -> socket.socket:
    bound = socket.socket(socket.AF_INET, kind)
    bound.setblocking(False)
    bound.bind((address, 0))
    return bound


class Names:
    """A resolver that returns the given answers in turn; the last one repeats."""

    def __init__(self, **answers: list[str]) -> None:
        self.answers = {name.replace("_", "."): list(texts) for name, texts in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str) -> tuple[IpAddress, ...]:
        self.asked.append(host)
        texts = self.answers.get(host)
        if texts is None:
            try:
                return (ipaddress.ip_address(host),)
            except ValueError:
                raise NameNotFound("There is no server with that name.") from None
        text = texts.pop(0) if len(texts) > 1 else texts[0]
        return tuple(ipaddress.ip_address(part) for part in text.split())


@asynccontextmanager
async def a_client(**options: object) -> AsyncIterator[Client]:
    made = Client(**{"allowed_networks": LOOPBACK, "allow_http": True, "resolver": Names(), **options})  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.aclose()


@asynccontextmanager
async def serve_names(
    zone: dict[tuple[str, str], list[str]], *, ttl_s: int = 60
) -> AsyncIterator[tuple[int, list[str]]]:
    """Run a DNS server on loopback; yield its port and its received questions. Names outside the zone don't exist."""
    questions: list[str] = []

    class Zone(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: object) -> None:
            query = dns.message.from_wire(data)
            [question] = query.question
            name, kind = question.name.to_text().rstrip("."), dns.rdatatype.to_text(question.rdtype)
            questions.append(f"{name} {kind}")
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.RA
            records = zone.get((name, kind))
            if records:
                reply.answer.append(dns.rrset.from_text(question.name, ttl_s, "IN", kind, *records))
            elif not any(known == name for known, _ in zone):
                reply.set_rcode(dns.rcode.NXDOMAIN)
            self.transport.sendto(reply.to_wire(), addr)  # type: ignore[attr-defined]

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Zone, sock=_bound(socket.SOCK_DGRAM)
    )
    try:
        yield transport.get_extra_info("sockname")[1], questions
    finally:
        transport.close()


def certificate(folder: Path, *names: str) -> tuple[Path, ssl.SSLContext]:
    """Return a test CA (path of its PEM file) and a server context with a certificate for `names`."""
    now = dt.datetime.now(dt.UTC)

    def make(
        subject: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: x509.Name | None,
        signer: ec.EllipticCurvePrivateKey,
    ) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer or name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
            )
        )
        if issuer is None:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        else:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False
            )
        return builder.sign(signer, hashes.SHA256())

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = make("Test CA", ca_key, None, ca_key)
    leaf = make(names[0], key, ca.subject, ca_key)
    folder.mkdir(parents=True, exist_ok=True)
    ca_file, chain = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(
        leaf.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    return ca_file, context


async def nothing_comes(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)
