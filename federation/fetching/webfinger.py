"""WebFinger: from handles to actors and back, with the round trip that split domains need (docs.joinmastodon.org/spec/webfinger)."""

import re
from typing import Any
from urllib.parse import quote

import msgspec

from core.errors import BadInput
from core.hosts.names import BadHost, normal_authority
from core.http import Response
from core.texts.html_tags import read_tags
from federation.addresses import origin_of
from federation.fetching import pacing
from federation.fetching.errors import DocumentNotFound, WrongDocument
from federation.fetching.requests import get, json_object
from federation.negotiation import is_activitypub
from federation.peers import host_of

ACCEPT = "application/jrd+json, application/json"
_USERNAME = re.compile(r"[^\s@/:?#\x00-\x1f]{1,255}\Z")


class WebFingerResult(msgspec.Struct, frozen=True):
    """The actor's URI, and the handle as its own server spells it, `name@host`."""

    uri: str
    handle: str


async def webfinger(handle: str) -> str:
    """Return the URI of the actor with this handle. Raises BadInput for an invalid handle, FetchError kinds otherwise."""
    return (await look_up_handle(handle)).uri


async def look_up_handle(handle: str) -> WebFingerResult:
    """Return the actor of `name@host` (also `@name@host`, `acct:name@host`) and its canonical handle.

    If the response has another handle, that one's host must confirm the same actor.
    """
    name, host = split_handle(handle)
    first = await _finger(name, host)
    if _same_handle(first.handle, f"{name}@{host}"):
        return first
    second = await _finger(*split_handle(first.handle))
    if second.uri != first.uri or not _same_handle(second.handle, first.handle):
        raise WrongDocument(code="handle_in_dispute", detail=f"{handle[:200]}: {first.handle[:200]}")
    return second


async def canonical_handle(uri: str, username: str, stated: str = "") -> str:
    """Return the `name@host` that WebFinger confirms for the actor at `uri`, on its own host or the one it states (FEP-2c59).

    Raises kinds of FetchError if no handle resolves to this actor.
    """
    found = await look_up_handle(stated or f"{username}@{host_of(uri)}")
    if found.uri != uri:
        raise WrongDocument(code="handle_leads_elsewhere", detail=f"{uri[:200]}: {found.uri[:200]}")
    return found.handle


def split_handle(handle: str) -> tuple[str, str]:
    """Split a handle into (name, host), the host in lower-case ASCII with its port, if any. Raises BadInput."""
    name, at, host = handle.strip().removeprefix("acct:").removeprefix("@").rpartition("@")
    try:
        if not at or not _USERNAME.match(name):
            raise BadInput(code="not_a_handle", detail=handle[:200])
        return name, normal_authority(host)
    except BadHost as error:
        raise BadInput(code="not_a_handle", detail=handle[:200]) from error


def webfinger_url(name: str, host: str) -> str:
    """Return the WebFinger URL for `name@host`."""
    return f"{origin_of(host)}/.well-known/webfinger?resource={quote(f'acct:{name}@{host}', safe='')}"


async def _finger(name: str, host: str) -> WebFingerResult:
    resource, origin, url = f"acct:{name}@{host}", origin_of(host), webfinger_url(name, host)
    await pacing.wait_for_turn(host)
    try:
        response = await get(url, accept=ACCEPT)
    except DocumentNotFound:
        template = await _template(origin)
        if not template or template.replace("{uri}", quote(resource, safe="")) == url:
            raise
        response = await get(template.replace("{uri}", quote(resource, safe="")), accept=ACCEPT)
    return _read(response, f"{name}@{host}")


def _read(response: Response, asked: str) -> WebFingerResult:
    document = json_object(response)
    subject = document.get("subject")
    handle = (
        subject.removeprefix("acct:") if isinstance(subject, str) and subject.startswith("acct:") else asked
    )
    links: Any = document.get("links")
    for link in links if isinstance(links, list) else []:
        if not isinstance(link, dict) or link.get("rel") != "self":
            continue
        uri = link.get("href")
        if isinstance(uri, str) and isinstance(link.get("type"), str) and is_activitypub(link["type"]):
            try:
                name, host = split_handle(handle)
            except BadInput as error:
                raise WrongDocument(code="answer_without_handle", detail=handle[:200]) from error
            return WebFingerResult(uri, f"{name}@{host}")
    raise WrongDocument(code="handle_without_activitypub", detail=response.url[:200])


async def _template(origin: str) -> str:
    """Fetch host-meta and return its template for WebFinger; empty if it has none."""
    try:
        response = await get(f"{origin}/.well-known/host-meta", accept="application/xrd+xml")
    except DocumentNotFound:
        return ""
    for tag in read_tags(response.body.decode("utf-8", "replace")):
        template = tag.attributes.get("template", "")
        if tag.name == "link" and tag.attributes.get("rel", "").lower() == "lrdd" and "{uri}" in template:
            return template
    return ""


def _same_handle(one: str, other: str) -> bool:
    return one.lower() == other.lower()
