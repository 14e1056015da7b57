"""The software of a peer, from its nodeinfo (nodeinfo.diaspora.software). It is self-reported: shown to users, and used to decide whether
reactions are understood.
"""

import msgspec

from federation.addresses import origin_of
from federation.fetching.errors import WrongDocument
from federation.fetching.requests import get, json_object
from federation.peers import host_of

_SCHEMAS = "http://nodeinfo.diaspora.software/ns/schema/"


class Software(msgspec.Struct, frozen=True):
    name: str
    version: str


async def fetch_software(host: str) -> Software:
    """Return the name and version of the software at `host`. Raises FetchError kinds."""
    index = json_object(await get(f"{origin_of(host)}/.well-known/nodeinfo", accept="application/json"))
    links = index.get("links")
    addresses = [
        (link["rel"], link["href"])
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, dict)
        and isinstance(link.get("rel"), str)
        and isinstance(link.get("href"), str)
        and link["rel"].startswith(_SCHEMAS)
    ]
    if not addresses:
        raise WrongDocument(code="nodeinfo_empty", detail=host)
    address = max(addresses)[1]
    if host_of(address) != host:
        raise WrongDocument(code="nodeinfo_elsewhere", detail=f"{host}: {address[:200]}")
    document = json_object(await get(address, accept="application/json"))
    software = document.get("software")
    if not isinstance(software, dict):
        raise WrongDocument(code="nodeinfo_without_software", detail=host)
    return Software(str(software.get("name", ""))[:100], str(software.get("version", ""))[:100])
