"""Pages speak the language of their reader; the API speaks English, whatever the reader's is."""

import pytest

from core.languages import LANGUAGES, preferred_language
from tests.pages.conftest import Site
from tests.support.pseudo import OPEN, pseudo_language
from users.logins.models import User

pytestmark = pytest.mark.anyio

WISH = {"theme": "system", "text_size": "normal"}


def page_in(language: str) -> dict[str, str]:
    return {"Accept": "text/html", "Accept-Language": language}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-PT,pt;q=0.9", "pt-br"),
        ("PT-br", "pt-br"),
        ("uk;q=0.1, ar;q=0.5", "ar"),
        ("zh-Hant-TW, ja;q=0.1", "ja"),
        ("xx, en;q=0.5, de;q=0.4", "en"),
        ("", "en"),
        ("*", "en"),
        ("de;q=0", "en"),
        (";;;,,,;q=", "en"),
        ("de;q=zehn", "en"),
        ("x-" * 5000, "en"),
        ("a" * 100_000, "en"),
    ],
)
def test_which_language_a_browser_asks_for(header: str, language: str) -> None:
    assert preferred_language(header) == language


async def test_a_page_speaks_as_the_browser_asks(site: Site) -> None:
    german = await site.nobody.get("/about", headers=page_in("de-CH"))
    assert '<html lang="de" >' in german.text
    assert "Accept-Language" in german.headers["Vary"]
    assert '<html lang="ar" dir="rtl" >' in (await site.nobody.get("/about", headers=page_in("ar"))).text
    assert '<html lang="pt-BR" >' in (await site.nobody.get("/about", headers=page_in("pt"))).text
    missing = await site.nobody.get("/nothing-here", headers=page_in("ja"))
    assert (missing.status_code, '<html lang="ja"' in missing.text) == (404, True)
    assert "Accept-Language" in missing.headers["Vary"]


async def test_what_somebody_chose_goes_before_what_the_browser_asks(site: Site) -> None:
    answer = await site.member.post("/settings/appearance", data={**WISH, "language": "fr"})
    assert answer.status_code == 303
    assert '<html lang="fr" >' in (await site.member.get("/local", headers=page_in("de"))).text
    assert '<html lang="de" >' in (await site.moderator.get("/local", headers=page_in("de"))).text
    form = await site.member.get("/settings/appearance", headers=page_in("de"))
    assert '<option value="fr" selected>Français</option>' in form.text
    for name in LANGUAGES.values():
        assert name in form.text
    await site.member.post("/settings/appearance", data={**WISH, "language": ""})
    assert '<html lang="de" >' in (await site.member.get("/local", headers=page_in("de"))).text


@pytest.mark.parametrize("forged", ["xx", '"><script>', "de-AT", "EN"])
async def test_a_language_that_is_not_offered_is_refused(site: Site, forged: str) -> None:
    answer = await site.member.post(
        "/settings/appearance", data={**WISH, "language": forged}, headers=page_in("en")
    )
    assert answer.status_code == 422
    assert await User.objects.filter(language="").acount() == await User.objects.acount()


async def test_apps_are_answered_in_english(site: Site) -> None:
    with pseudo_language("de"):
        for path in ("/api/v1/statuses/1", "/api/v2/search", "/api/v1/accounts/lookup", "/oauth/token"):
            asked = [
                await site.member.http.get(path, headers={"Accept-Language": one}) for one in ("en", "de")
            ]
            assert asked[0].content == asked[1].content
            assert OPEN not in asked[1].text
