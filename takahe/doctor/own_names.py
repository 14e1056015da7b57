"""The view from outside: what our own domains look like through DNS, TLS and the proxy."""

import asyncio
import base64
import hashlib
import secrets
import ssl
import time
from contextlib import suppress
from urllib.parse import quote, urlsplit

import msgspec

from core.config import config
from core.http import FetchError, Url, parse_url
from core.http.errors import NameNotFound
from takahe.doctor import knocking, visit
from takahe.doctor.findings import Finding, broken, ok, untried, warning
from users.domains.models import Domain
from users.domains.queries import known_hosts

_DAYS = 86_400
_FEW_DAYS = 14  # usual certificates are renewed a month before they end
_ANSWERS_WITHIN_S = 2.0  # a proxy that refuses a body does so when it is announced
_SOME_BODY = 1_500_000  # some refuse only what has come, and 1 MB is a frequent limit
_WEBSOCKET_ID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
_PROXIES = "docs/run/install.md has the lines for nginx and Caddy"


def url_of(domain: Domain) -> Url:
    return parse_url(domain.base_url, allow_http=True)


def _refused(check: str, domain: Domain, error: Exception) -> Finding:
    """Return what a failed connection means."""
    name = domain.host
    match error:
        case ssl.SSLCertVerificationError():
            return broken(
                check,
                f"Browsers don't trust the certificate of {name}: {error.verify_message}.",
                _cure_of(error),
                name,
            )
        case ssl.SSLError():
            return broken(
                check,
                f"{name} doesn't speak TLS properly: {error.reason or error}.",
                "Give the proxy a certificate for this name.",
                name,
            )
        case NameNotFound():
            return untried(check, f"{name} has no address.", name)
        case FetchError() if error.is_ours:
            return untried(check, error.sentence, name)
        case FetchError():
            return broken(
                check,
                f"{name} can't be reached: {error.sentence}",
                "Start the reverse proxy, open its port, and let the name lead to it; behind a router that can't send requests back inside, "
                "look from another network.",
                name,
            )
        case _:
            return untried(check, f"{type(error).__name__}: {error}", name)


def _cure_of(error: ssl.SSLCertVerificationError) -> str:
    words = error.verify_message.lower()
    if "expired" in words:
        return "Renew the certificate, and find out why that was not done automatically."
    if "hostname mismatch" in words or "ip address mismatch" in words:
        return "Get a certificate that contains this name, or let the proxy choose the right one by name."
    if "issuer" in words or "self-signed" in words or "self signed" in words:
        return "Give the proxy the whole chain (fullchain.pem), by an authority that browsers trust."
    return "Get a new certificate for this name."


async def dns(domain: Domain) -> Finding:
    """Check that the name has an address."""
    host = url_of(domain).host
    try:
        found = await visit.addresses(host)
    except NameNotFound:
        return broken(
            "dns",
            f"{host} has no address in DNS.",
            "Create an A or AAAA record that leads to the proxy.",
            domain.host,
        )
    except FetchError as error:
        return untried("dns", f"{error.sentence}", domain.host)
    return ok("dns", f"{host} is {', '.join(map(str, found[:4]))}.", domain.host)


async def tls(domain: Domain) -> Finding:
    """Check the certificate, its chain, and how long it is valid."""
    url = url_of(domain)
    if url.scheme == "http":
        return ok("tls", "A domain with a port uses plain HTTP, which is for trials only.", domain.host)
    try:
        async with visit.line(url) as connection:
            begins_at, ends_at = (
                ssl.cert_time_to_seconds(str(connection.certificate[name]))
                for name in ("notBefore", "notAfter")
            )
    except (FetchError, OSError) as error:
        return _refused("tls", domain, error)
    days, lifetime_days = ((ends_at - since) / _DAYS for since in (time.time(), begins_at))
    if days < min(_FEW_DAYS, lifetime_days / 4):
        return warning(
            "tls",
            f"The certificate is valid for {days:.0f} more days.",
            "Renew it, and find out why that was not done automatically.",
            domain.host,
        )
    return ok("tls", f"The certificate is trusted, for {days:.0f} more days.", domain.host)


async def forwarded(domain: Domain) -> Finding:
    """Check that host and scheme of a request arrive as they were sent."""
    url, token = url_of(domain), knocking.new_token()
    try:
        answer = await visit.get(url, knocking.FOLDER + quote(token))
        heard = (
            msgspec.json.decode(_json_in(answer.body), type=knocking.Heard) if answer.status == 200 else None
        )
    except msgspec.MsgspecError:
        heard = None
    except (FetchError, OSError) as error:
        return _refused("proxy", domain, error)
    if heard is None or heard.token != token:
        where = answer.headers.get("location", "")
        said = f"status {answer.status}" + (f" and a redirect to {where[:200]}" if where else "")
        return broken(
            "proxy",
            f"{domain.base_url} is answered with {said}, and not by this server.",
            "Let the proxy send all paths of this name to this server's address and port.",
            domain.host,
        )
    if heard.host.lower() != url.authority.lower():
        return broken(
            "proxy",
            f"Requests to {url.authority} arrive with the host {heard.host[:200]!r}.",
            f"Let the proxy keep the Host header (nginx: proxy_set_header Host $host; {_PROXIES}).",
            domain.host,
        )
    if heard.scheme != url.scheme:
        return broken(
            "proxy",
            f"Requests arrive as {heard.scheme}, but are sent as {url.scheme}.",
            "Let the proxy set X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme), and name its network in "
            "TAKAHE_TRUSTED_PROXIES if it is on another machine.",
            domain.host,
        )
    return ok("proxy", "Host and scheme of requests arrive as they are sent.", domain.host)


def _json_in(body: bytes) -> bytes:
    """Return the object in a body, which may be chunked."""
    return body[body.find(b"{") : body.rfind(b"}") + 1]


async def webfinger(domain: Domain) -> Finding:
    """Check that other servers find actors under the domain in handles; from there, one redirect to one of our hosts is usual."""
    resource = f"{domain.base_url}/actor"  # the domain's own, which is always there
    scheme = url_of(domain).scheme
    url = parse_url(f"{scheme}://{domain.name}", allow_http=True)
    target = f"/.well-known/webfinger?resource={quote(resource)}"
    try:
        answer = await visit.get(url, target)
        onward = urlsplit(answer.headers.get("location", ""))
        if 300 <= answer.status < 400 and onward.scheme == scheme and onward.netloc in known_hosts():
            url = parse_url(f"{scheme}://{onward.netloc}", allow_http=True)
            answer = await visit.get(url, f"{onward.path}?{onward.query}")
    except (FetchError, OSError) as error:
        return _refused("webfinger", domain, error)
    if answer.status == 200 and b'"subject"' in answer.body:
        return ok("webfinger", f"Actors @{domain.name} are found.", domain.name)
    cure = "Let the proxy pass /.well-known/webfinger to this server."
    if domain.name != domain.host:
        cure = f"Let https://{domain.name} redirect /.well-known/webfinger to {domain.base_url}/.well-known/webfinger, with its query."
    return broken(
        "webfinger", f"Actors @{domain.name} are not found: status {answer.status}.", cure, domain.name
    )


async def uploads(domain: Domain) -> Finding:
    """Check that the proxy takes bodies as large as ours. The body is announced, and only its beginning is sent."""
    size = config().max_body_mb * 1_000_000
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size), "Connection": "close"}
    try:
        async with visit.line(url_of(domain)) as connection:
            await connection.send("POST", knocking.FOLDER + quote(knocking.new_token()), headers)
            status = await _early_status(connection)
            if status is None:
                with suppress(OSError):  # it closed its side: its answer may be there
                    await connection.write(bytes(min(_SOME_BODY, size - 1)))
                status = await _early_status(connection)
    except (FetchError, OSError) as error:
        return _refused("uploads", domain, error)
    if status == 413:
        return broken(
            "uploads",
            f"The proxy refuses uploads of {config().max_body_mb} MB, which this server allows (TAKAHE_MAX_BODY_MB).",
            f"Raise its limit (nginx: client_max_body_size {config().max_body_mb}m;), or lower TAKAHE_MAX_BODY_MB.",
            domain.host,
        )
    if status is not None:
        return untried(
            "uploads", f"the beginning of an upload was answered with status {status}.", domain.host
        )
    return ok("uploads", f"Uploads of up to {config().max_body_mb} MB are let through.", domain.host)


async def _early_status(connection: visit.Line) -> int | None:
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN_S / 2):
            return (await connection.read(has_body=False)).status
    except TimeoutError:
        return None


async def websocket(domain: Domain) -> Finding:
    """Check that apps can open a WebSocket."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
    }
    expected = base64.b64encode(
        hashlib.sha1((key + _WEBSOCKET_ID).encode(), usedforsecurity=False).digest()
    ).decode()
    try:
        async with visit.line(url_of(domain)) as connection:
            await connection.send(
                "GET", f"/.well-known/takahe-doctor-socket?token={quote(knocking.new_token())}", headers
            )
            answer = await connection.read(has_body=False)
    except (FetchError, OSError) as error:
        return _refused("websocket", domain, error)
    if answer.status == 101 and answer.headers.get("sec-websocket-accept") == expected:
        return ok("websocket", "Apps can open a WebSocket for live updates.", domain.host)
    return broken(
        "websocket",
        f"A WebSocket is answered with status {answer.status}, so apps get no live updates.",
        f"Let the proxy pass the headers Upgrade and Connection on, with HTTP/1.1 ({_PROXIES}).",
        domain.host,
    )
