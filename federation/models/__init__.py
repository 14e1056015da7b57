"""The tables of federation: peers, received and refused messages, deliveries, keys of remote actors, copies of
remote media, relays, policies of our domains and the system actor's key.
"""

from federation.models.delivery import Delivery, DeliveryStatus
from federation.models.domain_policy import DomainPolicy
from federation.models.inbox_message import InboxGraph, InboxMessage
from federation.models.outgoing_activity import OutgoingActivity
from federation.models.peer import Peer, PeerGraph
from federation.models.refusal import Refusal
from federation.models.relay import Dialect, Relay, RelayStatus
from federation.models.remote_file import RemoteFile, RemoteFileKind, RemoteMediaUse
from federation.models.remote_key import RemoteKey
from federation.models.system_key import SystemKey
from federation.policies import Policy

__all__ = [
    "Delivery",
    "DeliveryStatus",
    "Dialect",
    "DomainPolicy",
    "InboxGraph",
    "InboxMessage",
    "OutgoingActivity",
    "Peer",
    "PeerGraph",
    "Policy",
    "Refusal",
    "Relay",
    "RelayStatus",
    "RemoteFile",
    "RemoteFileKind",
    "RemoteKey",
    "RemoteMediaUse",
    "SystemKey",
]
