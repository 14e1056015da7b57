"""Fake peers: small servers that speak real HTTP on loopback and behave like other software. Their signing code is independent of ours.

`FakePeer` serves actors with keys, WebFinger, nodeinfo and documents, and records what is posted to it. Its variants:
MastodonPeer, GoToSocialPeer (stub keys, every GET signed), SnacPeer (answers 202 before it verifies anything), FedifyPeer (RFC 9421 first),
Liar (serves what belongs to others), Corpse (accepts connections and never answers), Crowd (many corpses), InboxRelay and ActorRelay
(the two relay protocols), HashtagPeer, OwncastPeer (live streams). groups.py has peers with groups.
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
