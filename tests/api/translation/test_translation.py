"""Translation of posts by a service that the operator names: LibreTranslate and DeepL as they answer, and as they fail."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from activities.media.models import Attachment
from activities.posts.models import Visibility
from activities.translations import backends, services
from core.config import config
from core.http import close_client
from tests.activities import people as rows
from tests.api.support.world import World
from tests.core.http_peers import Peer, Request, answer, serve

pytestmark = pytest.mark.anyio


class Service:
    """A service on loopback that writes what it was given backwards, in capitals or not at all."""

    def __init__(self) -> None:
        self.peer: Peer
        self.broken: bytes | int | None = None

    @property
    def asked(self) -> list[tuple[str, Any]]:
        return [(one.target, json.loads(one.body) if one.body else None) for one in self.peer.requests]

    async def talk(self, request: Request, writer: Any) -> None:
        status, body = 200, self.broken
        if isinstance(body, int):
            status, body = body, b"no"
        elif body is None:
            body = json.dumps(self._said(request.target, json.loads(request.body or b"{}"))).encode()
        await answer(status, body, "Content-Type: application/json\r\n")(request, writer)

    def _said(self, target: str, wanted: dict[str, Any]) -> Any:
        match target:
            case "/translate":
                assert (wanted["format"], wanted["api_key"]) == ("html", "the-key")
                found = [{"language": "fr", "confidence": 90}] * len(wanted["q"])
                return {"translatedText": [one.upper() for one in wanted["q"]], "detectedLanguage": found}
            case "/languages":
                return [{"code": "de", "name": "German", "targets": ["en", "fr"]}]
            case "/v2/translate":
                assert wanted["tag_handling"] == "html"
                made = [
                    {"text": f"{one} ({wanted['target_lang']})", "detected_source_language": "FR"}
                    for one in wanted["text"]
                ]
                return {"translations": made}
            case "/v2/languages?type=source":
                return [{"language": "DE", "name": "German"}, {"language": "EN", "name": "English"}]
            case _:
                return [{"language": "EN-GB"}, {"language": "EN-US"}, {"language": "DE"}]


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """LibreTranslate at a private address without TLS, as operators run it."""
    made = Service()
    async with AsyncExitStack() as stack:
        made.peer = await stack.enter_async_context(serve(made.talk))
        monkeypatch.setattr(config(), "translation_url", f"http://127.0.0.1:{made.peer.port}")
        monkeypatch.setattr(config(), "translation_key", "the-key")
        yield made
        await close_client()


async def test_without_a_service_nothing_is_translated(world: World) -> None:
    post = await world.post(world.bea)
    await world.ada.refused("POST", f"/api/v1/statuses/{post.pk}/translate", 404, "Record not found")
    await world.app.refused("POST", f"/api/v1/statuses/{post.pk}/translate", 404, data={"lang": "de"})
    await rows.follow(world.ada.me, world.bea.me)
    private = await world.post(world.bea, visibility=Visibility.followers)
    await world.ada.refused(
        "POST", f"/api/v1/statuses/{private.pk}/translate", 403, "This action is not allowed"
    )
    shown = await world.nobody.get("/api/v2/instance", "Instance")
    assert shown["configuration"]["translation"]["enabled"] is False
    assert await world.nobody.get("/api/v1/instance/translation_languages") == {}


async def test_a_post_is_translated_with_all_its_parts_once(world: World, service: Service) -> None:
    post = await rows.make_post(
        world.remote,
        content='<p>bonjour <script>x</script><a href="javascript:x">la</a></p>',
        content_warning="a < b",
        language="fr",
    )
    await Attachment.objects.acreate(
        author=world.remote, post=post, kind="image", url="https://far.test/a.png", description="un chat"
    )
    for _ in range(2):
        made = await world.ada.post(
            f"/api/v1/statuses/{post.pk}/translate", "Translation", data={"lang": "en"}
        )
        assert made["content"] == "<p>BONJOUR LA</p>"
        assert made["spoiler_text"] == "A < B"
        assert [one["description"] for one in made["media_attachments"]] == ["UN CHAT"]
        assert (made["language"], made["detected_source_language"]) == ("en", "fr")
        assert made["provider"] == "LibreTranslate"
    [(path, sent)] = service.asked
    assert path == "/translate"
    assert (sent["source"], sent["target"], sent["q"][1:]) == ("fr", "en", ["a &lt; b", "un chat"])
    await world.ada.refused("POST", f"/api/v1/statuses/{post.pk}/translate", 404, data={"lang": "fr"})


async def test_deepl(world: World, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "is_deepl", lambda: True)
    post = await world.post(world.bea, "bonjour", language="")
    made = await world.ada.post(
        f"/api/v1/statuses/{post.pk}/translate", "Translation", data={"lang": "de-AT"}
    )
    assert made["content"].endswith("(DE)")
    assert (made["detected_source_language"], made["provider"]) == ("fr", "DeepL.com")
    assert service.peer.requests[0].headers["authorization"] == "DeepL-Auth-Key the-key"
    languages = await world.nobody.get("/api/v1/instance/translation_languages")
    assert languages == {"de": ["en"], "en": ["de"]}


async def test_languages_are_asked_for_once(world: World, service: Service) -> None:
    for _ in range(2):
        found = await world.nobody.get("/api/v1/instance/translation_languages")
        assert found == {"de": ["en", "fr"]}
    assert [path for path, _ in service.asked] == ["/languages"]
    shown = await world.nobody.get("/api/v2/instance", "Instance")
    assert shown["configuration"]["translation"]["enabled"] is True


@pytest.mark.parametrize(
    "broken", [500, 302, b"<html>", b"[]", b'{"translatedText": "x"}', b'{"translatedText": []}', b'{"translatedText": [1]}', b"[" * 99]
)  # fmt: skip
async def test_a_service_that_fails_is_told_of_and_asked_again(
    world: World, service: Service, broken: bytes | int
) -> None:
    post = await world.post(world.bea, "bonjour", language="fr")
    service.broken = broken
    await world.ada.refused("POST", f"/api/v1/statuses/{post.pk}/translate", 503, data={"lang": "en"})
    service.broken = None
    await world.ada.post(f"/api/v1/statuses/{post.pk}/translate", "Translation", data={"lang": "en"})


async def test_private_posts_and_visitors_cause_no_translation(world: World, service: Service) -> None:
    await rows.follow(world.ada.me, world.bea.me)
    private = await world.post(world.bea, visibility=Visibility.followers)
    local = await world.post(world.bea, visibility=Visibility.local_only)
    public = await world.post(world.bea, language="fr")
    long = await rows.make_post(world.remote, content="x" * (services.MAX_CHARACTERS + 1), language="fr")
    for post, caller, status in (
        (private, world.ada, 403),
        (local, world.ada, 403),
        (public, world.app, 422),
        (long, world.ada, 404),
    ):
        await caller.refused("POST", f"/api/v1/statuses/{post.pk}/translate", status, data={"lang": "en"})
    assert service.asked == []


async def test_a_person_can_ask_so_often(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_AN_HOUR", 2)
    posts = [await world.post(world.bea, f"bonjour {number}", language="fr") for number in range(3)]
    for post in posts[:2]:
        await world.ada.post(f"/api/v1/statuses/{post.pk}/translate", "Translation", data={"lang": "en"})
    await world.ada.refused("POST", f"/api/v1/statuses/{posts[2].pk}/translate", 429, data={"lang": "en"})
    assert len(service.asked) == 2
