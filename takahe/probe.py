"""A minimal HTTP GET for the supervisor and health checks, so that they need not load a client library."""

import asyncio
import ssl
from dataclasses import dataclass

TIMEOUT_S = 5.0
_READ_BYTES = 65536


@dataclass(frozen=True)
class Address:
    """The address of our own web process."""

    scheme: str
    bind: str
    port: int

    @property
    def host(self) -> str:
        """The address to connect to; "any address" means loopback."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)  # noqa: S104

    @property
    def name(self) -> str:
        """The address for users on this machine, with the port."""
        host = "localhost" if self.host in {"127.0.0.1", "::1"} else self.host
        host = f"[{host}]" if ":" in host else host
        usual = {"http": 80, "https": 443}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.name}/"


@dataclass(frozen=True)
class Answer:
    """A status code and the body's text; with 0, if there was no response, the reason."""

    code: int
    text: str = ""


async def get(address: Address, path: str) -> Answer:
    """Return the web process's response to GET `path`."""
    context = None
    if address.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # a local connection by IP address
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {address.name}\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.read(_READ_BYTES)
            writer.close()
    except TimeoutError:
        return Answer(0, f"no answer within {TIMEOUT_S:.0f} s")
    except OSError as error:
        return Answer(0, error.strerror or str(error))
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    code = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return Answer(code, body.decode(errors="replace").strip())
