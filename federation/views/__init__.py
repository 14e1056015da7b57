"""Views for other servers: inboxes and the system actor; and helpers for such views of higher packages."""

from federation.negotiation import activitypub_response, wants_activitypub
from federation.views.inbox import inbox
from federation.views.media import remote_media
from federation.views.signed_gets import (
    claimed_key,
    has_required_signature,
    possible_owners,
    require_signature,
    signer_of_request,
)
from federation.views.system import system_actor, system_inbox, system_outbox

__all__ = [
    "activitypub_response",
    "claimed_key",
    "has_required_signature",
    "inbox",
    "possible_owners",
    "remote_media",
    "require_signature",
    "signer_of_request",
    "system_actor",
    "system_inbox",
    "system_outbox",
    "wants_activitypub",
]
