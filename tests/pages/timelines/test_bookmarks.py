"""Bookmarks: folders, moving between them, and searching, each for their owner only."""

import re
from typing import Any

import pytest

from activities.bookmarks import services
from activities.bookmarks.services import delete_folders_of
from activities.posts.models import Bookmark, BookmarkFolder, Post
from activities.publishing.services.interactions import bookmark
from core.errors import Invalid
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}


async def kept(by: Identity, author: Identity, words: str, **more: Any) -> Post:
    post = await rows.make_post(author, content=f"<p>{words}</p>", source=words, **more)
    await bookmark(identity=by, post_id=post.pk)
    return post


async def folder(site: Site, name: str = "Recipes") -> int:
    answer = await site.member.post("/bookmarks/folders", {"folder_name": name})
    assert answer.status_code == 303
    return int(answer.headers["location"].rpartition("/")[2])


async def words_on(site: Site, path: str) -> set[str]:
    page = (await site.member.get(path, headers=PAGE)).text
    return set(re.findall(r"<p>(\w+ soup|\w+ news)</p>", page))


async def test_bookmarks_are_moved_between_folders(site: Site) -> None:
    soup = await kept(site.member.me, site.admin.me, "onion soup")
    await kept(site.member.me, site.admin.me, "old news")
    number = await folder(site)
    assert await words_on(site, f"/bookmarks/folders/{number}") == set()
    menu = (await site.member.get(f"/posts/{soup.pk}/menu", headers=PAGE)).text
    assert f"/posts/{soup.pk}/folder" in menu
    assert "Recipes" in (await site.member.get(f"/posts/{soup.pk}/folder", headers=PAGE)).text
    await site.member.post(f"/posts/{soup.pk}/folder", {"folder": str(number)})
    assert await words_on(site, f"/bookmarks/folders/{number}") == {"onion soup"}
    assert await words_on(site, "/bookmarks") == {"onion soup", "old news"}
    await site.member.post(f"/posts/{soup.pk}/folder", {"folder": "", "folder_name": "Soups"})
    assert await words_on(site, f"/bookmarks/folders/{number}") == set()
    assert (await Bookmark.objects.aget(post=soup.pk)).folder_id != number
    await site.member.post(f"/posts/{soup.pk}/folder", {"folder": ""})
    assert (await Bookmark.objects.aget(post=soup.pk)).folder_id is None


async def test_after_moving_one_is_where_one_was(site: Site) -> None:
    soup = await kept(site.member.me, site.admin.me, "onion soup")
    number = await folder(site)
    here = {"HX-Request": "true", "HX-Current-URL": "https://social.example/bookmarks?max_id=9"}
    menu = (await site.member.get(f"/posts/{soup.pk}/menu", headers=PAGE | here)).text
    link = re.search(r'href="(/posts/\d+/folder[^"]*)"', menu)
    assert link
    page = (await site.member.get(link[1], headers=PAGE)).text
    back = re.search(r'name="next" value="([^"]*)"', page.partition("Bookmark folder</h1>")[2])
    assert back
    assert back[1] == "/bookmarks?max_id=9"
    moved = {"folder": str(number), "next": back[1]}
    answer = await site.member.post(f"/posts/{soup.pk}/folder", moved)
    assert answer.headers["location"] == "/bookmarks?max_id=9"


async def test_a_folder_is_renamed_and_deleted_and_its_bookmarks_stay(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH_SIZE", 1)
    number = await folder(site)
    for words in ("onion soup", "fish soup", "old news"):
        post = await kept(site.member.me, site.admin.me, words)
        await site.member.post(f"/posts/{post.pk}/folder", {"folder": str(number)})
    await site.member.post(f"/bookmarks/folders/{number}/edit", {"folder_name": "Dishes"})
    assert "Dishes" in (await site.member.get("/bookmarks", headers=PAGE)).text
    answer = await site.member.post(f"/bookmarks/folders/{number}/delete")
    assert answer.headers["location"] == "/bookmarks"
    assert await words_on(site, "/bookmarks") == {"onion soup", "fish soup", "old news"}
    assert not await BookmarkFolder.objects.aexists()


async def test_words_are_found_in_bookmarks_only(site: Site) -> None:
    far = await rows.make_remote("far")
    await kept(site.member.me, far, "onion soup")
    await kept(site.member.me, far, "old news", is_sensitive=True)
    await rows.make_post(far, content="<p>fish soup</p>")
    assert await words_on(site, "/bookmarks?q=soup") == {"onion soup"}
    assert await words_on(site, "/bookmarks?q=from:far@far.test") == {"onion soup", "old news"}
    assert await words_on(site, "/bookmarks?q=is:sensitive") == {"old news"}
    assert await words_on(site, "/bookmarks?q=-soup") == set()
    page = (await site.member.get("/bookmarks?q=<b>nothing", headers=PAGE)).text
    assert "No bookmark has these words." in page
    assert "<b>nothing" not in page


async def test_pages_of_found_bookmarks_keep_the_words(site: Site) -> None:
    for number in range(25):
        await kept(site.member.me, site.admin.me, f"n{number} soup")
    page = (await site.member.get("/bookmarks?q=soup", headers=PAGE)).text
    older = re.search(r'href="\?(q=soup&amp;max_id=\d+)"', page)
    assert older
    assert len(await words_on(site, f"/bookmarks?{older[1].replace('&amp;', '&')}")) == 5


async def test_folders_of_others_are_not_there(site: Site) -> None:
    number = await folder(site)
    mine = await kept(site.admin.me, site.member.me, "onion soup")
    for path in (f"/bookmarks/folders/{number}", f"/bookmarks/folders/{number}/edit"):
        assert (await site.admin.get(path, headers=PAGE)).status_code == 404
    for path, form in (
        (f"/bookmarks/folders/{number}/edit", {"folder_name": "Mine"}),
        (f"/bookmarks/folders/{number}/delete", {}),
    ):
        assert (await site.admin.post(path, form)).status_code == 404
    answer = await site.admin.post(f"/posts/{mine.pk}/folder", {"folder": str(number)}, headers=PAGE)
    assert answer.status_code == 422
    assert (await Bookmark.objects.aget(post=mine.pk)).folder_id is None
    assert (await site.member.get(f"/posts/{mine.pk}/folder", headers=PAGE)).status_code == 404
    assert (await BookmarkFolder.objects.aget()).name == "Recipes"


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * 101, "a\nb", "recipes"])
async def test_names_that_no_folder_may_have(site: Site, name: str) -> None:
    await folder(site)
    answer = await site.member.post("/bookmarks/folders", {"folder_name": name}, headers=PAGE)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


async def test_there_are_fifty_folders_at_most(site: Site) -> None:
    await BookmarkFolder.objects.abulk_create(
        [BookmarkFolder(identity=site.member.me, name=f"f{number}") for number in range(services.MAX_FOLDERS)]
    )
    with pytest.raises(Invalid):
        await services.create_folder(identity=site.member.me, name="one more")
    await kept(site.member.me, site.admin.me, "onion soup")
    while await delete_folders_of(site.member.me):
        pass
    assert not await BookmarkFolder.objects.aexists()
