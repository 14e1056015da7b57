"""Fetching of preview cards: the linked page, and the oEmbed document that it links to."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from activities.previews.models import CardGraph, PreviewCard
from activities.previews.pages import creator_of, decode_page, oembed_fields, page_fields, read_head
from activities.previews.services import CardFields, store_card
from core import clock, http
from core.db import release_connection, sql
from core.errors import Problem
from core.http import FetchError, MalformedJson, ResponseTooLarge
from core.http.json import decode
from core.logs import get_logger
from core.media import disk
from federation.fetching import slots
from federation.fetching.alternates import alternate_of
from federation.peers import host_of
from stator import Outcome, every, failed, later, to
from users.identities.queries.attribution import is_attributable
from users.identities.services.remote_actors import fetch_and_store, look_up

log = get_logger(__name__)

_MAX_BYTES = 2_000_000
_TIMEOUT_S = 15.0
_CREATOR_WITHIN_S = 20.0
_CURRENT = timedelta(minutes=10)
_DISK_PAUSE = timedelta(minutes=10)


@CardGraph.new.each(lease=timedelta(seconds=60), concurrency=10, fair_by="host")
async def fetch(card: PreviewCard) -> Outcome:
    """Fetch the page of a card and store its metadata."""
    if disk.is_full():
        return later("the disk is full", _DISK_PAUSE, is_attempt=False)
    await release_connection()
    try:
        fields = await _read(card.url)
    except ResponseTooLarge:  # too large for a page: this is a file, which has no card
        return to(CardGraph.empty)
    except FetchError as error:
        return later(str(error), is_attempt=not error.is_ours)
    if isinstance(fields, str):
        return failed(fields)
    if fields.document_url:
        return to(CardGraph.resolving, effect=lambda: store_card(card.pk, fields))
    if not fields.title:
        return to(CardGraph.empty)
    return to(CardGraph.fetched, effect=lambda: store_card(card.pk, fields))


async def _read(url: str) -> CardFields | str:
    """Return the fields, or the reason why there are none."""
    answer = await http.client().get(
        url, accept="text/html,application/xhtml+xml", max_bytes=_MAX_BYTES, timeout_s=_TIMEOUT_S
    )
    kind = answer.header("content-type")
    if not answer.is_success:
        return f"the page answers {answer.status}"
    if "html" not in kind.lower():
        return CardFields()
    head = read_head(decode_page(answer.body, kind), answer.url)
    fields = page_fields(head)
    if head.oembed_url:
        more = await _oembed(head.oembed_url)
        if fields["html"] and more.get("type") == "link":
            del more["type"]  # the page itself has a player
        fields |= more
    fields["document_url"] = alternate_of(answer)
    fields["creator_id"] = await _creator(creator_of(head), host_of(url))
    if not fields["provider_name"]:
        fields["provider_name"] = urlsplit(answer.url).hostname or ""
    return CardFields(**fields)


async def _creator(handle: str, host: str) -> int | None:
    """Return the identity of the page's stated author; None if the handle can't be resolved now.

    An actor stored before they allowed this site is fetched again, because their server may not have sent an Update.
    """
    if not handle:
        return None
    slots.is_bounded.set(True)
    try:
        async with asyncio.timeout(_CREATOR_WITHIN_S):
            found = await look_up(handle)
            known_for = clock.now() - found.fetched_at if found.fetched_at else timedelta.max
            if not found.is_local and not is_attributable(found, host) and known_for > _CURRENT:
                await release_connection()
                found = await fetch_and_store(found.uri, fresh=True)
    except (FetchError, Problem, TimeoutError) as problem:
        log.info("card.creator_not_found", handle=handle, host=host, reason=str(problem))
        return None
    return found.pk


async def _oembed(url: str) -> dict[str, Any]:
    """Return the fields of the oEmbed document; none if it fails: the page alone is sufficient."""
    try:
        answer = await http.client().get(url, accept="application/json", timeout_s=_TIMEOUT_S)
        document = decode(answer.body) if answer.is_success else None
    except (FetchError, MalformedJson) as problem:
        log.debug("card.oembed_not_read", url=url, reason=str(problem))
        return {}
    return oembed_fields(document, url) if isinstance(document, dict) else {}


@every(timedelta(days=1), name="remove_unused_cards")
async def remove_unused_cards() -> int:
    """Delete unused cards older than a week. Served by activities_post_card."""
    return await sql.run(
        """DELETE FROM activities_previewcard WHERE id IN (
               SELECT c.id FROM activities_previewcard c WHERE c.created_at < now() - interval '7 days'
               AND NOT EXISTS (SELECT 1 FROM activities_post p WHERE p.card_id = c.id)
               LIMIT 10000 FOR UPDATE SKIP LOCKED)"""
    )
