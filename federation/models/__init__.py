"""The tables of the porch: peers, what came in, what was refused, what goes out, the keys of others and the one of this installation."""

from federation.models.delivery import Delivery, DeliveryStatus
from federation.models.inbox_message import InboxGraph, InboxMessage
from federation.models.outgoing_activity import OutgoingActivity
from federation.models.peer import Peer, PeerGraph, Policy
from federation.models.refusal import Refusal
from federation.models.remote_key import RemoteKey
from federation.models.system_key import SystemKey

__all__ = [
    "Delivery",
    "DeliveryStatus",
    "InboxGraph",
    "InboxMessage",
    "OutgoingActivity",
    "Peer",
    "PeerGraph",
    "Policy",
    "Refusal",
    "RemoteKey",
    "SystemKey",
]
