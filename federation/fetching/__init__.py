"""Fetching from other servers: documents (signed by the system actor), WebFinger, nodeinfo. Never inside a transaction.

All functions raise the FetchError kinds of core.http and federation.fetching.errors.
"""

from federation.fetching.documents import fetch_document, fetch_document_for
from federation.fetching.errors import (
    DocumentGone,
    DocumentNotFound,
    DocumentRefused,
    PeerBlocked,
    PeerFailed,
    WrongDocument,
)
from federation.fetching.home_server import Intent, interaction_address
from federation.fetching.software import fetch_software
from federation.fetching.webfinger import WebFingerResult, canonical_handle, look_up_handle, webfinger

__all__ = [
    "DocumentGone",
    "DocumentNotFound",
    "DocumentRefused",
    "Intent",
    "PeerBlocked",
    "PeerFailed",
    "WebFingerResult",
    "WrongDocument",
    "canonical_handle",
    "fetch_document",
    "fetch_document_for",
    "fetch_software",
    "interaction_address",
    "look_up_handle",
    "webfinger",
]
