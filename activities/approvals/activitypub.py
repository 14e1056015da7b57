"""Requests to interact with a post, the answers and the approvals, for replies, likes, boosts and quotes (FEP-044f, GoToSocial). Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from activities.posts.models import Interaction
from federation.documents import as_id, as_list, same_host, types_of
from users.identities.activitypub.parsing import url_of

_AS = "https://www.w3.org/ns/activitystreams"
_PUBLIC = f"{_AS}#Public"


class _Names(NamedTuple):
    """The types of a request and of an approval, and older GoToSocial's name for the latter."""

    request: str
    approval: str
    older: str


NAMES = {
    Interaction.reply: _Names("ReplyRequest", "ReplyAuthorization", "ReplyApproval"),
    Interaction.like: _Names("LikeRequest", "LikeAuthorization", "LikeApproval"),
    Interaction.boost: _Names("AnnounceRequest", "AnnounceAuthorization", "AnnounceApproval"),
    Interaction.quote: _Names("QuoteRequest", "QuoteAuthorization", ""),
}
KINDS = {names.request: kind for kind, names in NAMES.items()}
APPROVAL_TYPES = tuple(name for names in NAMES.values() for name in (names.approval, names.older) if name)


def _term(kind: Interaction, name: str) -> dict[str, Any]:
    if kind is Interaction.quote:
        return {name: f"https://w3id.org/fep/044f#{name}"}
    return {"gts": "https://gotosocial.org/ns#", name: f"gts:{name}"}


def _request_context(kind: Interaction) -> list[Any]:
    return [_AS, _term(kind, NAMES[kind].request)]


def _approval_context(kind: Interaction) -> list[Any]:
    return [
        _AS,
        {
            **_term(kind, NAMES[kind].approval),
            "gts": "https://gotosocial.org/ns#",
            "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
            "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
        },
    ]


def request_uri(kind: Interaction, uri: str) -> str:
    """Return the id of our request for the interaction with this id."""
    return f"{uri}{'/' if '#' in uri else '#'}{kind}-request"


def requested_uri(request: str) -> str:
    """Return the id of the interaction in one of our request ids; any other text is returned unchanged."""
    for kind in Interaction:
        if request.endswith(f"{kind}-request"):
            return request.removesuffix(f"{kind}-request")[:-1]
    return request


def request_document(
    kind: Interaction,
    *,
    actor_uri: str,
    uri: str,
    target_uri: str,
    embedded: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Build a request. `embedded` is the document of the reply, Like, Announce or quote; without it, the request contains only its id."""
    context: list[Any] = _request_context(kind)
    instrument: Any = uri
    if embedded is not None:
        inner = dict(embedded)
        terms = [part for part in as_list(inner.pop("@context", None)) if part != _AS]
        context, instrument = [*context, *terms], inner
    return {
        "@context": context,
        "id": request_uri(kind, uri),
        "type": NAMES[kind].request,
        "actor": actor_uri,
        "object": target_uri,
        "instrument": instrument,
    }


def answer_document(
    kind: Interaction,
    *,
    answer: str,
    answer_id: str,
    actor_uri: str,
    request: Mapping[str, Any],
    approval_uri: str = "",
) -> dict[str, Any]:
    """Build the answer to a request. `answer` is Accept (with the approval's URI) or Reject."""
    document: dict[str, Any] = {
        "@context": _request_context(kind),
        "id": answer_id,
        "type": answer,
        "actor": actor_uri,
        "to": url_of(request.get("actor")),
        "object": {
            "type": NAMES[kind].request,
            **{name: as_id(request.get(name)) for name in ("id", "actor", "object", "instrument")},
        },
    }
    if approval_uri:
        document["result"] = approval_uri
    return document


def rejection_document(*, reject_id: str, actor_uri: str, recipient_uri: str, uri: str) -> dict[str, Any]:
    """Build the Reject of a reply, Like or Announce that was sent without a request. It contains the id, as in GoToSocial."""
    return {
        "@context": _AS,
        "id": reject_id,
        "type": "Reject",
        "actor": actor_uri,
        "to": recipient_uri,
        "object": uri,
    }


def approval_document(
    kind: Interaction, *, uri: str, author_uri: str, interacting_uri: str, target_uri: str
) -> dict[str, Any]:
    return {
        "@context": _approval_context(kind),
        "id": uri,
        "type": NAMES[kind].approval,
        "attributedTo": author_uri,
        "interactingObject": interacting_uri,
        "interactionTarget": target_uri,
    }


def approval_uri(author_uri: str, approval_id: int) -> str:
    """Return the URI of the approval with this id, for a post of this author."""
    return f"{author_uri}/authorizations/{approval_id}"


def is_approval_for(
    kind: Interaction,
    document: Mapping[str, Any],
    *,
    uri: str,
    author_uri: str,
    interacting_uri: str,
    target_uri: str,
) -> bool:
    """Return whether the document fetched from `uri` allows exactly this: an approval of the right type or, from older GoToSocial, the Accept."""
    names, types = NAMES[kind], types_of(document)
    if as_id(document.get("id")) != uri or not same_host(uri, author_uri):
        return False
    if names.approval in types:
        said = tuple(
            as_id(document.get(name)) for name in ("attributedTo", "interactingObject", "interactionTarget")
        )
        return said == (author_uri, interacting_uri, target_uri)
    if names.older and names.older in types:
        said = tuple(as_id(document.get(name)) for name in ("attributedTo", "object", "target"))
        return said == (author_uri, interacting_uri, target_uri)
    if "Accept" in types and kind is not Interaction.quote:
        return (as_id(document.get("actor")), as_id(document.get("object"))) == (author_uri, interacting_uri)
    return False


def delete_approval_document(*, uri: str, author_uri: str) -> dict[str, Any]:
    return {
        "@context": _AS,
        "id": f"{uri}#delete",
        "type": "Delete",
        "actor": author_uri,
        "to": [_PUBLIC],
        "object": uri,
    }
