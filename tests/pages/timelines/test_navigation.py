"""The way around: what is new, lists, followed hashtags, filters, what is trending."""

import re
from datetime import timedelta
from typing import Any

import pytest

from activities.filters.models import Filter
from activities.lists.models import ListMember, PeopleList
from activities.markers import queries
from activities.markers import services as markers
from activities.notifications.models import Notification
from activities.previews.models import PreviewCard
from activities.tags.models import FollowedTag, Hashtag, PostTag
from activities.trends.models import DailyUse, Trend
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.queries import counted
from users.domains import services as domains
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}


@pytest.mark.slow
async def test_the_navigation_counts_what_was_not_seen(site: Site) -> None:
    mia = site.member.me
    assert 'class="count"' not in (await site.member.get("/home", headers=PAGE)).text
    for number in range(3):
        actor = await rows.make_remote(f"fan{number}")
        await Notification.objects.acreate(identity=mia, kind="follow", actor=actor)
    page = (await site.member.get("/home", headers=PAGE)).text
    assert '</span>3<span class="visually-hidden"> new</span>' in page
    await site.member.get("/notifications?show=mentions", headers=PAGE)
    home = (await site.member.get("/home", headers=PAGE)).text
    assert 'class="count"' in home
    assert 'data-count="3"' in home, "an open page counts on from here"
    read = re.search(
        r'<noscript><img src="(/notifications/read[^"]+)"',
        (await site.member.get("/notifications", headers=PAGE)).text,
    )
    assert read, "scripts say when it was seen"
    assert (await site.member.get(read[1])).json() == {"unread": 0}
    assert 'class="count"' not in (await site.member.get("/home", headers=PAGE)).text
    newest = await Notification.objects.filter(identity=mia).order_by("-id").afirst()
    assert newest is not None
    assert await queries.last_read_id(mia, "notifications") == newest.pk, "apps know it, too"
    assert 'class="count"' not in (await site.moderator.get("/home", headers=PAGE)).text


async def test_reading_on_a_page_never_goes_back(site: Site) -> None:
    mia = site.member.me
    await markers.advance(identity=mia, timeline="notifications", last_read_id=1000)
    await markers.advance(identity=mia, timeline="notifications", last_read_id=999)
    assert await queries.last_read_id(mia, "notifications") == 1000


async def test_a_list_says_at_its_title_what_is_wrong(site: Site) -> None:
    # invisible: the form takes it, and the service doesn't
    form = {"title": "\u200b", "replies_policy": "list"}
    people = await PeopleList.objects.acreate(identity=site.member.me, title="Friends")
    for path in ("/lists", f"/lists/{people.pk}/edit"):
        answer = await site.member.post(path, form)
        assert answer.status_code == 422
        assert "Enter a title." in answer.text, path
        assert 'aria-invalid="true"' in answer.text, path


@pytest.mark.slow
async def test_lists_from_the_first_to_the_end(site: Site) -> None:
    fan = await rows.make_remote("fan")
    await rows.follow(site.member.me, fan)
    post = await rows.make_post(fan)
    form = {"title": "Friends <b>", "replies_policy": "list"}
    answer = await site.member.post("/lists", form)
    people = await PeopleList.objects.aget()
    assert answer.headers["location"] == f"/lists/{people.pk}/edit"
    assert "Friends &lt;b&gt;" in (await site.member.get("/lists")).text
    assert f"post-{post.pk}" not in (await site.member.get(f"/lists/{people.pk}")).text
    assert f"/people/{fan.pk}/lists" in (await site.member.get("/@fan@far.test")).text
    await site.member.post(f"/people/{fan.pk}/lists", {"list": str(people.pk)})
    assert f"post-{post.pk}" in (await site.member.get(f"/lists/{people.pk}")).text
    assert " checked" in (await site.member.get(f"/people/{fan.pk}/lists")).text
    assert "@fan@far.test" in (await site.member.get(f"/lists/{people.pk}/edit")).text
    for path in (f"/lists/{people.pk}", f"/lists/{people.pk}/edit"):
        assert (await site.moderator.get(path)).status_code == 404, path
    for path in (f"/lists/{people.pk}/delete", f"/lists/{people.pk}/remove/{fan.pk}"):
        assert (await site.moderator.post(path)).status_code in {303, 404}, path
    await site.member.post(f"/lists/{people.pk}/edit", {**form, "title": "Others", "is_exclusive": "on"})
    assert "Others" in (await site.member.get("/lists")).text
    await site.member.post(f"/lists/{people.pk}/remove/{fan.pk}")
    assert not await ListMember.objects.aexists()
    stranger = await rows.make_remote("stranger")
    answer = await site.member.post(f"/people/{stranger.pk}/lists", {"list": str(people.pk)})
    assert answer.status_code == 404, "only people one follows"
    await site.member.post(f"/lists/{people.pk}/delete")
    assert not await PeopleList.objects.aexists()
    assert (await site.member.post("/lists", {**form, "title": " "})).status_code == 422


async def test_following_hashtags(site: Site) -> None:
    answer = await site.member.post("/tags/Birds/follow", {"next": "/tags/birds"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tags/birds")
    assert "/tags/birds/unfollow" in (await site.member.get("/tags/birds")).text
    assert "/tags/birds/" not in (await site.nobody.get("/tags/birds")).text
    assert "#Birds" in (await site.member.get("/followed-tags")).text
    assert "#Birds" not in (await site.moderator.get("/followed-tags")).text
    await site.member.post("/tags/birds/unfollow")
    assert not await FollowedTag.objects.aexists()
    assert (await site.member.post("/tags/a b/follow")).status_code == 422


async def test_filters_are_made_and_ended(site: Site) -> None:
    form: dict[str, Any] = {
        "title": "Sport", "words": "football\n\n  the cup ", "contexts": ["home", "public"], "action": "hide", "expires_in": "0",
    }  # fmt: skip
    assert (await site.member.post("/filters", form)).status_code == 303
    page = (await site.member.get("/filters")).text
    assert "football, the cup" in page
    assert "Hide completely: Home and lists, Local, federated, hashtags" in page
    await rows.make_post(site.admin.me, content="<p>A football</p>")
    assert "A football" not in (await site.member.get("/local")).text
    made = await Filter.objects.aget()
    assert (await site.moderator.post(f"/filters/{made.pk}/delete")).status_code == 404
    assert (await site.member.post(f"/filters/{made.pk}/delete")).status_code == 303
    assert "A football" in (await site.member.get("/local")).text
    assert (await site.member.post("/filters", {**form, "contexts": []})).status_code == 422


async def test_the_player_of_a_link_is_there_while_it_trends(site: Site) -> None:
    frame = '<iframe src="https://video.test/embed/1"></iframe>'
    card = await PreviewCard.objects.acreate(
        url="https://video.test/1", host="video.test", title="Film", type="video", html=frame, state="fetched"
    )
    path = f"/explore/links/{card.pk}/player"
    assert (await site.nobody.get(path)).status_code == 404, "cards of private posts have an id as well"
    await Trend.objects.acreate(kind="link", place=0, target_id=card.pk, score=1)
    assert f'data-player="{path}"' in (await site.nobody.get("/explore/news")).text
    answer = await site.nobody.get(path)
    assert "frame-src https://video.test" in answer.headers["content-security-policy"]
    assert "https://video.test/embed/1?autoplay=1" in answer.text
    await domains.edit_domain(domain=site.domain, is_public=False)
    assert (await site.nobody.get(path)).status_code == 404
    assert (await site.member.get(path)).status_code == 200


async def test_trends_are_shown(site: Site) -> None:
    tag = await Hashtag.objects.acreate(name="birds", display_name="Birds", created_at=clock.now())
    await Trend.objects.acreate(kind="tag", place=0, target_id=tag.pk, score=1)
    for place in range(21):
        post = await rows.make_post(site.admin.me)
        await PostTag.objects.acreate(post=post, hashtag=tag)
        await Trend.objects.acreate(kind="post", place=place, target_id=post.pk, score=1)
    page = (await site.nobody.get("/explore")).text
    assert page.count("<article") == 20
    assert "?offset=20" in page
    page = (await site.member.get("/explore?offset=20")).text
    assert page.count("<article") == 1
    assert "#Birds" in (await site.nobody.get("/explore/hashtags")).text
    assert (await site.member.get("/explore?offset=x")).status_code == 400
    await domains.edit_domain(domain=site.domain, is_public=False)
    for tab in ("", "/hashtags", "/news", "/people"):
        assert (await site.nobody.get(f"/explore{tab}")).status_code == 404
        page = (await site.member.get(f"/explore{tab}")).text
        assert re.search(rf'href="/explore{tab}"\s+aria-current="page"', page), tab


async def test_hashtags_and_news_have_numbers(site: Site) -> None:
    tag = await Hashtag.objects.acreate(name="birds", display_name="Birds", created_at=clock.now())
    quiet = await Hashtag.objects.acreate(name="quiet", display_name="Quiet", created_at=clock.now())
    card = await PreviewCard.objects.acreate(url="https://news.example/a", title="A long walk", type="link")
    for kind, place, target in (("tag", 0, tag.pk), ("tag", 1, quiet.pk), ("link", 0, card.pk)):
        await Trend.objects.acreate(kind=kind, place=place, target_id=target, score=1)
    today = clock.now().date()
    for kind, target in (("tag", tag.pk), ("link", card.pk)):
        for ago, uses, people in ((0, 3, 2), (2, 8, 5), (9, 100, 100)):
            day = today - timedelta(days=ago)
            await DailyUse.objects.acreate(kind=kind, target_id=target, day=day, uses=uses, people=people)
    page = " ".join((await site.nobody.get("/explore/hashtags")).text.split())
    assert "11 posts in 7 days" in page
    assert "up to 5 people a day" in page
    assert page.count('class="spark"') == 1, "no bars where nothing is known"
    bars = page.partition('class="spark"')[2].partition("</svg>")[0]
    assert re.findall(r'height="(\d+)" rx', bars) == ["1", "1", "1", "1", "24", "1", "9"]
    page = " ".join((await site.nobody.get("/explore/news")).text.split())
    assert "A long walk" in page
    assert "11 posts in 7 days" in page


async def test_people_of_explore_are_suggestions_and_the_directory(site: Site) -> None:
    ann, mo = site.admin.me, site.moderator.me
    await Identity.objects.filter(pk__in=[ann.pk, mo.pk]).aupdate(is_discoverable=True)
    await Identity.objects.filter(pk=ann.pk).aupdate(followers_count=3)
    page = (await site.member.get("/explore/people")).text
    assert page.index("People to follow") < page.index(f"/people/{ann.pk}/dismiss") < page.index("/@mo")
    assert page.count(f'action="/people/{ann.pk}/follow"') == 1, "who is suggested isn't listed again"
    assert f"/people/{mo.pk}/dismiss" not in page
    page = (await site.nobody.get("/explore/people")).text
    assert "People to follow" not in page
    assert 'href="/@ann"' in page
    assert "/dismiss" not in page
    assert "Nobody here yet" in (await site.nobody.get("/explore/people?offset=20")).text


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    ["/home", "/notifications", "/explore", "/explore/hashtags", "/lists/{list}", "/lists/{list}/edit"],
)
async def test_pages_take_as_many_queries_for_many_rows_as_for_one(
    site: Site, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """With what a browser asks for, so the count of notifications is among them."""
    mia = site.member.me
    people = await PeopleList.objects.acreate(identity=mia, title="All")
    address, numbers, made = path.format(list=people.pk), [], 0
    for wanted in (1, 20):
        for number in range(made, wanted):
            author = await rows.make_remote(f"author{number}")
            await ListMember.objects.acreate(list=people, identity=author)
            post = await rows.make_post(author)
            await Trend.objects.acreate(kind="post", place=number, target_id=post.pk, score=1)
            await Notification.objects.acreate(identity=mia, kind="mention", actor=author, post=post)
        made = wanted
        await site.member.get(address, headers=PAGE)
        async with counted(monkeypatch) as seen:
            answer = await site.member.get(address, headers=PAGE)
        assert answer.status_code == 200
        numbers.append(len(seen))
    assert len(set(numbers)) == 1, numbers
    assert 0 < numbers[0] <= 8, seen
