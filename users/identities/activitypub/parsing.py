"""Parsing of a remote actor's document into a typed value. Pure. Nothing in it is trusted beyond the host that it came from.

Servers write a property in many ways: a value, a list of it, an object with an id, or nothing. Invalid values are left out; only the
indispensable ones are required.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from core import clock
from core.crypto.keys import BadKey, multikey_pem
from core.errors import BadInput
from core.hosts.names import BadHost, normal_authority
from core.texts import is_blank
from core.texts.html import sanitise
from federation.documents import (
    as_id,
    as_ids,
    as_list,
    clean_url,
    flag,
    host_of,
    is_public,
    is_set,
    language_map,
    ordered_types,
    parse_datetime,
    picture_url,
    same_host,
    types_of,
)
from federation.documents import url as address_of
from users.emojis.activitypub import EmojiDocument, parse_emojis
from users.identities.models import ActorType

_MAX_HTML_LENGTH = 20_000
_MAX_NAME_LENGTH = 500
_MAX_FIELDS = 10
_MAX_ALIASES = 10
_MAX_ASSERTION_KEYS = 5
_MAX_ATTRIBUTION_DOMAINS = 100
_USERNAME = re.compile(r"[^\s/?#@:\x00-\x20]{1,255}")


class ActorDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The data of a remote actor's document. URLs are http(s); HTML is sanitised; `stated_handle` (FEP-2c59) is a claim.

    `handle_host` is empty until it is verified.
    """

    uri: str
    actor_type: str
    username: str
    host: str
    handle_host: str = ""
    stated_handle: str = ""
    inbox_url: str
    shared_inbox_url: str = ""
    outbox_url: str = ""
    followers_url: str = ""
    following_url: str = ""
    featured_url: str = ""
    featured_tags_url: str = ""
    featured_collections_url: str = ""
    profile_url: str
    name: str = ""
    summary: str = ""
    fields: list[dict[str, Any]] = msgspec.field(default_factory=list)
    emojis: list[EmojiDocument] = msgspec.field(default_factory=list)
    icon_url: str = ""
    icon_description: str = ""
    image_url: str = ""
    image_description: str = ""
    public_key_id: str = ""
    public_key: str = ""
    assertion_keys: dict[str, str] = msgspec.field(default_factory=dict)  # key id → PEM
    approves_followers: bool = False
    is_discoverable: bool = False
    is_indexable: bool = False
    is_suspended: bool = False
    allows_featuring: bool = False
    attribution_domains: list[str] = msgspec.field(default_factory=list)
    also_known_as: list[str] = msgspec.field(default_factory=list)
    moved_to_uri: str = ""
    published: dt.datetime


ACTOR_TYPES = frozenset(ActorType)


def is_actor(document: object) -> bool:
    """Return whether a document is an actor: a Person, Service, Group and so on."""
    return isinstance(document, Mapping) and not ACTOR_TYPES.isdisjoint(types_of(document))


def parse_actor(document: Mapping[str, Any]) -> ActorDocument:
    """Parse an actor. Raises BadInput, with the reason in its detail, if the document is not a valid actor."""
    uri = url_of(document.get("id"))
    kind = next((kind for kind in ordered_types(document) if kind in ACTOR_TYPES), "")
    stated = _stated_handle(document.get("webfinger"))
    username = document.get("preferredUsername") or stated.partition("@")[0]
    inbox = url_of(document.get("inbox"))
    if not uri:
        raise _refused("no usable id")
    if not kind:
        raise _refused(f"type {str(document.get('type'))[:50]!r} is not an actor")
    if not isinstance(username, str) or not _USERNAME.fullmatch(username) or not username.isprintable():
        raise _refused("no usable preferredUsername")
    if not inbox:
        raise _refused("no usable inbox")
    endpoints = document.get("endpoints")
    key_id, key = _public_key(document, uri)
    icon_url, icon_description = image_of(document.get("icon"))
    image_url, image_description = image_of(document.get("image"))
    return ActorDocument(
        uri=uri,
        actor_type=kind,
        username=username,
        host=host_of(uri),
        stated_handle=stated,
        inbox_url=inbox,
        shared_inbox_url=_own_url(endpoints.get("sharedInbox"), uri)
        if isinstance(endpoints, Mapping)
        else "",
        # on the actor's own host, or posts addressed to another actor's followers would count as addressed to theirs
        outbox_url=_own_url(document.get("outbox"), uri),
        followers_url=_own_url(document.get("followers"), uri),
        following_url=_own_url(document.get("following"), uri),
        featured_url=_own_url(document.get("featured"), uri),
        featured_tags_url=_own_url(document.get("featuredTags"), uri),
        featured_collections_url=_own_url(document.get("featuredCollections"), uri),
        profile_url=_profile_url(document.get("url"), uri),
        name=_name(text_of(document, "name")),
        summary=html_of(text_of(document, "summary"), _MAX_HTML_LENGTH),
        fields=_fields(document),
        emojis=parse_emojis(document),
        icon_url=icon_url,
        icon_description=icon_description,
        image_url=image_url,
        image_description=image_description,
        public_key_id=key_id,
        public_key=key,
        assertion_keys=_assertion_keys(document, uri),
        approves_followers=bool(flag(document.get("manuallyApprovesFollowers"))),
        is_discoverable=bool(flag(document.get("discoverable"))),
        is_indexable=bool(flag(document.get("indexable"))),
        is_suspended=is_set(document.get("suspended")),
        allows_featuring=_allows_featuring(document.get("interactionPolicy")),
        attribution_domains=_attribution_domains(document.get("attributionDomains")),
        also_known_as=as_ids(document.get("alsoKnownAs"))[:_MAX_ALIASES],
        moved_to_uri=url_of(document.get("movedTo")),
        published=min(parse_datetime(document.get("published")) or clock.now(), clock.now()),
    )


def _attribution_domains(value: object) -> list[str]:
    """Return the domains of websites that may name this actor as an author."""
    found: dict[str, None] = {}
    for host in as_list(value)[:_MAX_ATTRIBUTION_DOMAINS]:
        if isinstance(host, str) and len(host) <= 255:
            with suppress(BadHost):  # skip invalid ones
                found[normal_authority(host)] = None
    return list(found)


def _refused(reason: str) -> BadInput:
    return BadInput(code="unusable_account", detail=f"actor: {reason}")


def text_of(document: Mapping[str, Any], name: str) -> str:
    """Return the text of a property, or the first value of its Map form (`nameMap`) if only that is present."""
    value = document.get(name)
    if isinstance(value, str) and value:
        return value
    return next(iter(language_map(document.get(f"{name}Map")).values()), "")


def _name(value: object) -> str:
    """Return the name; empty if it has no visible character, so that the username is shown."""
    name = text(value, _MAX_NAME_LENGTH)
    return "" if is_blank(name) else name


def text(value: object, longest: int) -> str:
    """Return plain text on one line, without control characters, cut to `longest`."""
    if not isinstance(value, str):
        return ""
    cleaned = "".join(
        c if unicodedata.category(c) not in {"Cc", "Cs", "Cn"} else " " for c in value[: longest * 4]
    )
    return " ".join(cleaned.split())[:longest]


def html_of(value: object, longest: int) -> str:
    """Return sanitised HTML.

    It is truncated before it is sanitised, so that every open element is closed.
    """
    if not isinstance(value, str):
        return ""
    return sanitise(storable(value[:longest]))


def storable(value: str) -> str:
    """Remove what Postgres can't store: NUL and lone surrogates."""
    return value.replace("\x00", "").encode("utf-8", "ignore").decode()


def url_of(value: object) -> str:
    """Return an http(s) URL or an empty string."""
    return clean_url(as_id(value))


def _allows_featuring(policy: object) -> bool:
    """Return whether anybody may put the actor in a collection (FEP-7aa9). Without a policy, nobody may."""
    rule = policy.get("canFeature") if isinstance(policy, Mapping) else None
    return isinstance(rule, Mapping) and is_public(rule.get("automaticApproval"))


def _own_url(value: object, uri: str) -> str:
    found = url_of(value)
    return found if found and same_host(found, uri) else ""


def _stated_handle(value: object) -> str:
    """Read `name@host` from a `webfinger` property; some write `acct:name@host`."""
    if not isinstance(value, str):
        return ""
    name, _, host = value.removeprefix("acct:").removeprefix("@").partition("@")
    try:
        return f"{name}@{normal_authority(host)}" if _USERNAME.fullmatch(name) else ""
    except BadHost:
        return ""


def _profile_url(value: object, uri: str) -> str:
    """Return the profile page, if it is on the actor's host; else the actor's id."""
    found = clean_url(address_of(value))
    return found if found and same_host(found, uri) else uri


def image_of(value: object) -> tuple[str, str]:
    """Return the URL and description of an icon or header: an Image, a list of them, a Link, or only the URL."""
    for image in as_list(value):
        if found := picture_url(image):
            words = image if isinstance(image, Mapping) else {}
            return found, text(text_of(words, "summary"), 1500) or text(text_of(words, "name"), 1500)
    return "", ""


def _fields(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for part in as_list(document.get("attachment")):
        if isinstance(part, Mapping) and "PropertyValue" in types_of(part):
            name, value = text(text_of(part, "name"), 255), html_of(text_of(part, "value"), 2048)
            if name or value:
                rows.append({"name": name, "value": value, "source": "", "verified_at": None})
    return rows[:_MAX_FIELDS]


def _public_key(document: Mapping[str, Any], uri: str) -> tuple[str, str]:
    for key in as_list(document.get("publicKey")):
        if isinstance(key, Mapping) and isinstance(key.get("publicKeyPem"), str):
            key_id, owner = url_of(key.get("id")), as_id(key.get("owner")) or uri
            if key_id and owner == uri and same_host(key_id, uri) and len(key["publicKeyPem"]) < 5000:
                return key_id, storable(key["publicKeyPem"])
    return "", ""


def _assertion_keys(document: Mapping[str, Any], uri: str) -> dict[str, str]:
    """Return the Ed25519 keys that may sign the actor's documents (FEP-521a), as PEM by key id."""
    found: dict[str, str] = {}
    for key in as_list(document.get("assertionMethod"))[:_MAX_ASSERTION_KEYS]:
        if isinstance(key, Mapping) and as_id(key.get("controller")) == uri:
            key_id, multibase = url_of(key.get("id")), key.get("publicKeyMultibase")
            if key_id and same_host(key_id, uri) and isinstance(multibase, str):
                with suppress(BadKey):  # an unsupported kind: skip it
                    found[key_id] = multikey_pem(multibase)
    return found
