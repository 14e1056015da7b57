"""A GET request to another server: refused for blocked hosts, optionally signed by the system actor, with failures as FetchError kinds."""

from typing import Any

from core.config import config
from core.db import release_connection
from core.http import MalformedJson, Response, client, parse_url
from core.http.json import decode
from federation import metrics
from federation.fetching import pacing
from federation.fetching.errors import (
    DocumentGone,
    DocumentNotFound,
    DocumentRefused,
    PeerBlocked,
    PeerFailed,
    WrongDocument,
)
from federation.fetching.lookups import lookup_slot, lookup_timeout
from federation.peers import host_of, is_blocked
from federation.registry import SYSTEM_ACTOR
from federation.signatures import Scheme
from federation.signing import CAVAGE, RFC9421, Signer, signer_of, system_signer_at

_OTHER_SCHEME_ON = (400, 401)


async def get(uri: str, *, accept: str, signed: bool = False, site: str = "") -> Response:
    """Return a successful response, or raise the matching FetchError. The final URL is in `.url`.

    Signed requests are repeated with RFC 9421 if the first scheme is refused. `site` is the base URL of the signing domain, if that
    matters.
    """
    parse_url(uri, allow_http=config().allow_http)
    await check_not_blocked(uri)
    signer = await (system_signer_at(site) if site else signer_of(SYSTEM_ACTOR)) if signed else None
    async with lookup_slot(uri), lookup_timeout():
        await release_connection()
        response = await _once(uri, accept, signer, CAVAGE)
        if signer is not None and response.status in _OTHER_SCHEME_ON:
            pacing.count_request(host_of(uri))
            second = await _once(uri, accept, signer, RFC9421)
            response = second if second.is_success else response
    if host_of(response.url) != host_of(uri):
        await check_not_blocked(response.url)
        await release_connection()
    metrics.count("fetch", "ok" if response.is_success else "failed")
    if response.is_success:
        return response
    raise _failure(response)


async def check_not_blocked(uri: str) -> None:
    """Raise PeerBlocked for a URI on a blocked host."""
    if await is_blocked(host_of(uri)):
        raise PeerBlocked(code="that_server_blocked", detail=uri[:200])


def json_object(response: Response) -> dict[str, Any]:
    """Return the JSON object of a response. Raises WrongDocument."""
    try:
        value = decode(response.body)
    except MalformedJson as error:
        raise WrongDocument(
            code="answer_unreadable", detail=f"{response.url[:200]}: {error.sentence}"
        ) from error
    if not isinstance(value, dict):
        raise WrongDocument(code="answer_unreadable", detail=f"{response.url[:200]}: not an object")
    return value


async def _once(uri: str, accept: str, signer: Signer | None, scheme: Scheme) -> Response:
    if signer is None:
        return await client().get(uri, accept=accept)
    return await client().get(
        uri, accept=accept, headers={"User-Agent": signer.user_agent}, sign=signer.sign(scheme)
    )


def _failure(response: Response) -> Exception:
    status, detail = response.status, f"{response.url[:200]} answered {response.status}"
    if status == 410:
        return DocumentGone(code="document_deleted", detail=detail)
    if status == 404:
        return DocumentNotFound(code="document_absent", detail=detail)
    if status >= 500 or status in (408, 425, 429):
        return PeerFailed(code="server_failed", detail=detail)
    return DocumentRefused(code="not_shown_by_server", detail=detail)
