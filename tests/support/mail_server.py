"""A real mail server (aiosmtpd) in its own process: `python -m tests.support.mail_server FOLDER PORT CERT KEY tls|starttls`.

It accepts mail for everybody except nobody@…, over TLS only, from a client authenticated as `me` with `p@ss word`. Each mail becomes a file.
"""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USER, PASSWORD = "me", "p@ss word"


@dataclass
class MailServer:
    """The address of a running server, and the mails it received."""

    port: int
    folder: Path

    def mails(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]


@asynccontextmanager
async def mail_server(
    folder: Path, port: int, certificate: tuple[Path, Path], mode: str
) -> AsyncIterator[MailServer]:
    """Run a mail server while the block lasts. `mode` is tls (for smtps://) or starttls."""
    folder.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.mail_server",
        *(str(word) for word in (folder, port, *certificate, mode)),
        cwd=Path(__file__).resolve().parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            assert await process.stdout.readline() == b"ready\n"
        yield MailServer(port, folder)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def injector(port: int, injected: bytes) -> AsyncIterator[int]:
    """Run a man in the middle that relays to the server on `port` and appends `injected` to its answer to STARTTLS; yield its own port.

    Without the server's key it can't do more, because everything after that is encrypted end to end.
    """

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        is_next = False

        async def towards_server() -> None:
            nonlocal is_next
            with suppress(OSError):
                while data := await reader.read(65536):
                    is_next = is_next or data.upper().startswith(b"STARTTLS")
                    server_writer.write(data)
            server_writer.close()

        async def towards_client() -> None:
            nonlocal is_next
            with suppress(OSError):
                while data := await server_reader.read(65536):
                    if is_next and data.startswith(b"220"):
                        data, is_next = data + injected, False  # in one segment
                    writer.write(data)
            writer.close()

        await asyncio.gather(towards_server(), towards_client())

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def _serve(folder: Path, port: int, certificate: str, key: str, mode: str) -> None:
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)

    class Keeper:
        async def handle_RCPT(
            self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
        ) -> str:
            if address.startswith("nobody@"):
                return "550 there is no such person"
            envelope.rcpt_tos.append(address)
            return "250 fine"

        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
            number = len(list(folder.glob("*.eml")))
            part = folder / f"{number}.part"
            part.write_bytes(envelope.original_content or b"")
            part.rename(folder / f"{number}.eml")
            return "250 kept"

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        return AuthResult(success=is_right, handled=False)

    def session() -> SMTP:
        return SMTP(
            Keeper(),
            hostname="mail.test",
            authenticator=check,
            auth_required=True,
            tls_context=tls if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            auth_require_tls=mode == "starttls",
        )

    await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", port, ssl=tls if mode == "tls" else None
    )
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]))
