"""Caching of pages: one address is a page or a document, and a page is public or for one session."""

import pytest

from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.queries import counted

pytestmark = pytest.mark.anyio

DOCUMENT = {"Accept": "application/activity+json"}


def _varies(headers: object) -> set[str]:
    return {name.strip() for name in str(headers["Vary"]).split(",")}  # type: ignore[index]


@pytest.mark.slow
async def test_anonymous_pages_vary_and_may_be_cached_publicly(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    for path in ("/", "/local", "/explore", "/@mia", "/@mia/media", "/@mia/followers", f"/@mia/{post.pk}"):
        answer = await site.nobody.http.get(path)
        assert {"Accept", "Cookie"} <= _varies(answer.headers), path
        assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=60", path
        answer = await site.member.http.get(path)
        if answer.status_code == 200:
            assert {"Accept", "Cookie"} <= _varies(answer.headers), path
        assert answer.headers["Cache-Control"] == "private, no-cache", path
    document = await site.nobody.http.get("/@mia", headers=DOCUMENT)
    assert "Accept" in _varies(document.headers)
    assert document.headers["Cache-Control"].startswith("public")


async def test_forms_and_errors_are_not_cached_publicly(site: Site) -> None:
    for path in ("/sign-in", "/password/forgotten", "/@nobody", "/nothing-here", "/local?max_id=x"):
        answer = await site.nobody.http.get(path)
        assert answer.headers["Cache-Control"] == "private, no-cache", path
        assert "Accept" in _varies(answer.headers), path
        assert "public" not in (await site.nobody.http.get(path, headers=DOCUMENT)).headers.get(
            "Cache-Control", ""
        )


async def test_a_post_that_many_look_at_costs_a_cache_one_answer_a_minute(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache asks again with the tag of what it has, and the statements don't depend on how many replies there are."""
    post = await rows.make_post(site.member.me, content="<p>Look at this</p>")
    path, numbers = f"/@mia/{post.pk}", []
    for _ in range(2):
        for _ in range(15):
            await rows.make_post(await rows.make_remote(f"fan{len(numbers)}{_}"), in_reply_to=post)
        async with counted(monkeypatch) as seen:
            first = await site.nobody.http.get(path)
        numbers.append(len(seen))
        second = await site.nobody.http.get(path)
        assert first.content == second.content, "nothing of one visit is in it"
        assert first.headers["ETag"] == second.headers["ETag"]
        known = await site.nobody.http.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["Cache-Control"] == "public, max-age=0, s-maxage=60"
        assert {"Accept", "Cookie"} <= _varies(known.headers)
        assert "Set-Cookie" not in first.headers
    assert numbers[0] == numbers[1] <= 8, numbers


async def test_pages_are_packed_for_visitors_and_not_where_there_is_a_secret(site: Site) -> None:
    """BREACH: what is packed beside a token tells the token."""
    await rows.make_post(site.member.me)
    packed = {"Accept-Encoding": "gzip"}
    answer = await site.nobody.http.get("/@mia", headers=packed)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in _varies(answer.headers)
    for visitor, path in ((site.member, "/@mia"), (site.member, "/home"), (site.nobody, "/sign-in")):
        answer = await visitor.http.get(path, headers=packed)
        assert "Content-Encoding" not in answer.headers, path


@pytest.mark.parametrize("path", ["/home", "/search?q=secret", "/compose?text=secret", "/settings/security"])
async def test_pages_with_secrets_are_not_compressed(site: Site, path: str) -> None:
    """Their length would tell what is on them beside words that another site chose (docs/decisions/0023, BREACH)."""
    answer = await site.member.get(path, headers={"Accept-Encoding": "gzip", "Accept": "text/html"})
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers
    public = await site.nobody.get("/local", headers={"Accept-Encoding": "gzip"})
    assert public.headers["content-encoding"] == "gzip", "the same for everybody"
