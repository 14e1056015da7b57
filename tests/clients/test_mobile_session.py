"""A session of a typical mobile app: the calls in the order in which real apps make them, each answer of its documented shape.

The table is the test. Values in braces come from answers before: `{name}` is what a row has kept with `keep`.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.api.notifications.push_service import Browser, PushService
from tests.api.support.entities import check
from tests.clients.support.live import Live
from tests.clients.support.signing_in import CALLBACK, let_in
from tests.media.files import image
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

_SCOPES = "read write follow push"


@dataclass
class Row:
    """One call. `kind` as in the table of endpoints; `keep`: name → path into the answer."""

    method: str
    path: str
    kind: str
    send: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    status: int = 200
    signed_in: bool = True


def get(path: str, kind: str, keep: dict[str, str] | None = None, **query: Any) -> Row:
    return Row("GET", path, kind, {"params": query} if query else {}, keep or {})


def post(path: str, kind: str, keep: dict[str, str] | None = None, **body: Any) -> Row:
    return Row("POST", path, kind, {"json": body} if body else {}, keep or {})


# what is in the answer of the sign-in is kept before: client_id, client_secret, code
SIGN_IN = [
    Row("GET", "/api/v2/instance", "Instance", signed_in=False),
    Row("GET", "/.well-known/oauth-authorization-server", "OAuthServerInfo", signed_in=False),
    Row(
        "POST", "/api/v1/apps", "CredentialApplication",
        {"data": {"client_name": "Pocket", "redirect_uris": CALLBACK, "scopes": _SCOPES, "website": "https://app.example"}},
        {"client_id": "client_id", "client_secret": "client_secret"}, signed_in=False,
    ),
]  # fmt: skip
START = [
    get("/api/v1/accounts/verify_credentials", "CredentialAccount", {"me": "id"}),
    get("/api/v2/instance", "Instance"),
    get("/api/v1/custom_emojis", "[CustomEmoji]"),
    get("/api/v1/preferences", "Preferences"),
    get("/api/v2/filters", "[Filter]"),
    get("/api/v1/lists", "[List]"),
    get("/api/v1/announcements", "[Announcement]", {"news": "0.id"}),
    get("/api/v1/followed_tags", "[Tag]"),
    get("/api/v1/markers", "object", **{"timeline[]": ["home", "notifications"]}),
]
HOME = [
    get("/api/v1/timelines/home", "[Status]", {"newest": "0.id", "theirs": "0.account.id"}, limit=40),
    get("/api/v1/timelines/home", "[Status]", limit=40, max_id="{newest}"),
    get("/api/v1/timelines/home", "[Status]", limit=40, min_id="{newest}"),
    post("/api/v1/markers", "object", home={"last_read_id": "{newest}"}),
    get("/api/v1/timelines/public", "[Status]", limit=20, local="true"),
    get("/api/v1/trends/statuses", "[Status]", limit=20, offset=0),
    get("/api/v1/trends/tags", "[Tag]", limit=10),
    get("/api/v1/trends/links", "[Trends::Link]", limit=10),
]
THREAD = [
    get("/api/v1/statuses/{newest}", "Status"),
    get("/api/v1/statuses/{newest}/context", "Context"),
    post("/api/v1/statuses/{newest}/favourite", "Status"),
    post("/api/v1/statuses/{newest}/bookmark", "Status"),
    post("/api/v1/statuses/{newest}/reblog", "Status"),
    get("/api/v1/statuses/{newest}/favourited_by", "[Account]", limit=40),
    get("/api/v1/statuses/{newest}/reblogged_by", "[Account]", limit=40),
    get("/api/v1/statuses/{newest}/history", "[StatusEdit]"),
]
COMPOSE = [
    get("/api/v2/search", "Search", q="@bo", type="accounts", limit=5, resolve="false"),
    get("/api/v2/search", "Search", q="#bir", type="hashtags", limit=5),
    Row("POST", "/api/v2/media", "MediaAttachment", {"files": {"file": ("IMG_1.jpg", image(), "image/jpeg")}}, {"photo": "id"}),
    get("/api/v1/media/{photo}", "MediaAttachment"),
    Row("PUT", "/api/v1/media/{photo}", "MediaAttachment", {"data": {"description": "Red and blue", "focus": "0.1,-0.4"}}),
    Row(
        "POST", "/api/v1/statuses", "Status",
        {
            "headers": {"Idempotency-Key": "4711"},
            "data": {
                "status": "@bob a photo #birds", "media_ids[]": ["{photo}"], "visibility": "unlisted", "sensitive": "true",
                "spoiler_text": "Birds", "language": "en", "in_reply_to_id": "{newest}",
            },
        },
        {"written": "id"},
    ),
    Row(
        "POST", "/api/v1/statuses", "Status",
        {
            "data": {
                "status": "Tea?", "poll[options][]": ["Yes", "No"], "poll[expires_in]": "86400", "poll[multiple]": "false",
            },
        },
        {"poll": "poll.id"},
    ),
    get("/api/v1/polls/{poll}", "Poll"),
    get("/api/v1/statuses/{written}/source", "StatusSource"),
    Row("PUT", "/api/v1/statuses/{written}", "Status", {"json": {"status": "@bob a photo of #birds", "media_ids": ["{photo}"]}}),
]  # fmt: skip
NOTIFICATIONS = [
    get("/api/v2/notifications/policy", "NotificationPolicy"),
    get(
        "/api/v2/notifications",
        "GroupedNotificationsResults",
        limit=40,
        **{"grouped_types[]": ["favourite", "reblog", "follow"]},
    ),
    get(
        "/api/v1/notifications",
        "[Notification]",
        {"notice": "0.id"},
        limit=30,
        **{"exclude_types[]": ["poll"]},
    ),
    get("/api/v1/notifications/{notice}", "Notification"),
    get("/api/v1/notifications/unread_count", "UnreadNotificationsCount"),
    post("/api/v1/markers", "object", notifications={"last_read_id": "{notice}"}),
    get("/api/v1/notifications/requests", "[NotificationRequest]"),
    get("/api/v1/follow_requests", "[Account]"),
    get("/api/v1/conversations", "[Conversation]", limit=20),
    post("/api/v1/announcements/{news}/dismiss", "{{}}"),
]
PROFILE = [
    get("/api/v1/accounts/{theirs}", "Account"),
    get("/api/v1/accounts/relationships", "[Relationship]", **{"id[]": ["{theirs}"]}),
    get("/api/v1/accounts/{theirs}/statuses", "[Status]", pinned="true"),
    get("/api/v1/accounts/{theirs}/statuses", "[Status]", limit=20, exclude_replies="true"),
    get("/api/v1/accounts/{theirs}/statuses", "[Status]", limit=20, only_media="true"),
    get("/api/v1/accounts/{theirs}/featured_tags", "[FeaturedTag]"),
    get("/api/v1/accounts/familiar_followers", "[FamiliarFollowers]", **{"id[]": ["{theirs}"]}),
    get("/api/v1/accounts/{theirs}/followers", "[Account]", limit=40),
    get("/api/v1/accounts/{theirs}/following", "[Account]", limit=40),
    post("/api/v1/accounts/{theirs}/follow", "Relationship", notify=True),
    post("/api/v1/accounts/{theirs}/note", "Relationship", comment="met at sea"),
    get("/api/v1/accounts/{theirs}/lists", "[List]"),
]
SEARCH = [
    get("/api/v2/search", "Search", q="bob", resolve="true", limit=20),
    get("/api/v2/search", "Search", q="birds", type="statuses", limit=20),
    get("/api/v1/timelines/tag/birds", "[Status]", limit=20),
    get("/api/v1/tags/birds", "Tag"),
    post("/api/v1/tags/birds/follow", "Tag"),
    get("/api/v2/suggestions", "[Suggestion]", limit=40),
    get("/api/v1/directory", "[Account]", order="active", local="true"),
]
SETTINGS = [
    Row("PATCH", "/api/v1/accounts/update_credentials", "CredentialAccount", {"data": {"display_name": "Ada L.", "fields_attributes[0][name]": "Boat", "fields_attributes[0][value]": "Anna", "source[privacy]": "public"}}),
    Row("PATCH", "/api/v1/accounts/update_credentials", "CredentialAccount", {"files": {"avatar": ("me.png", image(form="PNG"), "image/png")}}),
    get("/api/v1/blocks", "[Account]"),
    get("/api/v1/mutes", "[MutedAccount]"),
    get("/api/v1/domain_blocks", "[string]"),
    get("/api/v1/bookmarks", "[Status]"),
    get("/api/v1/favourites", "[Status]"),
    get("/api/v1/scheduled_statuses", "[ScheduledStatus]"),
    Row("POST", "/api/v2/filters", "Filter", {"data": {"title": "rain", "context[]": ["home"], "filter_action": "warn", "keywords_attributes[][keyword]": "rain", "keywords_attributes[][whole_word]": "true"}}, {"filter": "id"}),
    Row("DELETE", "/api/v2/filters/{filter}", "{{}}"),
    get("/api/v1/instance/rules", "[Rule]"),
    get("/api/v1/instance/privacy_policy", "PrivacyPolicy"),
    Row("DELETE", "/api/v1/statuses/{written}", "Status"),
]  # fmt: skip


class App:
    """Makes the calls of the tables, and remembers what the rows keep."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.kept: dict[str, str] = {}
        self.calls = 0

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        return value.format_map(self.kept) if isinstance(value, str) else value

    async def make(self, rows: list[Row]) -> None:
        for row in rows:
            path = self._filled(row.path)
            answer = await self.http.request(row.method, path, **self._filled(row.send))
            assert answer.status_code == row.status, (
                f"{row.method} {path}: {answer.status_code} {answer.text}"
            )
            value = answer.json()
            check(self._filled(row.kind), value, signed_in=row.signed_in)
            for name, where in row.keep.items():
                self.kept[name] = _at(value, where)
            self.calls += 1


def _at(value: Any, where: str) -> str:
    for part in where.split("."):
        value = value[int(part) if part.isdigit() else part]
    return str(value)


async def _town_life(live: Live) -> None:
    """What there is to see: posts and people for ada."""
    async with live.http("ada") as ada, live.http("bob") as bob:
        me = (await ada.get("/api/v1/accounts/verify_credentials")).json()["id"]
        him = (await bob.get("/api/v1/accounts/verify_credentials")).json()["id"]
        await ada.post(f"/api/v1/accounts/{him}/follow")
        await bob.post(f"/api/v1/accounts/{me}/follow")
        await bob.post("/api/v1/statuses", json={"status": "Look, @ada: #birds https://example.com/"})

        async def has_arrived() -> bool:
            home = (await ada.get("/api/v1/timelines/home")).json()
            told = (await ada.get("/api/v1/notifications")).json()
            return bool(home) and {one["type"] for one in told} == {"follow", "mention"}

        await wait_until(has_arrived)


async def test_a_session_of_a_mobile_app(live: Live) -> None:
    await _town_life(live)
    async with live.http() as http, live.http("bob") as bob, PushService() as service:
        app = App(http)
        await app.make(SIGN_IN)
        question = httpx.QueryParams(
            client_id=app.kept["client_id"],
            redirect_uri=CALLBACK,
            response_type="code",
            scope=_SCOPES,
            force_login="true",
        )
        app.kept |= let_in(f"{live.base_url}/oauth/authorize?{question}", "ada")
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "scope": _SCOPES}
        form |= {name: app.kept[name] for name in ("client_id", "client_secret", "code")}
        await app.make([Row("POST", "/oauth/token", "Token", {"data": form}, {"token": "access_token"})])
        http.headers["Authorization"] = f"Bearer {app.kept['token']}"
        await app.make(START)
        keys = {f"subscription[keys][{name}]": value for name, value in Browser().keys.items()}
        subscription = {
            "subscription[endpoint]": f"{service.origin}/p",
            "data[alerts][mention]": "true",
            "data[policy]": "all",
            **keys,
        }
        await app.make(
            [Row("POST", "/api/v1/push/subscription", "WebPushSubscription", {"data": subscription})]
        )
        await app.make([*HOME, *THREAD, *COMPOSE])
        await _streams(app, bob)
        await wait_until(lambda: service.received)
        await app.make([*NOTIFICATIONS, *PROFILE, *SEARCH, *SETTINGS])
        await app.make([Row("DELETE", "/api/v1/push/subscription", "{{}}")])
        form = {name: app.kept[name] for name in ("client_id", "client_secret", "token")}
        await app.make([Row("POST", "/oauth/revoke", "{{}}", {"data": form})])
        print(f"{app.calls} calls")


async def _streams(app: App, bob: httpx.AsyncClient) -> None:
    """Open in the foreground, as an app has it: one post of a friend comes by itself."""
    async with app.http.stream("GET", "/api/v1/streaming/user") as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        words = {"status": "Again for @ada", "in_reply_to_id": app.kept["written"]}
        assert (await bob.post("/api/v1/statuses", json=words)).status_code == 200
        kind, seen = "", set()
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            kind = value if name == "event" else kind
            if name == "data" and kind in {"update", "notification"}:
                # rendered once for everybody, as in Mastodon: without what the viewer did with it
                check(
                    {"update": "Status", "notification": "Notification"}[kind],
                    json.loads(value),
                    signed_in=False,
                )
                seen.add(kind)
            if seen == {"update", "notification"}:
                break
