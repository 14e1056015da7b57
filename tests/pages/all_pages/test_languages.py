"""Pages speak the language of their reader; the API speaks English, whatever the reader's is."""

import re

import pytest

from core.errors import NotAllowed
from core.languages import LANGUAGES, preferred_language
from core.pages.scripts import words_script
from core.texts.language_names import LANGUAGE_NAMES
from tests.activities import people as rows
from tests.pages.all_pages.test_pages import ADMINS, MODERATORS, PRIVATE, PUBLIC
from tests.pages.conftest import Site
from tests.pages.seed import fill
from tests.support.pseudo import OPEN, plain_words, pseudo_language
from users.imports.models import FollowImport
from users.logins.models import User
from web.middleware import ACTING_AS

pytestmark = pytest.mark.anyio

WISH = {"theme": "system", "text_size": "normal"}


def page_in(language: str) -> dict[str, str]:
    return {"Accept": "text/html", "Accept-Language": language}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr;q=0.1, de;q=0.5", "de"),
        ("fr-CA", "fr"),
        ("zh-Hant-TW, DE;q=0.1", "de"),
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


@pytest.mark.parametrize(
    ("header", "language"),
    [("pt-PT,pt;q=0.9", "pt-br"), ("PT-br", "pt-br"), ("pt", "pt-br"), ("ar-EG", "ar")],
)
def test_regions_stand_for_each_other(header: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, "ar", "العربية")
    assert preferred_language(header) == language


async def test_a_page_speaks_as_the_browser_asks(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, "ar", "العربية")
    german = await site.nobody.get("/about", headers=page_in("de-CH"))
    assert '<html lang="de" >' in german.text
    assert "Accept-Language" in german.headers["Vary"]
    assert '<html lang="ar" dir="rtl" >' in (await site.nobody.get("/about", headers=page_in("ar"))).text
    assert '<html lang="pt-BR" >' in (await site.nobody.get("/about", headers=page_in("pt"))).text
    missing = await site.nobody.get("/nothing-here", headers=page_in("de"))
    assert (missing.status_code, "Seite nicht gefunden" in missing.text) == (404, True)
    assert "Accept-Language" in missing.headers["Vary"]


async def test_the_chosen_language_precedes_the_browsers(site: Site) -> None:
    answer = await site.member.post("/settings/appearance", data={**WISH, "language": "de"})
    assert answer.status_code == 303
    assert '<html lang="de" >' in (await site.member.get("/local", headers=page_in("en"))).text
    assert '<html lang="en" >' in (await site.moderator.get("/local", headers=page_in("en"))).text
    form = await site.member.get("/settings/appearance", headers=page_in("en"))
    assert '<option value="de" selected>Deutsch</option>' in form.text
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


async def test_a_row_that_is_kept_rendered_is_kept_for_each_language(site: Site) -> None:
    await rows.make_post(site.member.me)
    seen = []
    with pseudo_language("de"):
        for language in ("en", "de", "en"):
            page = await site.nobody.get("/local", headers=page_in(language))
            seen.append(OPEN in page.text.partition("<article")[2].partition("</article>")[0])
    assert seen == [False, True, False]


async def test_apps_are_answered_in_english(site: Site) -> None:
    with pseudo_language("de"):
        for path in ("/api/v1/statuses/1", "/api/v2/search", "/api/v1/accounts/lookup", "/oauth/token"):
            asked = [
                await site.member.http.get(path, headers={"Accept-Language": one}) for one in ("en", "de")
            ]
            assert asked[0].content == asked[1].content
            assert OPEN not in asked[1].text


# of this world, of software and of units
_NAMES = {
    "RSS",
    "The",
    "testserver",
    "News",
    "Mia",
    "mia",  # searched for
    "test",
    "A",
    "M",
    "video",
    "audio",
    "unknown",
    "cat",
    "mastodon",
    "GB",
    "x",
    "12k",
    "evil.test",
    "far.test",
    "b",
    "m",
    "ד",
}
_KNOWN = {*LANGUAGES.values(), *(own_name for _, own_name in LANGUAGE_NAMES.values())}


@pytest.mark.slow
async def test_every_word_of_every_page_is_looked_up(site: Site) -> None:
    """What people wrote stands in elements with a direction of their own."""
    await fill(site.domain, site.member.me)
    found: dict[str, list[str]] = {}
    with pseudo_language("de"):
        for path in (*PUBLIC, *PRIVATE, *MODERATORS, *ADMINS):
            visitor = (
                site.admin if path in MODERATORS + ADMINS else site.member if path in PRIVATE else site.nobody
            )
            answer = await visitor.get(path, headers=page_in("de"))
            found[path] = [words for words in plain_words(answer.text) if not _is_name(words)]
    assert {path: words for path, words in found.items() if words} == {}


async def test_every_word_of_an_error_page_is_looked_up(site: Site) -> None:
    """Of pages that answer with an error, and of reasons that are stored."""
    member = site.member
    await FollowImport.objects.acreate(
        identity=member.me,
        address="gone@far.test",
        reason=NotAllowed(code="follow_of_yourself").stored(),
        state="refused",
    )
    foreign = {"csrfmiddlewaretoken": "x" * 64, "text": "hello there"}
    with pseudo_language("de"):
        answers = {
            path: await visitor.http.request(method, path, headers=page_in("de"), data=data)
            for visitor, method, path, data in (
                (site.nobody, "GET", "/nothing-here", None),
                (site.nobody, "GET", "/password/reset/forged", None),
                (site.nobody, "DELETE", "/about", None),
                (member, "GET", "/administration", None),
                (member, "POST", "/compose", foreign),
                (member, "GET", "/settings/import", None),
            )
        }
        answers["another identity"] = await member.post(
            "/compose", {ACTING_AS: "another", "text": "hello there"}, headers=page_in("de")
        )
        found = {path: [w for w in plain_words(a.text) if not _is_name(w)] for path, a in answers.items()}
    assert [answer.status_code for answer in answers.values()] == [404, 422, 403, 404, 403, 200, 409]
    assert {path: words for path, words in found.items() if words} == {}


def test_english_has_no_script_of_words() -> None:
    marked = ['t("Add files"); tn("{count} new post", "{count} new posts", 2)']
    assert words_script("en", marked, "/x.js") == b""
    assert b"{count} neue" in words_script("de", marked, "/x.js")


def _is_name(words: str) -> bool:
    bare = re.sub(r"^[a-z-]+=", "", words)
    parts = [part.strip('()·#…"<>') for part in bare.split()]
    return (
        bare in _KNOWN
        or "onerror=" in bare
        or re.fullmatch(r"[\d,]+\N{NO-BREAK SPACE}(Tsd|Mio)\.", bare)  # core/numbers.py
        or all(part in _NAMES or part.startswith("@") or not re.search(r"[^\W\d_]", part) for part in parts)
    )
