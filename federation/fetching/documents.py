"""Fetching ActivityPub documents. A document is accepted only with an id on the host that served it."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from urllib.parse import urldefrag

from core.db import own_connection, release_connection
from core.hosts.networks import client_network
from core.server_state import PerServer
from federation.fetching import pacing, slots
from federation.fetching.alternates import alternate_of
from federation.fetching.errors import WrongDocument
from federation.fetching.lookups import lookup_slot, lookup_timeout
from federation.fetching.requests import get, json_object
from federation.negotiation import ACCEPT, is_activitypub
from federation.peers import host_of

_KEPT_S = 20.0  # an actor is requested for its key, its message and its mention within moments
_MAX_KEPT = 200
_MAX_KEPT_BYTES = 2_000_000  # of all, as sent; parsed they are ten times as large
# URI → expiry, document, size
_kept: PerServer[OrderedDict[str, tuple[float, dict[str, Any], int]]] = PerServer(OrderedDict)
_running: PerServer[dict[tuple[str, bool], asyncio.Task[dict[str, Any]]]] = PerServer(dict)


async def fetch_document(uri: str, *, fresh: bool = False, may_be_page: bool = False) -> dict[str, Any]:
    """Fetch the document at `uri`, signed by the system actor. Its `id` is on the host that served it; if it differs, it is fetched, too.

    `may_be_page`: for a page, fetch the ActivityPub document that it links to (users paste page URLs). Concurrent callers share a
    request, and its result for a few more seconds unless `fresh`. Do not change the document. Raises FetchError kinds.
    """
    uri = urldefrag(uri).url
    if fresh:
        _kept().pop(uri, None)
    elif (known := _kept().get(uri)) is not None and known[0] > time.monotonic():
        return known[1]
    if (uri, may_be_page) not in _running():
        await release_connection()
        await pacing.wait_for_turn(host_of(uri))
    async with lookup_slot(uri):
        await release_connection()
        return await asyncio.shield(_task_for(uri, may_be_page))


async def fetch_document_for(site: str, uri: str) -> dict[str, Any]:
    """Fetch the document at `uri` as served to the domain with this base URL. Raises FetchError kinds."""
    await release_connection()
    await pacing.wait_for_turn(host_of(uri))
    async with lookup_slot(uri), lookup_timeout():
        document, _ = await _fetch(uri, site=site)
    return document


def _task_for(uri: str, may_be_page: bool) -> asyncio.Task[dict[str, Any]]:
    task = _running().get((uri, may_be_page))
    if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
        task = asyncio.create_task(_fetch_and_keep(uri, may_be_page), name=f"fetch:{uri[:100]}")
        _running()[uri, may_be_page] = task
        task.add_done_callback(lambda done: _finish((uri, may_be_page), done))
    return task


async def _fetch_and_keep(uri: str, may_be_page: bool) -> dict[str, Any]:
    async with lookup_timeout(), own_connection():
        # already counted by the caller that waits for this task
        client_network.set("")
        slots.is_bounded.set(False)
        document, size = await _fetch(uri, may_be_page=may_be_page)
    # also under its own id: a caller that found an actor by its page URL requests the actor next
    _keep(dict.fromkeys((uri, urldefrag(document["id"]).url)), document, size)
    return document


def _keep(names: Iterable[str], document: dict[str, Any], size: int) -> None:
    """Cache a document for a while under these names. The oldest are dropped; so is one that is as large as many, earlier than others."""
    kept, now = _kept(), time.monotonic()
    for name in names:
        kept.pop(name, None)
        kept[name] = (now + _KEPT_S, document, size)
    while kept:
        until, _, _ = next(iter(kept.values()))
        if (
            until > now
            and len(kept) <= _MAX_KEPT
            and sum(each[2] for each in kept.values()) <= _MAX_KEPT_BYTES
        ):
            break
        kept.popitem(last=False)


def _finish(key: tuple[str, bool], task: asyncio.Task[dict[str, Any]]) -> None:
    if _running().get(key) is task:
        del _running()[key]
    if not task.cancelled():
        task.exception()  # mark as retrieved, even if all callers were cancelled


async def _fetch(
    uri: str, *, is_second: bool = False, may_be_page: bool = False, site: str = ""
) -> tuple[dict[str, Any], int]:
    """Return the document and the size of its text."""
    response = await get(uri, accept=ACCEPT, signed=True, site=site)
    if not is_activitypub(response.header("content-type")):
        if may_be_page and (alternate := alternate_of(response)) not in ("", uri):
            pacing.count_request(host_of(alternate))
            return await _fetch(alternate)
        raise WrongDocument(
            code="not_activitypub",
            detail=f"{uri[:200]}: {response.header('content-type')[:100]}",
        )
    document = json_object(response)
    document_id = document.get("id")
    if not isinstance(document_id, str) or not document_id:
        raise WrongDocument(code="document_without_id", detail=uri[:200])
    served_at = urldefrag(response.url).url
    if urldefrag(document_id).url in (uri, served_at) and host_of(document_id) == host_of(served_at):
        return document, len(response.body)
    if is_second:
        raise WrongDocument(code="document_of_other_id", detail=f"{uri[:200]}: {document_id[:200]}")
    # a copy, or an alias such as /@name: only the document served at its own id is trusted
    pacing.count_request(host_of(document_id))
    return await _fetch(urldefrag(document_id).url, is_second=True, site=site)
