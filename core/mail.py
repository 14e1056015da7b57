"""Sending mail without a thread. TAKAHE_MAIL_URL says how: `console:`, `file:/folder`, `smtp://…` or `smtps://…`.

aiosmtplib speaks SMTP over a socket that is connected here, because it would look names up in a thread.
"""

import asyncio
import errno
import os
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from core import clock
from core.config import config
from core.connections import require_no_connection
from core.errors import Unavailable
from core.hosts.names import BadHost, normal_host
from core.http.dial import CONNECT_S, MAX_ADDRESSES
from core.http.dns.resolver import Resolver, SystemResolver
from core.http.errors import FetchError
from core.http.trust import client_ssl_context
from core.logs import MultilineText, get_logger
from core.server_state import PerServer

log = get_logger(__name__)

TIMEOUT_S = 30
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_SPECIALS = frozenset('()<>[]:;@\\,"')
_OURS = (530, 538)  # the server requires a login or encryption: a configuration error, like a wrong password


class _WholeHeader(UnstructuredHeader, BaseHeader):
    """An address in one line: Python would encode a long one, which mail clients then can't read."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _WholeHeader)
_POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)  # not every server takes 8BITMIME


class MailRefused(Unavailable):
    """The mail server did not accept the mail. `is_final`: a retry is pointless (a 5xx response about the mail, not about our login).

    The texts are for operators: only the worker sends mails.
    """

    def __init__(self, *, code: str, is_final: bool = False, **facts: int | str) -> None:
        super().__init__("", code=code, field="", detail="", status=None, **facts)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Sender:
    """The domain that a mail comes from: its name, its title, its address for answers, and the name before the @ of its own address."""

    domain: str = ""
    title: str = ""
    contact: str = ""
    mail_name: str = ""

    @property
    def host(self) -> str:
        """Its name for mail servers, without a port; the main domain's if it has none."""
        return _host(self.domain or config().main_domain or "localhost")


async def send_mail(
    *,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    sender: Sender | None = None,
    unsubscribe_url: str = "",
    resolver: Resolver | None = None,
) -> None:
    """Send one mail, as text and optionally HTML. A POST to `unsubscribe_url` ends mails of its kind (RFC 8058). Raises MailRefused; ConnectionHeld if the caller holds a database connection."""
    require_no_connection("a mail")
    url, sender = urlsplit(config().mail_url), sender or Sender()
    message = _compose(sender, to, subject, text, html)
    if unsubscribe_url:
        message["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if url.scheme == "console":
        log.info("mail.printed", to=to, subject=subject, text=MultilineText(text))
    elif url.scheme == "file":
        _keep(Path(unquote(url.path)), _as_bytes(message))
    else:
        async with _failures_of(url):
            await _deliver(url, sender.host, message, resolver or SystemResolver(config().resolve))
        log.info("mail.sent", host=url.hostname)


def _compose(sender: Sender, to: str, subject: str, text: str, html: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    own_name, own_address = parseaddr(config().mail_from.replace("{domain}", sender.host))
    if sender.mail_name and "@{domain}" in config().mail_from:
        own_address = f"{sender.mail_name}@{sender.host}"
    name = " ".join((own_name or sender.title).split())
    message["From"] = _mailbox(own_address, name)
    message["To"] = _mailbox(to)
    if sender.contact:
        message["Reply-To"] = _mailbox(sender.contact)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=sender.host)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def _mailbox(text: str, name: str = "") -> Address:
    """Return an e-mail address with its host in ASCII (IDNA), as every mail server accepts it. Raises MailRefused if it is invalid."""
    local, _, host = text.strip().rpartition("@")
    try:
        host = _host(host)
        if local.isascii():
            local = Address(addr_spec=f"{local}@{host}").username
        elif _SPECIALS.intersection(local) or not local.isprintable():
            raise ValueError("quotes and letters beyond ASCII")  # Python's parser knows ASCII only
        if any(char.isspace() for char in local):
            raise ValueError("white space")
    except (BadHost, ValueError, IndexError, HeaderParseError) as error:  # that parser raises all of them
        raise MailRefused(code="mail_address_unusable", given=text[:254], is_final=True) from error
    return Address(name, local, host)


def _host(name: str) -> str:
    return normal_host(name.partition(":")[0])


def _only(message: EmailMessage, header: str) -> str:
    return str(message[header].addresses[0].addr_spec)


def _is_wide(message: EmailMessage) -> bool:
    """Return whether an address has non-ASCII letters before its @, which need SMTPUTF8 (RFC 6531)."""
    return not all(_only(message, name).isascii() for name in ("From", "To", "Reply-To") if name in message)


def _as_bytes(message: EmailMessage) -> bytes:
    return message.as_bytes(policy=_POLICY.clone(utf8=_is_wide(message)))


def _keep(folder: Path, message: bytes) -> None:
    """Write one file per mail, named by time. It is created atomically."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{clock.now():%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
    part = folder / f".{name}.part"
    part.touch(mode=0o600)  # mails contain links that sign in
    part.write_bytes(message)
    part.rename(folder / name)


_trust: PerServer[ssl.SSLContext] = PerServer(client_ssl_context)


async def knock(sender: Sender) -> str:
    """Connect to the mail server, with encryption if it offers that, and sign in; return in words how it answered. Raises MailRefused."""
    require_no_connection("a greeting")
    url = urlsplit(config().mail_url)
    if url.scheme == "file":
        return f"Mails are stored in {unquote(url.path)}."
    async with _failures_of(url), _opened(url, sender.host, SystemResolver(config().resolve)) as smtp:
        is_encrypted = smtp.get_transport_info("sslcontext") is not None
        how = "with" if is_encrypted else "without"
        return f"{url.hostname} answers {how} encryption{', and lets us sign in' if url.username else ''}."


@asynccontextmanager
async def _failures_of(url: SplitResult) -> AsyncIterator[None]:
    """Raise MailRefused for whatever goes wrong with a mail server in the block."""
    host = url.hostname or ""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield
    except FetchError as error:  # its name can't be resolved
        raise MailRefused(
            code="mail_server_unreachable", host=host, why=error.sentence.rstrip(".")
        ) from error
    except aiosmtplib.SMTPResponseException as error:
        is_final = 500 <= error.code < 600 and error.code not in _OURS
        raise MailRefused(
            code="mail_not_accepted", host=host, answer=_words(error), is_final=is_final
        ) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise MailRefused(
            code="mail_connection_failed", host=host, why=f"{type(error).__name__}: {error}"
        ) from error
    except ValueError as error:  # an address that no command may hold
        raise MailRefused(code="mail_not_sendable", why=str(error), is_final=True) from error


async def _deliver(url: SplitResult, own_host: str, message: EmailMessage, resolver: Resolver) -> None:
    async with _opened(url, own_host, resolver) as smtp:
        is_wide = _is_wide(message)
        if is_wide and not smtp.supports_extension("SMTPUTF8"):
            raise MailRefused(code="mail_server_without_smtputf8", is_final=True)
        await smtp.mail(_only(message, "From"), options=["SMTPUTF8"] if is_wide else [], encoding="utf-8")
        await smtp.rcpt(_only(message, "To"), encoding="utf-8")
        await smtp.data(_as_bytes(message))


@asynccontextmanager
async def _opened(url: SplitResult, own_host: str, resolver: Resolver) -> AsyncIterator[aiosmtplib.SMTP]:
    """Connect and sign in to the server of `url`, whose certificate must match that name, whatever its address."""
    host, is_tls = url.hostname or "", url.scheme == "smtps"
    smtp = aiosmtplib.SMTP(
        hostname=host,
        sock=await _connect(host, url.port or (465 if is_tls else 587), resolver),
        local_hostname=own_host,  # else it starts a thread to ask
        use_tls=is_tls,
        start_tls=False if is_tls else None,  # None: when it is offered
        tls_context=_trust(),
        timeout=TIMEOUT_S,
    )
    try:
        await smtp.connect()
        if smtp.is_ehlo_or_helo_needed:
            await smtp.ehlo()
        if url.username:
            if smtp.get_transport_info("sslcontext") is None and host not in _THIS_MACHINE:
                raise MailRefused(code="mail_server_without_encryption", is_final=True)
            await _sign_in(smtp, unquote(url.username), unquote(url.password or ""))
        yield smtp
        with suppress(aiosmtplib.SMTPException, OSError):  # the mail is already accepted
            await smtp.quit()
    finally:
        smtp.close()


async def _sign_in(smtp: aiosmtplib.SMTP, user: str, password: str) -> None:
    """Sign in with one mechanism, the simplest: a wrong password fails with each, and some servers block clients after several attempts."""
    ways = {"plain": smtp.auth_plain, "login": smtp.auth_login, "cram-md5": smtp.auth_crammd5}
    way = next((sign_in for name, sign_in in ways.items() if name in smtp.server_auth_methods), None)
    if way is None:
        offered = " ".join(smtp.server_auth_methods) or "none"
        raise MailRefused(code="mail_sign_in_unknown", offered=offered, is_final=True)
    try:
        await way(user, password)
    except aiosmtplib.SMTPResponseException as error:  # a configuration error; the mail can wait
        raise MailRefused(code="mail_sign_in_refused", answer=_words(error)) from error


def _words(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {' '.join(error.message.split())}"


async def _connect(host: str, port: int, resolver: Resolver) -> socket.socket:
    """Return a connected socket, for a library that would resolve the name in a thread. Raises FetchError or OSError."""
    failure: Exception | None = None
    for address in (await resolver.resolve(host))[:MAX_ADDRESSES]:
        sock = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6)
        try:
            sock.setblocking(False)
            async with asyncio.timeout(CONNECT_S):
                await _connected(sock, (str(address), port))
        except (OSError, TimeoutError) as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure or OSError("no address")


async def _connected(sock: socket.socket, address: tuple[str, int]) -> None:
    """Connect like `loop.sock_connect`, which on uvloop uses a thread even for a numeric address (measured)."""
    code = sock.connect_ex(address)
    if code == errno.EINPROGRESS:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        loop.add_writer(sock, done.set)
        try:
            await done.wait()
        finally:
            loop.remove_writer(sock)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))
