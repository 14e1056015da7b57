"""Resolution of a handle or the URL of any ActivityPub object to an identity or post, which is fetched if it is unknown."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from activities.posts.models import Post
from activities.publishing.activitypub import is_post
from activities.publishing.services import fetching
from core.errors import BadInput, NotAllowed, NotFound
from core.http import FetchError
from core.texts import is_hashtag, without_query
from federation import peers
from federation.documents import COLLECTIONS, as_id, same_host, text, types_of
from federation.fetching import fetch_document
from users.domains.queries import is_local_host
from users.identities.activitypub.parsing import is_actor
from users.identities.models import Identity
from users.identities.queries import identities
from users.identities.services import remote_actors

MAX_LENGTH = 2048
_LONGEST_TAG = 200
_DEEPEST = 3  # an Announce of a Create of a post
_MAX_OWNERS = 4  # asked whether a collection belongs to them
_OWN_PART = re.compile(r"(https?://[^/]+/users/[^/]+)(/statuses/[0-9]{1,19})?/[^?#]+")
_COLLECTIONS_OF = (
    "outbox",
    "followers",
    "following",
    "featured",
    "featuredTags",
    "liked",
    "likes",
    "shares",
    "replies",
)


async def resolve_uri(address: str) -> Identity | Post:
    """Return the identity or post of a handle (`acct:` or not) or a URL.

    The URL may be that of a page, an actor or a post; of an activity, which resolves to its object; or of a collection, which resolves to
    its owner. Raises NotFound, BadInput (with the fact `hashtag` for a hashtag's URL), NotAllowed for another server if the domain that
    reads doesn't federate, and what fetching raises.
    """
    address = address.strip()
    if not address or len(address) > MAX_LENGTH or "\x00" in address:
        raise BadInput(code="nothing_to_resolve", status=400)
    await remote_actors.refuse_out_of_reach(address)
    if not address.startswith(("https://", "http://")):
        return await remote_actors.look_up(address)
    return await _resolve(address, may_be_page=True)


async def _resolve(uri: str, *, may_be_page: bool = False, depth: int = 0) -> Identity | Post:
    known = await fetching.post_at(uri)
    if known is not None:
        return known
    host = peers.host_of(uri)
    if await is_local_host(host):
        return await _own(without_query(uri))
    person = await identities.by_uri(uri)
    if person is not None and person.deleted_at is None:
        return person
    if await peers.is_blocked(host):
        raise NotAllowed(code="server_blocked", detail=host)
    document = await fetch_document(uri, may_be_page=may_be_page)
    if is_actor(document) or is_post(document):
        return await _stored(document)
    if types_of(document) & COLLECTIONS:
        return await _owner_of(document)
    if "Hashtag" in types_of(document):
        raise _of_hashtag(text(document.get("name"), longest=_LONGEST_TAG).lstrip("#＃"), "a hashtag")
    inner = as_id(document.get("object"))
    if not inner or depth >= _DEEPEST:
        raise BadInput(code="no_post_at_address", detail=f"type {str(document.get('type'))[:50]!r}")
    return await _resolve(inner, depth=depth + 1)


async def _stored(document: Mapping[str, Any]) -> Identity | Post:
    """Store and return the actor or post of a document that was fetched just now, without fetching it again."""
    uri = as_id(document.get("id"))
    return await (remote_actors.ensure_actor(uri) if is_actor(document) else fetching.ensure_post(uri))


async def _own(uri: str) -> Identity | Post:
    """Return the local identity or post with this URL, or with a collection or an activity at it."""
    try:
        return await remote_actors.look_up(uri)
    except NotFound:
        part = _OWN_PART.fullmatch(uri)
        if part is None:
            raise
    if part[2] is None:
        return await remote_actors.look_up(part[1])
    post = await fetching.post_at(part[1] + part[2])
    if post is None:
        raise NotFound
    return post


async def _owner_of(collection: Mapping[str, Any]) -> Identity | Post:
    """Return the actor or post that lists this collection as its own; candidates are named in it, or found by its URL."""
    uri = as_id(collection.get("id"))
    part_of = as_id(collection.get("partOf"))
    names = {uri, part_of} - {""}
    said = [as_id(collection.get(name)) for name in ("attributedTo", "actor")]
    for owner in [*dict.fromkeys([*said, *_above(part_of or uri)])][:_MAX_OWNERS]:
        if not owner or not same_host(owner, uri):
            continue
        try:
            document = await fetch_document(owner)
        except FetchError as error:
            if error.is_ours or error.is_temporary:
                raise
            continue
        claimed = {as_id(document.get(name)) for name in _COLLECTIONS_OF}
        if names & claimed and (is_actor(document) or is_post(document)):
            return await _stored(document)
    place = urlsplit(uri).path.split("/")
    name = unquote(place[-1]) if len(place) > 1 and place[-2] in {"tag", "tags"} else ""
    raise _of_hashtag(name, "a collection of nobody")


def _of_hashtag(name: str, detail: str) -> BadInput:
    """Return the error for a URL of neither an actor nor a post, with its hashtag, if any, as a fact."""
    facts: dict[str, Any] = {"hashtag": name} if is_hashtag(name) else {}
    return BadInput(code="no_post_at_address", detail=detail, **facts)


def _above(uri: str) -> list[str]:
    """Return the parent paths of this URL, nearest first."""
    parts = urlsplit(uri)
    segments = [segment for segment in parts.path.split("/") if segment]
    places = ["/" + "/".join(segments[:count]) for count in range(len(segments) - 1, 0, -1)]
    return [urlunsplit((parts.scheme, parts.netloc, place, "", "")) for place in places[:_MAX_OWNERS]]
