"""`/authorize_interaction` for people who come from another server's button, and filtered notifications."""

import pytest

from activities.notifications.models import Notification, NotificationKind
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

PATH = "/authorize_interaction"


async def test_a_person_is_offered_to_follow(site: Site) -> None:
    remote = await rows.make_remote("rob")
    for uri in ("acct:rob@far.test", "@rob@far.test", "rob@far.test", remote.uri):
        page = await site.member.get(PATH, params={"uri": uri})
        assert page.status_code == 200, uri
        assert f'action="/people/{remote.pk}/follow"' in page.text
        assert "@mia@testserver" in page.text
    own = await site.member.get(PATH, params={"uri": "acct:mia@testserver"})
    assert "/follow" not in own.text.partition("<main")[2].partition("</main>")[0].replace(
        "/follow-requests", ""
    )


async def test_a_post_is_offered_to_answer_like_and_boost(site: Site) -> None:
    post = await rows.make_post(await rows.make_remote("rob"), content="<p>Far away</p>")
    page = (await site.member.get(PATH, params={"uri": post.uri})).text
    assert "Far away" in page
    for way in (f"/compose?reply_to={post.pk}", f"/posts/{post.pk}/like", f"/posts/{post.pk}/boost"):
        assert way in page


@pytest.mark.slow
async def test_hidden_missing_and_invalid_addresses(site: Site) -> None:
    hidden = await rows.make_post(site.admin.me, visibility=3)
    for uri, status in (
        (hidden.uri, 404),
        ("https://testserver/users/nobody", 404),
        ("https://testserver/users/nobody/statuses/1", 404),
        ("acct:nobody@testserver", 404),
        ("", 400),
        ("a b c", 422),
        ("\x00", 400),
        ("x" * 5000, 400),
        ("https://127.0.0.1/x", 502),
        ("javascript:alert(1)", 422),
    ):
        page = await site.member.get(PATH, params={"uri": uri})
        assert page.status_code == status, uri
        assert "<script>alert" not in page.text


async def test_visitors_sign_in_first_and_come_back(site: Site) -> None:
    answer = await site.nobody.get(PATH, params={"uri": "acct:rob@far.test"})
    assert answer.headers["location"].startswith("/sign-in?next=%2Fauthorize_interaction%3Furi%3Dacct")


async def test_filtered_notifications_are_not_on_the_page(site: Site) -> None:
    for actor, is_filtered in ((site.admin, False), (site.moderator, True)):
        await Notification.objects.acreate(
            identity=site.member.me,
            kind=NotificationKind.follow,
            actor=actor.me,
            is_filtered=is_filtered,
        )
    page = (await site.member.get("/notifications")).text.partition("<main")[2]
    assert "Ann" in page
    assert ">Mo<" not in page


@pytest.mark.slow
async def test_the_search_finds_posts_and_people_by_a_pasted_address(site: Site) -> None:
    own = await rows.make_post(site.admin.me, content="<p>Written here</p>", url="https://testserver/@ann/1")
    far = await rows.make_post(await rows.make_remote("rob"), content="<p>Far away</p>")
    hidden = await rows.make_post(site.admin.me, visibility=3, content="<p>A secret</p>")
    for visitor in (site.member, site.nobody):
        for uri, words in (
            (own.uri, "Written here"),
            (own.url, "Written here"),
            (far.uri, "Far away"),
            (far.author.uri, "@rob@far.test"),
        ):
            page = await visitor.get("/search", params={"q": f" {uri} "}, follow_redirects=True)
            assert page.url.path.startswith("/@"), uri
            assert words in page.text.partition("<main")[2], uri
        page = (await visitor.get("/search", params={"q": hidden.uri})).text
        assert "A secret" not in page
        assert "Nothing found" in page
