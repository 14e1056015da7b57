"""Caching of pages: one address is a page or a document, and a page is public or for one session."""

import pytest

from tests.activities import people as rows
from tests.pages.conftest import Site

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
        assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=15", path
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
