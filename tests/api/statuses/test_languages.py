"""The language of posts: as Mastodon normalises it, or the author's, or the domain's; and never one that browsers choke on."""

from typing import Any

import pytest

from core.texts.languages import known_language, normal_language
from tests.activities import people as rows
from tests.api.support.world import World
from users.domains import options
from users.domains.models import Level

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("en", "en"),
        ("en_US", "en"),
        ("ja-JP", "ja"),
        ("EN", "en"),
        ("zh-TW", "zh-TW"),
        ("zh_hk", "zh-HK"),
        ("zh-Hans", "zh"),
        ("tok", "tok"),
        ("not a lang!!", "de"),
        ("xx", "de"),
        ("", "de"),
        (None, "de"),
    ],
)
async def test_language_codes_of_apps_are_normalised(world: World, given: str | None, stored: str) -> None:
    """Elk shows a post with the language `en_US` or `not a lang!!` as empty. German is the author's own."""
    await world.ada.patch("/api/v1/accounts/update_credentials", data={"source[language]": "de-AT"})
    draft = {"status": "words", **({} if given is None else {"language": given})}
    post = await world.ada.post("/api/v1/statuses", "Status", json=draft)
    assert post["language"] == stored
    other = await world.ada.post("/api/v1/statuses", json={"status": "words", "language": "fr"})
    edited = await world.ada.put(f"/api/v1/statuses/{other['id']}", "Status", json={**draft, "status": "new"})
    assert edited["language"] == ("fr" if stored == "de" else stored)


async def test_without_any_it_is_the_domains(world: World) -> None:
    post = await world.ada.post("/api/v1/statuses", "Status", data={"status": "words"})
    assert post["language"] == "en"
    await options.set_value(options.LANGUAGE, "nl", level=Level.domain, owner=world.domain.pk)
    post = await world.ada.post("/api/v1/statuses", "Status", data={"status": "words", "language": "??"})
    assert post["language"] == "nl"
    assert (await world.nobody.get("/api/v2/instance", "Instance"))["languages"] == ["nl"]
    assert (await world.nobody.get("/api/v1/instance", "V1::Instance"))["languages"] == ["nl"]


async def test_ones_own_language_and_those_of_a_follow_are_codes_too(world: World) -> None:
    path = "/api/v1/accounts/update_credentials"
    changed = await world.ada.patch(path, "CredentialAccount", data={"source[language]": "en_US"})
    assert changed["source"]["language"] == "en"
    await world.ada.refused("PATCH", path, 422, data={"source[language]": "not a lang!!"})
    cleared = await world.ada.patch(path, "CredentialAccount", json={"source": {"language": ""}})
    assert cleared["source"]["language"] is None
    follow = f"/api/v1/accounts/{world.bea.id}/follow"
    found = await world.ada.post(follow, "Relationship", data={"languages[]": ["en_US", "de", "en"]})
    assert found["languages"] == ["en", "de"]
    await world.ada.refused("POST", follow, 422, data={"languages[]": ["en", "??"]})


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("pt-BR", "pt-BR"), ("en_us", "en-US"), ("sr-latn", "sr-Latn"), ("not a lang!!", None)],
)
async def test_posts_from_elsewhere_keep_theirs_in_a_shape_that_browsers_take(
    world: World, stored: str, shown: Any
) -> None:
    post = await rows.make_post(world.remote, language=stored)
    assert (await world.ada.get(f"/api/v1/statuses/{post.pk}", "Status"))["language"] == shown


def test_no_tag_is_too_odd() -> None:
    for odd in (
        "",
        "-",
        "_",
        "e",
        "english-please",
        "zh-YUE",
        "en-",
        "x-klingon",
        "i-default",
        "en-US-u-ca",
        "\x00",
    ):
        assert known_language(odd) in {None, "en", "zh-YUE"}
        tidy = normal_language(odd)
        assert tidy is None or tidy.replace("-", "").isalnum()
    assert known_language(None) is None
