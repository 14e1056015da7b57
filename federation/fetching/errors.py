"""Errors of fetching a document.

FetchError
├── PeerBlocked        operators decided not to speak with this host
├── DocumentGone       410: it was there and was deleted
├── DocumentNotFound   404
├── DocumentRefused    another 4xx: we may not see it
├── PeerFailed         5xx, 429 and what else may pass
└── WrongDocument      an answer that can't be believed: not ActivityPub, not JSON, or with an id of somewhere else
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
