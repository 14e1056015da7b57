"""Mail on its way out, without a thread. TAKAHE_MAIL_URL says how: `console:`, `file:/folder`, `smtp://…` or `smtps://…`.

SMTP is spoken here (RFC 5321, 3207, 4954) because the libraries for it connect by host name, which looks the name up in a thread.
"""

import asyncio
import base64
import secrets
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from core import clock
from core.config import ConfigError, config
from core.connections import require_no_connection
from core.errors import Unavailable
from core.http.errors import FetchError
from core.http.resolver import Resolver, SystemResolver
from core.http.trust import trusting_context
from core.logs import get_logger

log = get_logger(__name__)

TIMEOUT_S = 30
_LONGEST_REPLY = 100
_OURS = ("530", "538")  # it wants a login or encryption: the operator's to mend, like a wrong password
_POLICY = SMTP.clone(cte_type="7bit")  # not every server takes 8BITMIME


class MailRefused(Unavailable):
    """The mail server would not take the mail. `is_final`: it never will (a 5xx answer about the mail, not about our login)."""

    def __init__(self, detail: str, *, is_final: bool) -> None:
        super().__init__("The mail can't be sent right now.", detail=detail)
        self.is_final = is_final


async def send_mail(*, to: str, subject: str, text: str, resolver: Resolver | None = None) -> None:
    """Hand one plain-text mail over. Raises MailRefused; ConnectionHeld when the caller keeps a database connection meanwhile."""
    require_no_connection("a mail")
    url = urlsplit(config().mail_url)
    message = _compose(to, subject, text)
    if url.scheme == "console":
        log.info("mail.printed", to=to, subject=subject, text=text)
    elif url.scheme == "file":
        _keep(Path(unquote(url.path)), message)
    elif url.scheme in {"smtp", "smtps"}:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await _deliver(url, to, message, resolver or SystemResolver(config().resolve))
        except FetchError as error:  # its name leads nowhere
            raise MailRefused(f"{url.hostname}: {error.sentence}", is_final=False) from error
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError, ValueError) as error:
            raise MailRefused(f"{url.hostname}: {type(error).__name__}: {error}", is_final=False) from error
        log.info("mail.sent", host=url.hostname)
    else:
        raise ConfigError(
            f"TAKAHE_MAIL_URL starts with {url.scheme!r}. Write console:, file:/folder, smtp://… or smtps://…"
        )


def _compose(to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    sender = config().mail_from
    message["From"] = sender
    message["To"] = " ".join(to.split())
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _keep(folder: Path, message: EmailMessage) -> None:
    """One file per mail, named by time; complete when it appears."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{clock.now():%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
    part = folder / f".{name}.part"
    part.touch(mode=0o600)  # mails hold links that sign in
    part.write_bytes(message.as_bytes())
    part.rename(folder / name)


class _Smtp:
    """One conversation with a mail server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.extensions: dict[str, str] = {}

    async def say(self, line: str, expect: int) -> list[str]:
        """Send a command and read the answer's lines. Raises MailRefused unless its code begins with `expect`'s digits."""
        if "\r" in line or "\n" in line:
            raise MailRefused("a line break in an SMTP command", is_final=True)
        self.writer.write(line.encode("utf-8") + b"\r\n")
        await self.writer.drain()
        return await self.hear(expect, line.split(" ")[0])

    async def hear(self, expect: int, after: str) -> list[str]:
        lines: list[str] = []
        for _ in range(_LONGEST_REPLY):
            raw = (await self.reader.readuntil(b"\n")).decode("utf-8", "replace").rstrip("\r\n")
            lines.append(raw[4:])
            if raw[3:4] != "-":
                if not raw.startswith(str(expect)):
                    raise MailRefused(
                        f"after {after}: {raw}", is_final=raw[:1] == "5" and raw[:3] not in _OURS
                    )
                return lines
        raise MailRefused(f"after {after}: an answer without end", is_final=False)

    async def greet(self) -> None:
        lines = await self.say(f"EHLO {config().main_domain.partition(':')[0] or 'localhost'}", 250)
        self.extensions = {
            name.upper(): rest for name, _, rest in (line.partition(" ") for line in lines[1:])
        }

    async def sign_in(self, user: str, password: str) -> None:
        ways = self.extensions.get("AUTH", "").upper().split()
        if "PLAIN" in ways:
            proof = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
            await self._prove(f"AUTH PLAIN {proof}")
        elif "LOGIN" in ways:
            await self.say("AUTH LOGIN", 334)
            await self.say(base64.b64encode(user.encode()).decode(), 334)
            await self._prove(base64.b64encode(password.encode()).decode())
        else:
            raise MailRefused(f"the server offers no way to sign in that we know: {ways}", is_final=True)

    async def _prove(self, line: str) -> None:
        try:
            await self.say(line, 235)
        except MailRefused as error:  # the operator's to mend; the mail can wait for it
            raise MailRefused(f"signing in: {error.detail.partition(': ')[2]}", is_final=False) from error


async def _connect(
    url: SplitResult, resolver: Resolver, tls: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host = url.hostname or ""
    port = url.port or (465 if url.scheme == "smtps" else 587)
    secure = {"ssl": tls, "server_hostname": host} if url.scheme == "smtps" else {}
    failure: OSError | None = None
    for address in await resolver.resolve(host):
        try:
            return await asyncio.open_connection(str(address), port, **secure)  # type: ignore[arg-type]
        except OSError as error:
            failure = error
    raise failure or OSError("no address")


@cache
def _trust() -> ssl.SSLContext:
    return trusting_context()


async def _deliver(url: SplitResult, to: str, message: EmailMessage, resolver: Resolver) -> None:
    tls = _trust()
    reader, writer = await _connect(url, resolver, tls)
    smtp = _Smtp(reader, writer)
    try:
        await smtp.hear(220, "connecting")
        await smtp.greet()
        encrypted = url.scheme == "smtps"
        if not encrypted and "STARTTLS" in smtp.extensions:
            await smtp.say("STARTTLS", 220)
            await writer.start_tls(tls, server_hostname=url.hostname)
            await smtp.greet()
            encrypted = True
        if url.username:
            if not encrypted and url.hostname not in {"localhost", "127.0.0.1", "::1"}:
                raise MailRefused(
                    "the server offers no encryption, so the password stays here", is_final=True
                )
            await smtp.sign_in(unquote(url.username), unquote(url.password or ""))
        wide = " SMTPUTF8" if "SMTPUTF8" in smtp.extensions and not to.isascii() else ""
        sender = config().mail_from.rpartition("<")[2].rstrip("> ")
        await smtp.say(f"MAIL FROM:<{sender}>{wide}", 250)
        await smtp.say(f"RCPT TO:<{to}>", 25)
        await smtp.say("DATA", 354)
        body = message.as_bytes().replace(b"\r\n.", b"\r\n..")
        writer.write(body if body.endswith(b"\r\n") else body + b"\r\n")
        await smtp.say(".", 250)
        with suppress(MailRefused, OSError, EOFError):  # the mail is theirs already
            await smtp.say("QUIT", 2)
    finally:
        writer.close()
