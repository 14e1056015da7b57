"""Documents as test cases: how each arrives here, and the result."""

import json
from dataclasses import dataclass, field
from typing import Any

from activities.publishing.activitypub import author_of, is_post
from federation.documents import as_id, types_of
from tests.federation.documents.fixture_world import actor_in, ids_in
from users.identities.activitypub.parsing import ACTOR_TYPES

_SPOOFED = frozenset(
    f"malformed/{name}.json"
    for name in (
        "info-pleroma-note-claims-mastodon-id",
        "info-pleroma-note-id-of-another",
        "info-pleroma-note-other-attributedto",
        "note-spoofed",
    )
)  # these are wrong only because of their location


@dataclass
class Case:
    """A document, how it arrives here, and the result."""

    file: str
    body: bytes
    document: Any = None
    way: str = "post"
    signer: str = ""
    outcome: str = ""
    reason: str = ""
    facts: str = ""
    message_id: int = 0
    about: set[str] = field(default_factory=set)


def own_case(name: str, document: dict[str, Any]) -> Case:
    """Return a document of own_documents.json; one that isn't JSON is stored there as `bytes`."""
    if "bytes" in document:
        body = document["bytes"].encode(document.get("encoding", "utf-8"))
    else:
        body = json.dumps(document).encode()
    return case_of(name, body, name.partition("/")[0])


def case_of(file: str, body: bytes, kind: str) -> Case:
    try:
        document = json.loads(body)
    except ValueError:
        return Case(file, body, signer="https://far.test/users/mallory")
    case = Case(file, body, document)
    if kind in ("webfinger", "nodeinfo", "host-meta"):
        case.way = kind
    elif not isinstance(document, dict):
        case.signer = "https://far.test/users/mallory"
    elif types_of(document) & ACTOR_TYPES:
        case.way = "actor"
    elif file in _SPOOFED or kind == "spoof":
        case.way = "spoof"
    elif is_post(document) and author_of(document) and as_id(document.get("id")):
        case.way, case.signer = "create", author_of(document)
    elif "actor" in document:
        case.signer = actor_in(document) or "https://far.test/users/mallory"
    else:
        case.way = "fetch"
    case.about = {*ids_in(document), case.signer} if isinstance(document, dict) else set()
    return case
