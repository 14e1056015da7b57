"""Stories of reading: a conversation, who liked a post, what is kept and hidden, lists and hashtags, private messages."""

import re

import pytest
from playwright.async_api import expect

from tests.pages.browser.stories.conftest import Arrive, Way
from tests.pages.browser.town import eventually, listen, reply, send
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_conversation_is_read_from_its_row(town: Server, arrive: Arrive, way: Way) -> None:
    """A row leads to its conversation, which its author went on in as a thread; a warning opens, one sees who liked it."""
    ana, bob = await arrive("ana"), await arrive("bob")
    heard = listen(ana) + listen(bob)
    await bob.goto(f"{town.base_url}/compose")
    await bob.fill("textarea[name=text]", f"Asked of all, {way.word}")
    for number in (2, 3):
        await bob.get_by_role("button", name="Add another post").click()
        await bob.get_by_label(f"Post {number}").fill(f"Part {number}, {way.word}")
    await bob.get_by_role("button", name="Post", exact=True).click()
    await expect(bob.locator("article.focus")).to_contain_text(f"Asked of all, {way.word}")
    address = bob.url
    await reply(bob, town, address, f"And answered, {way.word}")
    await bob.locator("article.focus").get_by_role("button", name=re.compile("^Like")).click()
    await expect(bob.get_by_role("button", name=re.compile("^Like"), pressed=True)).to_be_visible()
    await ana.goto(f"{town.base_url}/local")
    row = ana.locator("article.post", has_text=f"Asked of all, {way.word}")
    await row.locator("a.when").click()
    await expect(ana.locator("article.focus")).to_contain_text(f"Asked of all, {way.word}")
    await expect(ana.locator(".thread")).to_contain_text(f"And answered, {way.word}")
    await ana.get_by_role("link", name="Reader view").click()
    for words in ("Asked of all", "Part 2", "Part 3"):
        await expect(ana.locator("main")).to_contain_text(f"{words}, {way.word}")
    await ana.go_back()
    await ana.get_by_role("link", name="1 like").click()
    await expect(ana.locator("main .person")).to_contain_text("bob")
    await ana.get_by_role("link", name="Back to the post").click()
    await expect(ana.locator("article.focus")).to_be_visible()
    await ana.goto(f"{town.base_url}/@fan@far.test")
    warned = ana.locator("article.post", has_text="Food,").first
    await warned.locator("details.warning > summary").click()
    await expect(warned.get_by_text("Behind a warning.")).to_be_visible()
    assert heard == []


async def test_a_reader_keeps_a_post_and_hides_a_word(town: Server, arrive: Arrive, way: Way) -> None:
    """A bookmark is found again, a filter hides a word, and is changed and deleted; the author hears of a like."""
    ana, bob = await arrive("ana"), await arrive("bob")
    heard = listen(bob)
    bird = f"heron{way.word}"
    await send(ana, town, f"A {bird} by the lake.")
    await bob.goto(f"{town.base_url}/@ana")
    post = bob.locator("article.post", has_text=f"A {bird} by the lake.")
    for name in (re.compile("^Like"), "Bookmark"):
        await post.get_by_role("button", name=name).click()
        await expect(post.get_by_role("button", name=name, pressed=True)).to_be_visible()
    await bob.goto(f"{town.base_url}/bookmarks/folders")
    await bob.get_by_label("Name").fill(f"Of {way.word}")
    await bob.get_by_role("button", name="Create folder").click()
    await expect(bob.locator("main").get_by_text(f"Of {way.word}").first).to_be_visible()
    await bob.goto(f"{town.base_url}/bookmarks")
    await expect(post).to_be_visible()
    await bob.goto(f"{town.base_url}/search")
    await bob.locator("main input[type=search]").fill(bird)  # with scripts it is a combobox
    await bob.locator("main input[type=search]").press("Enter")
    await bob.get_by_role("link", name="My library").click()
    await expect(post).to_be_visible()
    await bob.goto(f"{town.base_url}/filters")
    await bob.get_by_role("textbox", name="Title").fill(f"No {bird}")
    await bob.get_by_label("Words or phrases").fill(bird)
    await bob.get_by_role("checkbox", name="Profiles").check()
    await bob.get_by_role("button", name="Create filter").click()
    named = bob.locator("main").get_by_role("link", name=re.compile(f"No {bird}"))
    await expect(named).to_be_visible()
    await bob.goto(f"{town.base_url}/@ana")
    await expect(bob.get_by_text(f"Filtered: No {bird}").first).to_be_visible()
    await bob.goto(f"{town.base_url}/filters")
    await named.click()
    await bob.get_by_role("textbox", name="Title").fill(f"Not a {bird}")
    await bob.get_by_role("button", name="Save").click()
    changed = bob.locator("main").get_by_role("link", name=re.compile(f"Not a {bird}"))
    await bob.goto(f"{town.base_url}/filters")
    await changed.click()
    await bob.get_by_role("button", name="Delete filter").click()
    await expect(bob.locator("h1")).to_have_text("Filters")
    await expect(changed).to_have_count(0)

    async def told() -> None:
        await ana.goto(f"{town.base_url}/notifications")
        liked = ana.locator("article", has_text="liked your post").first
        await expect(liked).to_contain_text(bird, timeout=500)

    await eventually(told)
    assert heard == []


async def test_a_list_and_a_hashtag_are_followed(town: Server, arrive: Arrive, way: Way) -> None:
    """What they wrote is in the list, on the hashtag's page, and in what one has missed."""
    ana, bob = await arrive("ana"), await arrive("bob")
    heard = listen(bob)
    main = bob.locator("main")
    await bob.goto(f"{town.base_url}/lists")
    await bob.get_by_label("Title").fill(f"Birds {way.word}")
    await bob.get_by_role("button", name="Create list").click()
    await expect(main.get_by_text(f"Birds {way.word}").first).to_be_visible()
    await bob.goto(f"{town.base_url}/lists")
    await main.get_by_role("link", name=f"Birds {way.word}").last.click()
    await main.get_by_role("link", name=re.compile("^(Edit|Add people)")).first.click()
    search = main.get_by_role("searchbox")
    await search.fill("ana")
    await search.press("Enter")
    await main.get_by_role("button", name=re.compile("^(Follow and add|Add) @ana")).click()
    await expect(main.get_by_role("button", name="Remove @ana")).to_be_visible()
    await send(ana, town, f"A post with #tern{way.word}")
    await bob.goto(f"{town.base_url}/lists")
    await main.get_by_role("link", name=f"Birds {way.word}").last.click()
    await expect(main.locator("article.post", has_text=f"#tern{way.word}")).to_be_visible()

    async def is_known() -> None:  # the worker indexes hashtags
        await bob.goto(f"{town.base_url}/tags/tern{way.word}")
        await expect(main.locator("article.post")).to_have_count(1, timeout=500)

    await eventually(is_known)
    await main.get_by_role("button", name=re.compile("^Follow")).first.click()
    await expect(main.get_by_role("button", name=re.compile("^(Unfollow|Following)")).first).to_be_visible()
    await bob.goto(f"{town.base_url}/followed-tags")
    await main.get_by_role("button", name=f"Unfollow #tern{way.word}").click()
    await expect(main.get_by_text(f"#tern{way.word}", exact=True)).to_have_count(0)
    await bob.goto(f"{town.base_url}/catch-up")
    await bob.get_by_label("Sorted by").select_option("Length")
    await main.get_by_role("button", name="Show", exact=True).click()
    await expect(main.locator("article.post", has_text=f"#tern{way.word}")).to_be_visible()
    await bob.goto(f"{town.base_url}/@ana")
    await bob.locator("main .following > summary").click()
    await bob.get_by_role("button", name="Unfollow").click()
    await expect(bob.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    assert heard == []


async def test_two_people_write_to_each_other(town: Server, arrive: Arrive, way: Way) -> None:
    ana, bob = await arrive("ana"), await arrive("bob")
    heard = listen(ana) + listen(bob)
    await bob.goto(f"{town.base_url}/compose?private&text=%40ana%20")
    await bob.locator("form.composer textarea[name=text]").fill(f"@ana Are you coming, {way.word}?")
    await bob.locator("form.composer").get_by_role("button", name="Post", exact=True).click()
    await expect(bob.locator("main")).to_contain_text(f"Are you coming, {way.word}?")
    talk = ana.locator(".talk", has_text=f"Are you coming, {way.word}?").locator("a.by")

    async def is_listed() -> None:
        await ana.goto(f"{town.base_url}/private-mentions")
        await expect(talk).to_have_count(1, timeout=500)

    await eventually(is_listed)  # the worker adds it
    await talk.click()
    await ana.get_by_label("Your message").fill(f"I'll bring the map, {way.word}")
    await ana.get_by_role("button", name="Send").click()
    await expect(ana.locator("#newest.mine")).to_contain_text(f"I'll bring the map, {way.word}")

    async def came_back() -> None:
        await bob.goto(f"{town.base_url}/private-mentions")
        await expect(bob.locator("main")).to_contain_text(f"the map, {way.word}", timeout=500)

    await eventually(came_back)
    await bob.goto(f"{town.base_url}/@ana")
    await expect(bob.locator("article.post", has_text="the map")).to_have_count(0)
    assert heard == []
