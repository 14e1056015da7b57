"""Errors of fetching a document.

FetchError
├── PeerBlocked        blocked by operators
├── DocumentGone       410: deleted
├── DocumentNotFound   404
├── DocumentRefused    another 4xx: no access
├── PeerFailed         5xx, 429 and other temporary failures
└── WrongDocument      a response that can't be trusted: not ActivityPub, not JSON, or with an id on another host
"""

from core.http import FetchError


class PeerBlocked(FetchError):
    kind = "blocked"
    is_temporary = False


class DocumentGone(FetchError):
    kind = "gone"
    is_temporary = False


class DocumentNotFound(FetchError):
    kind = "not_found"
    is_temporary = False


class DocumentRefused(FetchError):
    kind = "refused"
    is_temporary = False


class PeerFailed(FetchError):
    kind = "peer_failed"


class WrongDocument(FetchError):
    kind = "wrong_document"
    is_temporary = False
