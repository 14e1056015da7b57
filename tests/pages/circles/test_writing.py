"""Writing to a circle on the page, and what author, members and others see of it."""

import datetime as dt
import html
import re

import pytest

from activities.posts.models import Post, Visibility
from activities.publishing.handlers.fan_out import fan_out
from activities.saved_drafts.models import SavedDraft
from activities.scheduled_posts.models import ScheduledPost
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.circles import services as circles
from users.circles.models import Circle

pytestmark = pytest.mark.anyio


@pytest.fixture
async def friends(site: Site) -> Circle:
    """A circle of the member with the moderator in it."""
    circle = await circles.create_circle(identity=site.member.me, title="Friends & co")
    await rows.follow(site.moderator.me, site.member.me)
    await circles.add_to_circle(
        identity=site.member.me, circle_id=circle.pk, member_ids=[site.moderator.me.pk]
    )
    return circle


def audiences(page: str) -> dict[str, str]:
    """The choices of who can see a post, by their values; the selected one is under `selected`, too."""
    select = page.partition('name="visibility"')[2].partition("</select>")[0]
    found = re.findall(r'<option value="(\w+)"( selected)?>([^<]*)', select)
    choices = {value: html.unescape(words) for value, _, words in found}
    chosen = [value for value, is_selected, _ in found if is_selected]
    return choices | ({"selected": chosen[0]} if chosen else {})


async def write(site: Site, circle: Circle, **more: str) -> Post:
    form = {"text": "For a few", "visibility": f"c{circle.pk}", **more}
    answer = await site.member.post("/compose", form)
    assert answer.status_code == 303, answer.text
    post = await Post.objects.order_by("-id").afirst()
    assert post is not None
    await fan_out([post])
    return post


async def test_a_circle_is_chosen_in_the_composer(site: Site, friends: Circle) -> None:
    choices = audiences((await site.member.get("/compose")).text)
    assert choices[f"c{friends.pk}"] == "Circle: Friends & co"
    assert f"c{friends.pk}" not in audiences((await site.moderator.get("/compose")).text)
    assert "5" not in choices
    post = await write(site, friends)
    assert (post.visibility, post.circle_id) == (Visibility.limited, friends.pk)
    path = f"/@mia/{post.pk}"
    mine, members = (await site.member.get(path)).text, (await site.moderator.get(path)).text
    assert "Your circle Friends &amp; co" in mine
    assert f'href="{path}/audience"' in mine
    assert "A circle of @mia@" in members
    assert "Friends" not in members
    assert "/audience" not in members
    assert "Your circle Friends &amp; co" in (await site.member.get("/home")).text
    assert "A circle of @mia@" in (await site.moderator.get("/home")).text
    for other in (site.admin, site.nobody):
        assert (await other.get(path)).status_code == 404
    assert "For a few" not in (await site.nobody.get("/@mia")).text


async def test_its_author_sees_who_received_it(site: Site, friends: Circle) -> None:
    post = await write(site, friends)
    path = f"/@mia/{post.pk}/audience"
    await circles.delete_circle(identity=site.member.me, circle_id=friends.pk)
    page = await site.member.get(path)
    assert page.status_code == 200
    assert "@mo</span>" in page.text
    assert "@ann</span>" not in page.text
    for other in (site.moderator, site.admin):
        assert (await other.get(path)).status_code == 404
    public = await rows.make_post(site.member.me, mentions=(site.moderator.me,))
    assert (await site.member.get(f"/@mia/{public.pk}/audience")).status_code == 404


@pytest.mark.parametrize("value", ["c1", "c", "cx", "5", "c" + "9" * 40, "c-1", "6"])
async def test_other_values_post_nothing(site: Site, friends: Circle, value: str) -> None:
    answer = await site.moderator.post("/compose", {"text": "For a few", "visibility": value})
    assert answer.status_code == 422
    assert "For a few" in answer.text
    assert not await Post.objects.aexists()


async def test_a_circle_of_somebody_else_is_not_there(site: Site, friends: Circle) -> None:
    form = {"text": "For a few", "visibility": f"c{friends.pk}"}
    answer = await site.moderator.post("/compose", form)
    assert answer.status_code == 422
    assert "Friends" not in answer.text
    assert not await Post.objects.aexists()


async def test_a_circle_without_anybody_is_refused(site: Site, friends: Circle) -> None:
    empty = await circles.create_circle(identity=site.member.me, title="Empty")
    answer = await site.member.post("/compose", {"text": "Hello?", "visibility": f"c{empty.pk}"})
    assert answer.status_code == 422
    assert "this circle is empty" in answer.text
    assert audiences(answer.text)["selected"] == f"c{empty.pk}"


async def test_replies_stay_among_them(site: Site, friends: Circle) -> None:
    post = await write(site, friends)
    direct, same = str(Visibility.mentioned.value), str(Visibility.limited.value)
    for who, value in ((site.moderator, direct), (site.member, same)):
        page = (await who.get(f"/compose?reply_to={post.pk}")).text
        assert audiences(page)["selected"] == value
        box = (await who.get(f"/@mia/{post.pk}")).text.partition('class="reply-box"')[2]
        assert (
            f'name="visibility"\n        value="{value}"' in box
            or f'name="visibility" value="{value}"' in box
        )
    form = {"text": "More", "reply_to": str(post.pk), "visibility": same}
    assert (await site.member.post("/compose", form)).status_code == 303
    more = await Post.objects.aget(in_reply_to=post)
    assert (more.visibility, more.circle_id) == (Visibility.limited, friends.pk)


async def test_a_draft_of_a_deleted_circle_does_not_become_public(site: Site, friends: Circle) -> None:
    value = f"c{friends.pk}"
    await site.member.post("/compose", {"text": "Later", "visibility": value, "save_draft": "1"})
    draft = await SavedDraft.objects.aget()
    path = f"/compose?draft={draft.pk}"
    assert audiences((await site.member.get(path)).text)["selected"] == value
    await circles.delete_circle(identity=site.member.me, circle_id=friends.pk)
    choices = audiences((await site.member.get(path)).text)
    assert (choices["selected"], choices[value]) == (value, "A circle that has been deleted")
    answer = await site.member.post("/compose", {"text": "Later", "visibility": value})
    assert answer.status_code == 422
    assert "This circle has been deleted" in answer.text
    assert not await Post.objects.aexists()


async def test_chains_scheduled_and_rewritten_posts_keep_it(site: Site, friends: Circle) -> None:
    await write(site, friends, chain_1="And more")
    assert await Post.objects.filter(circle_id=friends.pk, visibility=Visibility.limited).acount() == 2
    later = (clock.now() + dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    form = {"text": "Later", "visibility": f"c{friends.pk}", "scheduled_at": later}
    assert (await site.member.post("/compose", form)).status_code == 303
    row = await ScheduledPost.objects.aget()
    page = (await site.member.get(f"/compose?scheduled={row.pk}")).text
    assert audiences(page)["selected"] == f"c{friends.pk}"
    first = await Post.objects.filter(in_reply_to=None).aget()
    await site.member.post(f"/posts/{first.pk}/redraft")
    draft = await SavedDraft.objects.aget()
    assert draft.fields["visibility"] == f"c{friends.pk}"


async def test_it_has_no_buttons_to_pass_it_on(site: Site, friends: Circle) -> None:
    post = await write(site, friends)
    for who in (site.member, site.moderator):
        menu = (await who.get(f"/posts/{post.pk}/menu", headers={"Accept": "text/html"})).text
        assert f"quote={post.pk}" not in menu
        assert "/pin" not in menu
        assert (await who.post(f"/posts/{post.pk}/boost")).status_code == 403
    assert not await Post.objects.exclude(boost_of=None).aexists()


async def test_members_may_reply_where_only_those_mentioned_may(site: Site, friends: Circle) -> None:
    """As the service decides: they are mentioned, if silently."""
    post = await write(site, friends, reply_policy="0")
    page = (await site.moderator.get(f"/@mia/{post.pk}")).text
    assert 'class="reply-box"' in page
    form = {"text": "Thanks", "reply_to": str(post.pk), "visibility": "3"}
    assert (await site.moderator.post("/compose", form)).status_code == 303
