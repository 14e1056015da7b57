"""Mastodon.py, what comes by itself: streams over SSE and WebSocket (in threads that the library starts, in this process), and web push."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from mastodon import StreamListener
from mastodon.return_types import Conversation, Notification, Status

from tests.api.notifications.push_service import PushService
from tests.clients.support.library import Cast, until
from tests.clients.support.signing_in import sign_in
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

CALLS = {
    "test_streams_over_sse": """
        stream_healthy stream_user stream_user_notifications stream_public stream_local stream_hashtag stream_list stream_direct
        create_app auth_request_url log_in revoke_access_token list_create list_accounts_add account_follow me status_post status_update status_delete""",
    "test_streams_over_a_websocket": """
        stream_open_websocket stream_user stream_user_notifications stream_public stream_local stream_hashtag stream_list stream_direct
        list_create list_accounts_add status_post account_follow me filter_create filter_delete""",
    "test_notifications_are_pushed": """
        push_subscription_generate_keys push_subscription_set push_subscription push_subscription_update push_subscription_delete
        push_subscription_decrypt_push instance_v2 status_post status_favourite""",
}


class Heard(StreamListener):
    """Notes down the events of one stream: `(name, what came)`."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[str, Any]] = []

    def on_any_event(self, name: str, data: Any = None, for_stream: Any = None) -> None:
        self.events.append((name, data))

    def on_abort(self, err: Exception) -> None:
        self.events.append(("abort", err))

    def __repr__(self) -> str:
        return f"{[(name, getattr(data, 'id', data)) for name, data in self.events]}"

    def ids(self, name: str) -> list[str]:
        return [data if isinstance(data, str) else data.id for event, data in self.events if event == name]


def _heard_everywhere(cast: Cast, heard: dict[str, Heard]) -> None:
    """What bob does arrives in each of ada's streams, as the entity that the library declares for it."""
    bob = cast.bob
    post = bob.status_post("Hello @ada, #streams are fun")
    note = bob.status_post("Only @ada", visibility="direct")
    for stream in ("user", "public", "local", "hashtag", "hashtag:local", "list"):
        until(lambda stream=stream: post.id in heard[stream].ids("update"))
    for stream in ("user", "notifications"):
        until(lambda stream=stream: len(heard[stream].ids("notification")) >= 2)
    (talk,) = until(lambda: [data for name, data in heard["direct"].events if name == "conversation"])
    assert isinstance(talk, Conversation)
    assert talk.last_status.id == note.id
    for name, data in heard["user"].events:
        assert isinstance(data, {"update": Status, "notification": Notification}[name])


def test_streams_over_sse(cast: Cast) -> None:
    ada, bob, _ = cast
    sign_in(ada, "ada")
    assert ada.stream_healthy()
    ada.account_follow(bob.me())
    people = ada.list_create("Streamed")
    ada.list_accounts_add(people, [bob.me()])
    starts: dict[str, Callable[..., Any]] = {
        "user": ada.stream_user,
        "notifications": ada.stream_user_notifications,
        "public": ada.stream_public,
        "local": ada.stream_local,
        "hashtag": lambda listener, **more: ada.stream_hashtag("streams", listener, **more),
        "hashtag:local": lambda listener, **more: ada.stream_hashtag("Streams", listener, local=True, **more),
        "list": lambda listener, **more: ada.stream_list(people, listener, **more),
        "direct": ada.stream_direct,
    }
    heard = {name: Heard() for name in starts}
    handles = [start(heard[name], run_async=True, timeout=60) for name, start in starts.items()]
    _heard_everywhere(cast, heard)
    changing = bob.status_post("Soon different #streams")
    bob.status_update(changing, "Different #streams")
    until(lambda: changing.id in heard["user"].ids("status.update"))
    bob.status_delete(changing)
    until(lambda: changing.id in heard["user"].ids("delete"))
    for handle in handles:
        handle.closed = True  # the library's close() would wait for the next line of the stream
    ada.revoke_access_token(allow_http=True)
    for handle in handles:
        handle.join(15)
        assert not handle.is_alive(), "a stream outlives its token"


def test_streams_over_a_websocket(cast: Cast) -> None:
    ada, bob, _ = cast
    ada.account_follow(bob.me())
    people = ada.list_create("Streamed")
    ada.list_accounts_add(people, [bob.me()])
    with closing(ada.stream_open_websocket(timeout=60)) as socket:
        heard = {
            name: Heard()
            for name in (
                "user",
                "notifications",
                "public",
                "local",
                "hashtag",
                "hashtag:local",
                "list",
                "direct",
            )
        }
        more = {"websocket_handle": socket}
        ada.stream_user(heard["user"], **more)
        ada.stream_user_notifications(heard["notifications"], **more)
        ada.stream_public(heard["public"], **more)
        ada.stream_local(heard["local"], **more)
        ada.stream_hashtag("streams", heard["hashtag"], **more)
        ada.stream_hashtag("streams", heard["hashtag:local"], local=True, **more)
        ada.stream_list(people, heard["list"], **more)
        direct = ada.stream_direct(heard["direct"], **more)
        _heard_everywhere(cast, heard)
        ada.filter_delete(ada.filter_create("rain", ["home"]))
        until(lambda: "filters_changed" in [name for name, _ in heard["user"].events])
        direct.close()
        assert "direct" not in [one.stream for one in socket.subscriptions()]


async def test_notifications_are_pushed(cast: Cast) -> None:
    """To a push service on loopback, encrypted as the library asks for by default, and opened with the library's own helper."""
    ada, bob, _ = cast
    private, public = ada.push_subscription_generate_keys()
    async with PushService() as service:
        made = ada.push_subscription_set(
            f"{service.origin}/push/1", public, favourite_events=True, mention_events=False, policy="all"
        )
        assert made.alerts.favourite
        assert made.server_key == ada.instance_v2().configuration.vapid.public_key
        assert ada.push_subscription().id == made.id
        post = ada.status_post("Push me")
        bob.status_favourite(post)
        await wait_until(lambda: service.received)
        _, headers, body = service.received[0]
        service.sender_of(headers)
        told = ada.push_subscription_decrypt_push(body, private, headers["encryption"], headers["crypto-key"])
        assert told.notification_type == "favourite"
        assert "bob" in told.title
        assert not ada.push_subscription_update(favourite_events=False, policy="followed").alerts.favourite
        ada.push_subscription_delete()
