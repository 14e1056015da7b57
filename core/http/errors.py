"""Errors of outbound requests. No exception of httpx, aiohttp or the operating system leaves this package.

FetchError                   502   the request had no usable response
├── AddressProblem                 we refused to send it; trying again can't help
│   ├── BadUrl                     scheme, credentials, port or host name that we don't use
│   └── AddressRefused             the name leads to a private or special address
├── NameNotFound                   the host name has no address
├── LocalNetworkError        503   this machine can't open connections now: no descriptors, ports, memory or network left
├── MemoryBudgetExceeded     503   too many large bodies are being read; this one waited too long, or was slow while others waited
├── Unreachable                    no connection, or it broke (also: no answer from DNS)
├── TlsFailed                      the certificate or the handshake is wrong
├── TimedOut                       the deadline passed
├── InvalidResponse                not HTTP, or an encoding we did not ask for
├── ResponseTooLarge               over the size limit, compressed or not
└── BadRedirect                    too many, in a circle, to nowhere, or from https to http
"""

from http import HTTPStatus

from core.errors import Problem


class FetchError(Problem):
    """A failed request. `kind` is a short name for logs and stored reasons; `is_temporary` says whether a later retry may help.

    `is_ours`: this machine is at fault, so that it must not count against the peer.
    """

    status = HTTPStatus.BAD_GATEWAY
    kind = "failed"
    is_temporary = True
    is_ours = False

    @property
    def reason(self) -> str:
        """The kind and the detail (or the message if there is none), for logs and stored reasons."""
        return f"{self.kind}: {self.detail or self.sentence}"


class AddressProblem(FetchError):
    kind = "not_sent"
    is_temporary = False


class BadUrl(AddressProblem):
    kind = "bad_url"


class AddressRefused(AddressProblem):
    kind = "address_refused"


class NameNotFound(FetchError):
    kind = "name_not_found"


class LocalNetworkError(FetchError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    kind = "local_network"
    is_ours = True

    @classmethod
    def of(cls, detail: str) -> "LocalNetworkError":
        """Create the error with the usual sentence."""
        return cls(code="no_connections", detail=detail)


class MemoryBudgetExceeded(FetchError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    kind = "no_room"
    is_ours = True


class Unreachable(FetchError):
    kind = "unreachable"


class TlsFailed(FetchError):
    kind = "tls_failed"


class TimedOut(FetchError):
    kind = "timed_out"
    status = HTTPStatus.GATEWAY_TIMEOUT


class InvalidResponse(FetchError):
    kind = "bad_answer"


class ResponseTooLarge(FetchError):
    kind = "answer_too_large"
    is_temporary = False


class BadRedirect(FetchError):
    kind = "bad_redirect"
    is_temporary = False
