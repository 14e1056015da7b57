"""The page of a user's home server for interacting with an object found here.

The server states it in WebFinger: as an intent of FEP-3b86, else in OStatus' subscription template, which Mastodon and most others have.
"""

from enum import StrEnum
from urllib.parse import quote

from core.config import config
from core.http import AddressProblem, check_host, parse_url
from federation.fetching import pacing
from federation.fetching.errors import WrongDocument
from federation.fetching.requests import get, json_object
from federation.fetching.webfinger import ACCEPT, split_handle, webfinger_url

_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_INTENTS = "https://w3id.org/fep/3b86/"
_MAX_LINKS = 100
_MAX_LENGTH = 2048


class Intent(StrEnum):
    """Actions on the home server, with the names of FEP-3b86; `look` only opens the object."""

    look = "Object"
    follow = "Follow"
    like = "Like"
    boost = "Announce"


async def interaction_address(handle: str, uri: str, intent: Intent) -> str:
    """Return the URL on the home server of `handle` for interacting with `uri`. Raises BadInput for an invalid handle, FetchError kinds
    otherwise.

    The URL is chosen by that server: it may be on any public host, and callers show a host other than the handle's before redirecting.
    """
    name, host = split_handle(handle)
    await pacing.wait_for_turn(host)
    document = json_object(await get(webfinger_url(name, host), accept=ACCEPT))
    links = document.get("links")
    templates = {
        link["rel"]: link["template"]
        for link in (links[:_MAX_LINKS] if isinstance(links, list) else [])
        if isinstance(link, dict)
        and isinstance(link.get("rel"), str)
        and isinstance(link.get("template"), str)
    }
    for rel, blank in (
        (f"{_INTENTS}{intent}", "{object}"),
        (_SUBSCRIBE, "{uri}"),
        (f"{_INTENTS}{Intent.look}", "{object}"),
    ):
        template = templates.get(rel, "")
        if blank in template and len(template) <= _MAX_LENGTH:
            return _checked(template.replace(blank, quote(uri, safe="")), host)
    raise WrongDocument(code="no_page_for_interactions", detail=host)


def _checked(address: str, host: str) -> str:
    """Return a URL that is safe to redirect browsers to: http(s), without credentials, on a public host or the handle's own."""
    try:
        parts = parse_url(address, allow_http=config().allow_http)
        if parts.host != host.partition(":")[0]:
            check_host(parts.host, config().allowed_networks)
    except AddressProblem as error:
        raise WrongDocument(code="no_page_for_interactions", detail=host) from error
    return address
