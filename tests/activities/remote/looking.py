"""Running the worker for fetches of remote profiles, and peers with collections."""

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from activities.remote_profiles.handlers import read_next_page, refresh_totals
from activities.remote_profiles.models import LookGraph, ProfileLook
from core import clock
from core.db import async_atomic
from stator import Outcome
from tests.api.support.world import World
from tests.support.memory import forget_everything
from tests.support.peers import Actor, MastodonPeer
from users.identities.models import Identity
from users.identities.services.remote_actors import ensure_actor

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_numbers = itertools.count(1)


def profile(peer: MastodonPeer, username: str = "ana", **totals: Any) -> Actor:
    """Add an actor with all collections; `totals` of followers, following, outbox."""
    uri = f"{peer.base_url}/users/{username}"
    actor = peer.add_actor(username, featured=f"{uri}/featured", featuredTags=f"{uri}/tags")
    for name in ("followers", "following", "outbox"):
        total = totals.get(name, 0)
        peer.add_document({"id": f"{uri}/{name}", "type": "OrderedCollection", "totalItems": total})
    feature(peer, actor, [])
    peer.add_document({"id": f"{uri}/tags", "type": "Collection", "items": []})
    return actor


def feature(peer: MastodonPeer, actor: Actor, items: Sequence[Any]) -> None:
    peer.add_document(
        {"id": f"{actor.uri}/featured", "type": "OrderedCollection", "orderedItems": list(items)}
    )


def feature_tags(peer: MastodonPeer, actor: Actor, names: Sequence[Any]) -> None:
    items = [{"type": "Hashtag", "href": f"{peer.base_url}/tags/x", "name": name} for name in names]
    peer.add_document({"id": f"{actor.uri}/tags", "type": "Collection", "items": items})


def outbox(peer: MastodonPeer, actor: Actor, *pages: Sequence[Any], total: int = 4242) -> None:
    """Serve an outbox in pages."""
    uri = f"{actor.uri}/outbox"
    addresses = [f"{uri}/{number}" for number in range(len(pages))]
    collection = {"id": uri, "type": "OrderedCollection", "totalItems": total}
    peer.add_document({**collection, **({"first": addresses[0]} if pages else {})})
    for address, items, following in zip(addresses, pages, [*addresses[1:], ""], strict=True):
        page = {"id": address, "type": "OrderedCollectionPage", "partOf": uri, "orderedItems": list(items)}
        peer.add_document({**page, **({"next": following} if following else {})})


def written(peer: MastodonPeer, actor: Actor, *, hours: float = 1.0, **extra: Any) -> dict[str, Any]:
    """Return a Create of a post of that many hours ago; the post is served at its id, too."""
    published = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    note = peer.note(actor, **{"published": published, **extra})
    around = {"published": published, "to": note["to"], "cc": note["cc"]}
    return {"id": f"{note['id']}/activity", "type": "Create", "actor": actor.uri, "object": note, **around}


def boosted(peer: MastodonPeer, actor: Actor, post_uri: str, *, hours: float = 1.0) -> dict[str, Any]:
    published = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": f"{peer.base_url}/boosts/{next(_numbers)}",
        "type": "Announce",
        "actor": actor.uri,
        "published": published,
        "to": [PUBLIC],
        "cc": [f"{actor.uri}/followers"],
        "object": post_uri,
    }


async def known(actor: Actor) -> Identity:
    return await ensure_actor(actor.uri)


async def work(*, most: int = 40) -> list[Outcome]:
    """Run the worker until all fetches of profiles have finished."""
    outcomes: list[Outcome] = []
    for _ in range(most):
        due = [look async for look in ProfileLook.objects.filter(state__in=["counting", "reading"])]
        if not due:
            break
        for look in due:
            outcome = await (refresh_totals if look.state == "counting" else read_next_page)(look)
            if outcome.effect is not None:
                async with async_atomic():
                    await outcome.effect()
            name = outcome.state.name if outcome.state else ""
            if outcome.kind.value == "failed" or (not name and outcome.is_attempt):
                name = LookGraph.failed.name
            if name:
                rows = ProfileLook.objects.filter(pk=look.pk)
                await rows.aupdate(state=name, state_changed_at=clock.now(), state_error=outcome.reason)
            outcomes.append(outcome)
    return outcomes


async def grow_older(**amount: float) -> None:
    """Age the finished fetches and fetched profiles, and drop cached documents."""
    forget_everything()
    before = clock.now() - dt.timedelta(**amount)
    await ProfileLook.objects.all().aupdate(state_changed_at=before)
    await ProfileLook.objects.filter(read_at__isnull=False).aupdate(read_at=before)
    await Identity.objects.filter(domain=None, fetched_at__isnull=False).aupdate(fetched_at=before)


async def shown(world: World, person: Identity) -> dict[str, Any]:
    seen: dict[str, Any] = await world.ada.get(f"/api/v1/accounts/{person.pk}", "Account")
    return seen


async def numbers(world: World, person: Identity) -> tuple[int, int, int]:
    seen = await shown(world, person)
    return seen["followers_count"], seen["following_count"], seen["statuses_count"]


async def statuses(world: World, person: Identity, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await world.ada.get(f"/api/v1/accounts/{person.pk}/statuses", params=asked)
    return found
