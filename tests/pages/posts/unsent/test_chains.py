"""Threads written as a chain: in order, each once, or none."""

import asyncio
import re

import pytest

from activities.posts.models import Interaction, InteractionPolicy, Mention, Post
from activities.saved_drafts.models import SavedDraft
from activities.scheduled_posts.handlers import publish
from activities.scheduled_posts.models import ScheduledPost
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.pages.posts.unsent.test_scheduled_posts import at

pytestmark = pytest.mark.anyio

THREAD = {"text": "One", "visibility": "1", "chain_1": "Two @mia", "chain_2": " ", "chain_3": "Three"}


async def chain() -> list[Post]:
    return [post async for post in Post.objects.order_by("id")]


async def test_a_chain_is_posted_in_order_and_once(site: Site) -> None:
    once = re.search(r'name="once" value="([^"]+)"', (await site.member.get("/compose")).text)
    assert once
    form = THREAD | {"once": once[1], "content_warning": "Long"}
    answers = await asyncio.gather(*(site.member.post("/compose", form) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    posts = await chain()
    assert [post.source for post in posts] == ["One", "Two @mia", "Three"]
    assert [post.in_reply_to_id for post in posts] == [None, posts[0].pk, posts[1].pk]
    assert {(post.visibility, post.content_warning, post.conversation_id) for post in posts} == {
        (1, "Long", posts[0].pk)
    }
    assert (await site.member.post("/compose", form)).headers["location"].endswith(f"/{posts[0].pk}")
    assert len(await chain()) == 3


async def test_a_private_chain_is_for_the_same_people_throughout(site: Site) -> None:
    form = {
        "text": "@mo Between us",
        "visibility": "3",
        "chain_1": "And this",
        "chain_2": f"@{site.admin.me.username} too",
    }
    assert (await site.member.post("/compose", form)).status_code == 303
    people = [
        {mention.identity_id async for mention in Mention.objects.filter(post=post)} for post in await chain()
    ]
    mo, admin = site.moderator.me.pk, site.admin.me.pk
    assert people == [{mo}, {mo}, {mo, admin}]
    long = await site.member.post("/compose", form | {"chain_1": "x" * 499})
    assert long.status_code == 422
    assert "Post 2 of your thread is too long" in long.text
    assert len(await chain()) == 3


async def test_a_chain_is_posted_whole_or_not_at_all(site: Site) -> None:
    refused = await site.member.post("/compose", THREAD | {"chain_3": "x" * 501})
    assert refused.status_code == 422
    assert "Post 4 of your thread is too long" not in refused.text, "the empty one does not count"
    assert "Post 3 of your thread is too long" in refused.text
    assert "Two @mia</textarea>" in refused.text
    careful = await rows.make_post(site.admin.me, reply_policy=int(InteractionPolicy.public_asked))
    answer = await site.member.post("/compose", THREAD | {"reply_to": str(careful.pk)})
    assert answer.status_code == 422, Interaction.reply
    assert "has to approve your reply first" in answer.text
    assert [post.pk for post in await chain()] == [careful.pk]


async def test_posts_are_added_without_scripts(site: Site) -> None:
    page = await site.member.post("/compose", {"text": "One", "visibility": "2", "add_post": "1"})
    assert page.status_code == 200
    assert 'name="chain_1"' in page.text
    assert 'name="chain_2"' not in page.text
    assert "One</textarea>" in page.text
    page = await site.member.post(
        "/compose", {"text": "One", "visibility": "2", "chain_1": "<b>", "add_post": "1"}
    )
    assert "&lt;b&gt;</textarea>" in page.text
    assert 'name="chain_2"' in page.text
    assert not await Post.objects.aexists()


def texts_of(page: str) -> list[tuple[str, str]]:
    page = page.partition("<template")[0]
    return re.findall(r'<textarea name="(chain_\d+)"[^>]*>\s*([^<]*)</textarea>', page)


def focused(page: str) -> list[str]:
    """Return the names of the elements with the focus, with the value of buttons."""
    found = re.findall(r"<(?:textarea|input|button)[^>]*\sautofocus[^>]*>", page)
    return [" ".join(re.findall(r'\s(?:name|value)="([^"]*)"', one)) for one in found]


async def test_posts_are_moved_and_removed_without_scripts(site: Site) -> None:
    form = {"text": "One", "visibility": "2", "chain_1": "Two", "chain_2": "Three", "chain_3": ""}

    async def press(name: str, value: str, **more: str) -> str:
        answer = await site.member.post("/compose", form | more | {name: value})
        assert answer.status_code == 200
        assert "One</textarea>" in answer.text
        return answer.text

    page = await press("post_up", "2")
    assert texts_of(page) == [("chain_1", "Three"), ("chain_2", "Two"), ("chain_3", "")]
    assert focused(page) == ["post_up 1"], "it can go on to the first"
    page = await press("post_down", "1")
    assert texts_of(page) == [("chain_1", "Three"), ("chain_2", "Two"), ("chain_3", "")]
    assert focused(page) == ["post_down 2"]
    page = await press("remove_post", "3")
    assert texts_of(page) == [("chain_1", "Two"), ("chain_2", "Three")]
    assert focused(page) == ["chain_2"]
    assert "restore_post" not in page
    page = await press("remove_post", "1")
    assert texts_of(page) == [("chain_1", "Three"), ("chain_2", "")]
    assert focused(page) == ["restore_post 1"]
    assert "Post 2 removed." in page
    assert 'name="removed_chain" value="Two"' in page
    form |= {"chain_1": "Three", "chain_2": ""}
    del form["chain_3"]
    page = await press("restore_post", "1", removed_chain="Two")
    assert texts_of(page) == [("chain_1", "Two"), ("chain_2", "Three"), ("chain_3", "")]
    for odd in ("0", "9", "-1", "x", "999999"):
        assert texts_of(await press("remove_post", odd)) == [("chain_1", "Three"), ("chain_2", "")]


async def test_drafts_and_scheduled_posts_keep_the_chain(site: Site) -> None:
    assert (await site.member.post("/compose", THREAD | {"save_draft": "1"})).status_code == 303
    draft = await SavedDraft.objects.aget()
    assert "Three</textarea>" in (await site.member.get(f"/compose?draft={draft.pk}")).text
    assert (await site.member.post("/compose", THREAD | {"scheduled_at": at(hours=3)})).status_code == 303
    row = await ScheduledPost.objects.aget()
    assert "Three" in (await site.member.get("/scheduled")).text
    assert "Three</textarea>" in (await site.member.get(f"/compose?scheduled={row.pk}")).text
    await ScheduledPost.objects.all().aupdate(scheduled_at=row.created_at)
    row = await ScheduledPost.objects.aget()
    await publish(row)
    await publish(row)
    assert [post.source for post in await chain()] == ["One", "Two @mia", "Three"]
