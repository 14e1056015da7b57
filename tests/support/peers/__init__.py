"""Fake peers: small servers that speak real HTTP on loopback and behave like others do. They sign with code of their own.

`FakePeer` serves actors with keys, WebFinger, nodeinfo and documents, and notes down what is posted to it. Behaviours:
MastodonPeer, GoToSocialPeer (stub keys, every GET signed), SnacPeer (202 before anything is looked at), FedifyPeer (RFC 9421 first),
Liar (claims what is not its own), Corpse (accepts and never answers), Crowd (many of those), InboxRelay and ActorRelay (the two dialects), HashtagPeer,
OwncastPeer (live streams). groups.py has peers with groups.
"""

from tests.support.peers.http import ACTIVITY_JSON, Actor, Received, Reply, make_key, public_pem
from tests.support.peers.outbound import outbound
from tests.support.peers.peer import FakePeer
from tests.support.peers.relays import ActorRelay, HashtagPeer, InboxRelay, RelayPeer
from tests.support.peers.signing import cavage_headers, rfc9421_headers, verify_cavage
from tests.support.peers.software import (
    Corpse,
    Crowd,
    FedifyPeer,
    GoToSocialPeer,
    Liar,
    MastodonPeer,
    SnacPeer,
)
from tests.support.peers.streams import OwncastPeer

__all__ = [
    "ACTIVITY_JSON",
    "Actor",
    "ActorRelay",
    "Corpse",
    "Crowd",
    "FakePeer",
    "FedifyPeer",
    "GoToSocialPeer",
    "HashtagPeer",
    "InboxRelay",
    "Liar",
    "MastodonPeer",
    "OwncastPeer",
    "Received",
    "RelayPeer",
    "Reply",
    "SnacPeer",
    "cavage_headers",
    "make_key",
    "outbound",
    "public_pem",
    "rfc9421_headers",
    "verify_cavage",
]
