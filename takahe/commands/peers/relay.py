"""`takahe relay`: relays that this server subscribes to."""

import argparse
from typing import Any

import msgspec

from core.errors import BadInput, NotFound
from federation.models import Relay
from federation.relays.queries import all_relays, state_of
from federation.relays.subscribing import POSTS_PER_MINUTE, add_relay, relay_at, remove_relay
from takahe.cli.exits import Exit
from takahe.cli.tables import print_list


def _fields(relay: Relay) -> dict[str, Any]:
    return {
        "address": relay.address,
        "state": state_of(relay),
        "dialect": str(relay.dialect),
        "most_per_minute": relay.most_per_minute,
        "hashtags": relay.hashtags,
        "received": relay.received,
        "posts": relay.posts,
        "dropped": relay.dropped,
        "last_heard_at": relay.last_heard_at,
    }


async def show_list(options: argparse.Namespace) -> int:
    """Print the relays."""
    shown = [_fields(relay) for relay in await all_relays()]
    return print_list(
        options,
        shown,
        ("relay", "state", "#received", "#new posts", "#dropped", "last heard"),
        lambda one: (
            one["address"],
            one["state"],
            f"{one['received']:,}",
            f"{one['posts']:,}",
            f"{one['dropped']:,}",
            f"{one['last_heard_at']:%Y-%m-%d %H:%M}" if one["last_heard_at"] else "never",
        ),
    )


async def add(options: argparse.Namespace) -> int:
    """Subscribe to a relay. The worker sends the request."""
    relay = await add_relay(
        address=options.address,
        most_per_minute=options.most_per_minute or POSTS_PER_MINUTE,
        hashtags=options.hashtag,
    )
    _say(options, relay, f"A request was sent to the relay at {relay.address}.")
    return Exit.OK


async def remove(options: argparse.Namespace) -> int:
    """Unsubscribe from a relay."""
    try:
        relay = await relay_at(options.address)
    except NotFound as error:
        raise BadInput(f"There is no relay {options.address}.") from error
    await remove_relay(relay_id=relay.pk)
    _say(options, relay, f"{relay.address} was removed.")
    return Exit.OK


def _say(options: argparse.Namespace, relay: Relay, words: str) -> None:
    print(msgspec.json.encode(_fields(relay)).decode() if options.json else words)
