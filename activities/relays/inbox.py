"""Posts announced by relays, as an internal activity (federation/inbox/receiving.py)."""

from collections.abc import Iterable

from activities.posts.queries.posts import id_by_uri
from activities.relays.services import fetch_relayed_post
from federation.registry import (
    RELAYED,
    Dependency,
    Handled,
    IncomingActivity,
    done,
    ignored,
    needs,
    on,
    resolver,
)

_RELAY = "#relay="


@needs(RELAYED)
async def require_post(activity: IncomingActivity) -> Iterable[Dependency]:
    """Require the post unless it is stored."""
    uri, relay_id = activity.object_id, activity.document.get("relay")
    return (
        []
        if await id_by_uri(uri) is not None
        else [Dependency(f"{uri}{_RELAY}{relay_id}", "post of a relay")]
    )


@resolver("post of a relay")
async def resolve_post(name: str) -> None:
    """Fetch and store the post. `name` is its id, followed by that of the relay."""
    uri, _, relay_id = name.rpartition(_RELAY)
    await fetch_relayed_post(int(relay_id), uri)


@on(RELAYED)
async def receive_relayed(activity: IncomingActivity) -> Handled:
    """Acknowledge a post announced by a relay. `require_post` has already fetched it."""
    return done() if await id_by_uri(activity.object_id) is not None else ignored("it was not stored")
