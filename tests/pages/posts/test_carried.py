"""Parts of posts on pages: polls and voting, quotes, cards, descriptions of media; and filtered posts."""

import datetime as dt
import re
from typing import Any

import pytest

from activities.filters import services as filters
from activities.filters.models import FilterAction, FilterContext
from activities.media.models import Attachment
from activities.notifications.models import Notification
from activities.polls.models import PollVote
from activities.posts.models import Bookmark, Post
from activities.previews.models import PreviewCard
from activities.timelines.models import HomeEntry
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

HTMX = {"HX-Request": "true"}


def question(*, multiple: bool = False, hides: bool = False, hours: float = 24) -> dict[str, Any]:
    return {
        "options": [{"title": "Tea", "votes": 3}, {"title": "Coffee <b>", "votes": 1}],
        "multiple": multiple,
        "hides_totals": hides,
        "ends_at": (clock.now() + dt.timedelta(hours=hours)).isoformat(),
        "closed_at": None,
        "voters": 4,
    }


async def a_poll(site: Site, **more: Any) -> Post:
    return await rows.make_post(site.admin.me, type="Question", question=question(**more))


def path_of(post: Post) -> str:
    return f"/@{post.author.username}/{post.pk}"


async def test_members_vote_once_and_see_the_result(site: Site) -> None:
    post = await a_poll(site)
    page = (await site.member.get(path_of(post))).text
    assert page.count('type="radio"') == 2
    assert "Coffee &lt;b&gt;" in page
    assert "Results so far" in page
    answer = await site.member.post(f"/posts/{post.pk}/vote", {"choice": "1", "next": path_of(post)})
    assert (answer.status_code, answer.headers["location"]) == (303, path_of(post))
    page = (await site.member.get(path_of(post))).text
    assert 'type="radio"' not in page
    assert "Your vote" in page
    assert "40 %" in page
    assert "5 votes" in page
    await site.member.post(f"/posts/{post.pk}/vote", {"choice": "0"})
    assert await PollVote.objects.filter(post=post).acount() == 1
    assert "You have already voted in this poll." in (await site.member.get("/home")).text


async def test_a_vote_with_htmx_answers_with_the_poll_only(site: Site) -> None:
    post = await a_poll(site, multiple=True)
    path = f"/posts/{post.pk}/vote"
    assert (await site.member.get(path_of(post))).text.count('type="checkbox"') == 2
    answer = await site.member.post(path, {"next": "/home"}, headers=HTMX)
    assert "Choose an option first." in answer.text
    answer = await site.member.post(path, {"choice": ["0", "1"], "next": "/home"}, headers=HTMX)
    assert answer.text.lstrip().startswith('<div class="poll"')
    assert answer.text.count("Your vote") == 2
    assert "5 people" in answer.text


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.005, "less than a minute left"),
        (0.5, "30 minutes left"),
        (5, "5 hours left"),
        (47.9, "2 days left"),
    ],
)
async def test_a_poll_says_how_long_it_is_open(site: Site, hours: float, words: str) -> None:
    page = (await site.member.get(path_of(await a_poll(site, hours=hours)))).text
    assert re.search(rf'<time datetime="[^"]+Z" title="[^"]+ UTC">{words}</time>', page)


async def test_authors_visitors_and_late_voters_cannot_vote(site: Site) -> None:
    post = await a_poll(site)
    assert "75 %" in (await site.nobody.get(path_of(post))).text
    for visitor in (site.admin, site.nobody):
        assert 'type="radio"' not in (await visitor.get(path_of(post))).text
    over = await a_poll(site, hours=-1)
    page = (await site.member.get(path_of(over))).text
    assert 'type="radio"' not in page
    assert "ended" in page
    for place in ("7", "-1", "x", "9" * 5000):
        answer = await site.member.post(f"/posts/{post.pk}/vote", {"choice": place})
        assert answer.status_code == 303, place
    assert not await PollVote.objects.aexists()
    plain = await rows.make_post(site.admin.me)
    assert (await site.member.post(f"/posts/{plain.pk}/vote", {"choice": "0"})).status_code == 404


async def test_hidden_totals_show_at_the_end(site: Site) -> None:
    running, over = await a_poll(site, hides=True), await a_poll(site, hides=True, hours=-1)
    for visitor in (site.nobody, site.member, site.admin):
        assert " %" not in (await visitor.get(path_of(running))).text
    assert "75 %" in (await site.member.get(path_of(over))).text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("accepted", "the quoted words"),
        ("pending", "once its author approves it"),
        ("rejected", "did not allow this quote"),
        ("revoked", "withdrew it"),
        ("deleted", "was deleted"),
    ],
)
async def test_quotes_show_the_post_or_why_not(site: Site, state: str, words: str) -> None:
    quoted = await rows.make_post(site.admin.me, content="<p>the quoted words</p>")
    post = await rows.make_post(
        site.member.me, quote_of=quoted, quote_uri=quoted.uri, quote_state=state, content="<p>mine</p>"
    )
    page = (await site.nobody.get(path_of(post))).text
    assert words in page
    assert ("the quoted words" in page) == (state == "accepted")


async def test_quotes_keep_what_the_reader_may_not_see(site: Site) -> None:
    quoted = await rows.make_post(site.admin.me, rows.Visibility.followers, content="<p>the quoted words</p>")
    post = await rows.make_post(site.admin.me, quote_of=quoted, quote_uri=quoted.uri, quote_state="accepted")
    page = (await site.member.get(path_of(post))).text
    assert "You can&#x27;t see the quoted post." in page or "You can't see the quoted post." in page
    assert "the quoted words" not in page


async def test_quotes_of_muted_authors_are_hidden(site: Site) -> None:
    quoted = await rows.make_post(site.admin.me, content="<p>the quoted words</p>")
    post = await rows.make_post(
        site.member.me, quote_of=quoted, quote_uri=quoted.uri, quote_state="accepted", content="<p>mine</p>"
    )
    await rows.mute(site.member.me, site.admin.me)
    page = (await site.member.get(f"/@{site.member.me.username}/{post.pk}")).text
    assert "by someone you have muted or blocked" in page
    assert "the quoted words" not in page


async def test_cards_stand_where_there_is_no_media(site: Site) -> None:
    card = await PreviewCard.objects.acreate(
        url="https://news.example/story", title="A <story>", description="About it", image_url="javascript:x"
    )
    post = await rows.make_post(site.admin.me, card=card)
    page = (await site.nobody.get(path_of(post))).text
    assert 'href="https://news.example/story"' in page
    assert "A &lt;story&gt;" in page
    assert "javascript:" not in page
    await Attachment.objects.acreate(
        author=site.admin.me, post=post, kind="image", url="https://x.example/a.png", description="A blue cat"
    )
    page = (await site.nobody.get(path_of(post))).text
    assert "link-card" not in page
    assert page.partition("<body")[2].count("A blue cat") == 2, "for screen readers and for everyone who asks"


async def _filter(site: Site, action: FilterAction, *contexts: FilterContext) -> None:
    await filters.create_filter(
        identity=site.member.me,
        title=f"No {action} please",
        contexts=contexts,
        action=action,
        keywords=[filters.KeywordDraft(keyword="spoiler")],
    )


async def test_filters_warn_or_hide_in_their_places(site: Site) -> None:
    mia = site.member.me
    post = await rows.make_post(
        await rows.make_remote("fan"), content="<p>A spoiler for you</p>", mentions=(mia,)
    )
    await HomeEntry.objects.acreate(identity=mia, post=post)
    await Bookmark.objects.acreate(identity=mia, post=post)
    await Notification.objects.acreate(identity=mia, kind="mention", actor=post.author, post=post)
    await _filter(site, FilterAction.warn, FilterContext.home)
    page = (await site.member.get("/home")).text
    assert "Filtered: No warn please" in page
    assert "A spoiler for you" in page
    assert "Filtered:" not in (await site.member.get("/federated")).text
    await _filter(
        site, FilterAction.hide, FilterContext.public, FilterContext.notifications, FilterContext.thread
    )
    assert "A spoiler for you" not in (await site.member.get("/federated")).text
    assert "A spoiler for you" in (await site.nobody.get("/federated")).text
    assert "A spoiler for you" not in (await site.member.get("/notifications")).text
    assert "A spoiler for you" in (await site.member.get("/bookmarks")).text
    opened = (await site.member.get(f"/@fan@far.test/{post.pk}")).text
    assert "Filtered: No hide please" in opened, "who opens it sees it, warned"


async def test_a_page_that_a_filter_emptied_still_leads_on(site: Site) -> None:
    fan = await rows.make_remote("fan")
    kept = await rows.make_post(fan, content="<p>Something else</p>")
    for _ in range(20):
        await rows.make_post(fan, content="<p>A spoiler</p>")
    await _filter(site, FilterAction.hide, FilterContext.public)
    page = (await site.member.get("/federated")).text
    assert "Older posts" in page
    assert f"post-{kept.pk}" not in page
    assert "Nothing here yet" not in page


async def test_filters_cover_media_and_quotes(site: Site) -> None:
    fan = await rows.make_remote("fan")
    quoted = await rows.make_post(fan, content="<p>A spoiler</p>")
    await rows.make_post(
        fan, content="<p>Look</p>", quote_of=quoted, quote_uri=quoted.uri, quote_state="accepted"
    )
    await Attachment.objects.acreate(author=fan, post=quoted, kind="image", url="https://x.example/a.png")
    await _filter(site, FilterAction.blur, FilterContext.public)
    page = (await site.member.get("/federated")).text
    assert page.count("Sensitive media") == 2
    await _filter(site, FilterAction.hide, FilterContext.public)
    page = (await site.member.get("/federated")).text
    assert page.count("Filtered: No hide please") == 1
    assert page.count("<article") == 1


@pytest.mark.parametrize(
    ("focus", "classes"),
    [
        ((0, 0), ""),
        ((-1, 1), "cropped fx-0 fy-0"),
        ((0.5, -0.28), "cropped fx-8 fy-6"),
        ((1, 0), "cropped fx-10 fy-5"),
    ],
)
async def test_a_cropped_picture_shows_its_focus(
    site: Site, focus: tuple[float, float], classes: str
) -> None:
    """Remote and own files alike, in the post and among the tiles of a profile."""
    fan = await rows.make_remote("fan")
    for author in (site.member.me, fan):
        post = await rows.make_post(author)
        await Attachment.objects.acreate(
            author=author,
            post=post,
            kind="image",
            url="https://x.example/a.png",
            focus_x=focus[0],
            focus_y=focus[1],
        )
        for path in (f"/@{author.handle}/{post.pk}", f"/@{author.handle}/media"):
            page = (await site.member.get(path)).text
            found = re.search(r'<img\s+(?:class="([^"]*)"\s+)?src="/media/r/', page)
            assert found, path
            assert (found[1] or "") == classes, path
    sheet = (await site.nobody.get("/static/css/site.css")).text
    assert all(f".{name}{{" in sheet.replace(" ", "") for name in classes.split())
