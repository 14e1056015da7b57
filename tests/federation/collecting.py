"""Remote collections, and the worker's verification of their members."""

from typing import Any

from core.db import async_atomic
from stator import Outcome
from tests.support.peers import Actor, FakePeer
from users.collections.handlers import check
from users.collections.models import ItemCheck


def item(collection_uri: str, number: int, person: str, stamp: str) -> dict[str, Any]:
    return {
        "id": f"{collection_uri}/items/{number}",
        "type": "FeaturedItem",
        "featuredObject": person,
        "featureAuthorization": stamp,
    }


def stamped(peer: FakePeer, actor: Actor, collection_uri: str, **more: Any) -> str:
    """Serve the approval of a peer's user to be in a collection; return its id."""
    uri = f"{actor.uri}/stamps/1"
    stamp = {
        "id": uri,
        "type": "FeatureAuthorization",
        "interactingObject": collection_uri,
        "interactionTarget": actor.uri,
    }
    peer.add_document({**stamp, **more})
    return uri


def collection_of(actor: Actor, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{actor.uri}/collections/{number}",
        "type": "FeaturedCollection",
        "attributedTo": actor.uri,
        "name": f"People {number}",
        "summary": "All of them",
        "discoverable": True,
        "orderedItems": [],
        **more,
    }


async def check_items() -> list[Outcome]:
    """Let the worker verify every pending item."""
    outcomes = []
    async for row in ItemCheck.objects.filter(state="new"):
        outcome = await check(row)
        if outcome.effect is not None:
            async with async_atomic():
                await outcome.effect()
        if outcome.state is not None:
            await ItemCheck.objects.filter(pk=row.pk).adelete()
        outcomes.append(outcome)
    return outcomes
