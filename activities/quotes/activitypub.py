"""Quotes as ActivityPub documents (FEP-044f; reference: activitypub_federation.md §10): properties of posts, requests, stamps. Pure."""

from collections.abc import Mapping
from typing import Any

from activities.posts.models import QuotePolicy
from federation.documents import as_id, as_list
from users.identities.activitypub.parsing import url_of

REQUEST_SUFFIX = "#quote-request"
_AS = "https://www.w3.org/ns/activitystreams"
_PUBLIC = f"{_AS}#Public"
_PUBLIC_NAMES = frozenset({_PUBLIC, "as:Public", "Public"})
_REQUEST_CONTEXT: list[Any] = [_AS, {"QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest"}]
_STAMP_CONTEXT: list[Any] = [
    _AS,
    {
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "gts": "https://gotosocial.org/ns#",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    },
]


def parse_policy(document: Mapping[str, Any], *, followers_url: str, following_url: str) -> int:
    """Return flags of QuotePolicy. A post without a policy allows nobody, as Mastodon reads it."""
    policy = document.get("interactionPolicy")
    can_quote = policy.get("canQuote") if isinstance(policy, Mapping) else None
    if not isinstance(can_quote, Mapping):
        return 0
    author = {as_id(value) or value for value in as_list(document.get("attributedTo")) if value}
    flags = 0
    for name, shift in (("automaticApproval", 0), ("manualApproval", 4)):
        for value in as_list(can_quote.get(name)):
            who = as_id(value) or value
            if not isinstance(who, str) or who in author:
                continue
            if who in _PUBLIC_NAMES:
                flag = QuotePolicy.public
            elif who == followers_url:
                flag = QuotePolicy.followers
            elif who == following_url:
                flag = QuotePolicy.following
            else:
                flag = QuotePolicy.others
            flags |= flag << shift
    return flags


def stamp_uri(author_uri: str, quoting_id: int) -> str:
    """Return the URI of the stamp that allows the post with this id to quote a post of `author_uri`."""
    return f"{author_uri}/quote_authorizations/{quoting_id}"


def stamp_document(*, uri: str, author_uri: str, quoting_uri: str, quoted_uri: str) -> dict[str, Any]:
    return {
        "@context": _STAMP_CONTEXT,
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": author_uri,
        "interactingObject": quoting_uri,
        "interactionTarget": quoted_uri,
    }


def is_stamp_for(document: Mapping[str, Any], *, author_uri: str, quoting_uri: str, quoted_uri: str) -> bool:
    """Return whether a fetched document allows exactly this quote."""
    return (
        document.get("type") == "QuoteAuthorization"
        and as_id(document.get("attributedTo")) == author_uri
        and as_id(document.get("interactingObject")) == quoting_uri
        and as_id(document.get("interactionTarget")) == quoted_uri
    )


def request_document(
    *, actor_uri: str, quoting_uri: str, quoted_uri: str, note: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Build a QuoteRequest. `note` is the quoting post's document; without it, the request only names the post."""
    context: list[Any] = _REQUEST_CONTEXT
    instrument: Any = quoting_uri
    if note is not None:
        inner = dict(note)
        terms = [part for part in as_list(inner.pop("@context", None)) if part != _AS]
        context, instrument = [*_REQUEST_CONTEXT, *terms], inner
    return {
        "@context": context,
        "id": f"{quoting_uri}{REQUEST_SUFFIX}",
        "type": "QuoteRequest",
        "actor": actor_uri,
        "object": quoted_uri,
        "instrument": instrument,
    }


def answer_document(
    *, kind: str, answer_id: str, actor_uri: str, request: Mapping[str, Any], stamp: str = ""
) -> dict[str, Any]:
    """Build the answer to a QuoteRequest. `kind` is Accept (with the stamp's URI) or Reject."""
    document: dict[str, Any] = {
        "@context": _REQUEST_CONTEXT,
        "id": answer_id,
        "type": kind,
        "actor": actor_uri,
        "to": url_of(request.get("actor")),
        "object": {
            "type": "QuoteRequest",
            **{name: as_id(request.get(name)) for name in ("id", "actor", "object", "instrument")},
        },
    }
    if stamp:
        document["result"] = stamp
    return document


def delete_stamp_document(*, uri: str, author_uri: str) -> dict[str, Any]:
    return {
        "@context": _AS,
        "id": f"{uri}#delete",
        "type": "Delete",
        "actor": author_uri,
        "to": [_PUBLIC],
        "object": uri,
    }
