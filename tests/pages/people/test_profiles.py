"""A profile: its tabs, what is known of its owner, and what the reader can set about them."""

import datetime as dt
import re

import pytest

from activities.media.models import Attachment
from activities.posts.models import Visibility
from activities.tags.services.following import set_featured_tags
from core import clock
from tests.activities import people as rows
from tests.activities.growth import write_many
from tests.pages.conftest import Site
from tests.support.plans import measured, total, vacuum
from tests.users.support import fresh
from users.identities.models import Identity
from users.identities.services import profiles
from users.relations.models import Endorsement, Follow, HostBlock, Mute
from users.relations.services import following, social

pytestmark = pytest.mark.anyio


async def test_follow_options_are_shown_and_saved(site: Site) -> None:
    ann = site.admin.me
    path = f"/people/{ann.pk}/options"
    assert (await site.member.get(path)).status_code == 404, "there is no follow yet"
    await following.follow(source=site.member.me, target_id=ann.pk)
    assert path in (await site.member.get("/@ann")).text
    page = (await site.member.get(path)).text
    assert 'name="shows_boosts" id="id_shows_boosts" checked' in page
    answer = await site.member.post(path, {"notifies": "on", "languages": ["de", "fr"], "next": "/@ann"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/@ann")
    row = await Follow.objects.aget()
    assert (row.notifies, row.shows_boosts, row.languages) == (True, False, ["de", "fr"])
    assert (await site.member.post(path, {"languages": ["klingon"]})).status_code == 422
    assert (await site.member.get("/people/99/options")).status_code == 404


async def test_a_mute_can_end_and_keep_notifications(site: Site) -> None:
    path = f"/people/{site.admin.me.pk}/mute"
    assert "They won&#x27;t be told" in (await site.member.get(path)).text
    before = clock.now()
    assert (
        await site.member.post(path, {"expires_in": "3600", "keeps_notifications": "on"})
    ).status_code == 303
    mute = await Mute.objects.aget()
    assert not mute.hides_notifications
    assert mute.expires_at is not None
    assert dt.timedelta(minutes=59) < mute.expires_at - before < dt.timedelta(minutes=61)
    assert (await site.member.post(path, {"expires_in": "17"})).status_code == 422
    assert (await site.member.post(path, {})).status_code == 303, "a plain button mutes until unmuted"
    assert (await Mute.objects.aget()).expires_at is None
    assert (await site.member.get("/people/99/mute")).status_code == 404


async def test_a_note_is_seen_by_its_writer_only(site: Site) -> None:
    path = f"/people/{site.admin.me.pk}/note"
    assert (
        await site.member.post(path, {"comment": "Met <at> the fair", "next": "/@ann"})
    ).status_code == 303
    assert "Met &lt;at&gt; the fair" in (await site.member.get("/@ann")).text
    for reader in (site.moderator, site.admin, site.nobody):
        assert "the fair" not in (await reader.get("/@ann")).text
    answer = await site.member.post(path, {"comment": "x" * 2001, "next": "/@ann"})
    assert answer.headers["location"] == "/@ann"
    assert "longer than 2,000 characters" in (await site.member.get("/@ann")).text
    assert "the fair" in (await site.member.get("/@ann")).text, "the old one stays"
    await site.member.post(path, {"comment": " "})
    assert "the fair" not in (await site.member.get("/@ann")).text


async def test_servers_are_blocked_and_unblocked(site: Site) -> None:
    page = await site.member.get("/blocked-servers?domain=far.example")
    assert 'value="far.example"' in page.text
    assert "On far.example you follow 0 people" in page.text
    assert (
        "On "
        not in (await site.member.get("/blocked-servers?domain=no%20host")).text.split("Block a server")[1][
            :400
        ]
    )
    assert (await site.member.post("/blocked-servers", {"domain": "Far.Example"})).status_code == 303
    assert [row.host async for row in HostBlock.objects.all()] == ["far.example"]
    assert "far.example" in (await site.member.get("/blocked-servers")).text
    assert "far.example" not in (await site.moderator.get("/blocked-servers")).text
    for wrong in ("", "no host", "testserver", "http://far.example/x", "\0", "x" * 300):
        assert (await site.member.post("/blocked-servers", {"domain": wrong})).status_code == 422, wrong
    assert (
        await site.moderator.post("/blocked-servers/unblock", {"domain": "far.example"})
    ).status_code == 303
    assert await HostBlock.objects.acount() == 1, "somebody else's block stays"
    assert (await site.member.post("/blocked-servers/unblock", {"domain": "far.example"})).status_code == 303
    assert not await HostBlock.objects.aexists()
    assert (await site.member.post("/blocked-servers/unblock", {"domain": "no host"})).status_code == 404
    assert (await site.nobody.get("/blocked-servers")).status_code == 303


async def test_featured_content_has_a_tab(site: Site) -> None:
    ann = site.admin.me
    await set_featured_tags(identity_id=ann.pk, names=["Bread"])
    await following.follow(source=ann, target_id=site.moderator.me.pk)
    answer = await site.admin.post(f"/people/{site.moderator.me.pk}/endorse")
    assert answer.status_code == 303
    featured = (await site.nobody.get("/@ann/featured")).text
    assert 'href="/@ann/tagged/bread"' in featured
    assert 'href="/@mo"' in featured
    assert (await site.nobody.get("/@ann/collections")).headers["location"] == "/@ann/featured"
    await profiles.edit_profile(identity=ann, shows_featured=False)
    hidden = (await site.nobody.get("/@ann/featured")).text
    assert 'href="/@mo"' not in hidden
    assert "Featured</a>" not in (await site.nobody.get("/@ann")).text
    assert 'href="/@mo"' in (await site.admin.get("/@ann/featured")).text
    await site.admin.post(f"/people/{site.moderator.me.pk}/endorse", {"ends": "yes"})
    assert not await Endorsement.objects.aexists()
    assert (await site.member.post(f"/people/{ann.pk}/endorse")).status_code in {400, 422}, "not followed"


async def test_hashtags_are_featured_and_removed(site: Site) -> None:
    await rows.make_post(site.member.me, content="<p>x</p>")
    answer = await site.member.post("/settings/featured", {"tag": "#Bread"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/featured")
    page = (await site.member.get("/settings/featured")).text
    [removal] = re.findall(r'action="(/settings/featured/\d+/remove)"', page)
    assert 'href="/@mia/tagged/bread"' in page
    for wrong in ("", "two words", "#", "x" * 101):
        assert (await site.member.post("/settings/featured", {"tag": wrong})).status_code == 422, wrong
    assert (await site.moderator.post(removal)).status_code == 404, "somebody else's stays"
    assert (await site.member.post(removal)).status_code == 303
    assert "/tagged/bread" not in (await site.member.get("/settings/featured")).text


async def test_an_account_is_marked_as_automated_and_hides_its_tabs(site: Site) -> None:
    page = (await site.member.get("/settings")).text
    assert 'name="shows_media" id="id_shows_media" checked' in page
    assert (await site.member.post("/settings", {"name": "Mia", "is_automated": "on"})).status_code == 303
    mia = await Identity.objects.aget(pk=site.member.me.pk)
    assert (mia.actor_type, mia.shows_media, mia.shows_featured) == ("Service", False, False)
    assert "Automated" in (await site.nobody.get("/@mia")).text
    await site.member.post("/settings", {"name": "Mia", "shows_media": "on"})
    mia = await Identity.objects.aget(pk=site.member.me.pk)
    assert (mia.actor_type, mia.shows_media) == ("Person", True)


async def test_familiar_followers_are_shown(site: Site) -> None:
    ann, mo = site.admin.me, site.moderator.me
    await following.follow(source=site.member.me, target_id=mo.pk)
    await following.follow(source=mo, target_id=ann.pk)
    page = (await site.member.get("/@ann")).text
    assert "Followed by" in page
    assert 'href="/@mo"' in page.split("Followed by")[1][:200]
    assert "Followed by" not in (await site.nobody.get("/@ann")).text


async def test_media_are_tiles_and_warned_ones_are_covered(site: Site) -> None:
    ann = site.admin.me
    open_post = await rows.make_post(ann, content="<p>Cake</p>")
    covered = await rows.make_post(ann, content="<p>Odd</p>", content_warning="Cream <cake>")
    for number, post in enumerate((open_post, covered)):
        await Attachment.objects.acreate(
            author=ann,
            post=post,
            kind="image",
            url=f"/media/cake{number}.png",
            description=f"A cake {number}",
        )
    page = (await site.nobody.get("/@ann/media")).text
    assert page.count('class="media-tile"') == 2
    assert 'aria-label="Picture: A cake 0"' in page
    assert "/media/cake0.png" in page
    assert "/media/cake1.png" not in page
    assert "Cream &lt;cake&gt;" in page
    assert f'href="/@ann/{open_post.pk}"' in page
    await profiles.edit_profile(identity=ann, shows_media=False)
    assert 'href="/@ann/media#tabs"' not in (await site.nobody.get("/@ann")).text


async def test_media_of_replies_are_left_out_if_their_author_wants_it(site: Site) -> None:
    """The API had the setting and no page did, nor did ours follow it."""
    mia = site.member.me
    asked = await rows.make_post(site.admin.me)
    for number, parent in enumerate((None, asked)):
        post = await rows.make_post(mia, in_reply_to=parent)
        await Attachment.objects.acreate(author=mia, post=post, kind="image", url=f"/media/cake{number}.png")
    assert (
        'name="shows_media_of_replies" id="id_shows_media_of_replies" checked'
        in (await site.member.get("/settings")).text
    )
    shown = (await site.nobody.get("/@mia/media")).text
    assert "/media/cake0.png" in shown
    assert "/media/cake1.png" in shown
    await site.member.post("/settings", {"name": "Mia", "shows_media": "on"})
    for visitor in (site.nobody, site.member):
        shown = (await visitor.get("/@mia/media")).text
        assert "/media/cake0.png" in shown
        assert "/media/cake1.png" not in shown


async def test_a_profile_shows_when_its_owner_came(site: Site) -> None:
    assert "Joined" in (await site.nobody.get("/@ann")).text
    assert await social.host_to_block("Far.Example") == "far.example"


async def test_sites_that_may_name_somebody_as_author_are_settings(site: Site) -> None:
    page = (await site.member.get("/settings")).text
    assert f"@{site.member.me.handle}" in page.partition("fediverse:creator")[2][:60]
    words = {"name": "Mia", "attribution_domains": "News.example\nhttps://blog.example/about\n\nnews.example"}
    assert (await site.member.post("/settings", words)).status_code == 303
    assert (await fresh(site.member.me)).attribution_domains == ["news.example", "blog.example"]
    assert "news.example\nblog.example</textarea>" in (await site.member.get("/settings")).text
    answer = await site.member.post("/settings", {"name": "Mia", "attribution_domains": "no host"})
    assert answer.status_code == 422
    assert "can&#x27;t be a domain name" in answer.text
    assert (await site.member.post("/settings", {"name": "Mia"})).status_code == 303
    assert (await fresh(site.member.me)).attribution_domains == []


def _items(menu: str) -> list[str]:
    found = re.findall(r"<(?:a|button)\b[^>]*>(.*?)</(?:a|button)>", menu, re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", item).split()) for item in found]


async def test_private_mentions_are_on_their_own_page_and_in_no_profile(site: Site) -> None:
    mia, ann = site.member.me, site.admin.me
    await rows.make_post(mia, Visibility.followers, content="<p>For followers</p>")
    secret = await rows.make_post(mia, Visibility.mentioned, content="<p>For ann</p>", mentions=(ann,))
    await rows.make_post(mia, boost_of=await rows.make_post(ann, content="<p>Boosted</p>"))
    for viewer in (site.member, site.admin):
        page = (await viewer.get("/@mia")).text
        assert "For ann" not in page
        assert "Boosted" in page
        assert "For ann" in (await viewer.get(f"/@mia/{secret.pk}")).text
    assert "For followers" in (await site.member.get("/@mia")).text


@pytest.mark.slow
async def test_thousands_of_private_mentions_cost_a_profile_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot answers in private mentions: its few other posts are on its profile at once."""
    mia = site.member.me
    for number in range(3):
        await rows.make_post(mia, content=f"<p>Public {number}</p>")
    await write_many(mia, visibility=Visibility.mentioned)
    await vacuum()
    for viewer in (site.nobody, site.admin, site.member):
        await viewer.get("/@mia")
        async with measured(monkeypatch) as costs:
            page = (await viewer.get("/@mia")).text
        assert page.count(">Public ") == 3
        assert max(cost.most_rows for cost in costs) < 20
        assert total(costs) < 60, total(costs)
    listed = await site.nobody.http.get(f"/api/v1/accounts/{mia.pk}/statuses")
    assert len(listed.json()) == 3


async def test_a_follow_is_a_menu_and_the_other_one_starts_with_mention_and_message(site: Site) -> None:
    ann = site.admin.me
    path = f"/people/{ann.pk}/options"
    await following.follow(source=site.member.me, target_id=ann.pk, languages=["de"])
    page = (await site.member.get("/@ann")).text
    one = page.partition('<details class="menu following">')[2].partition("</details>")[0]
    assert re.search(r"<summary[^>]*>\s*Following\s*<svg", one)
    assert _items(one) == [
        "Notify me of new posts",
        "Hide boosts",
        "Languages …",
        "Lists …",
        "Feature on my profile",
        "Unfollow",
    ]
    assert 'href="/compose?private&amp;text=%40ann%40testserver%20"' in page
    notify = dict.fromkeys(re.findall(r'name="(\w+)"', one.partition("<button")[0]), "on")
    assert set(notify) >= {"notifies", "shows_boosts", "languages"}
    await site.member.post(
        path, {"notifies": "on", "shows_boosts": "on", "languages": ["de"], "next": "/@ann"}
    )
    page = (await site.member.get("/@ann")).text
    assert "Don't notify me of new posts" in page
    other = page.partition('aria-label="More about @ann@testserver"')[2].partition("</details>")[0]
    assert _items(other)[:3] == ["Mention", "Message", "Copy link"]
    assert re.search(r'data-copy="https?://testserver/@ann"', other)
    moderator = (await site.moderator.get("/@mia")).text
    menu = moderator.partition('aria-label="More about @mia@testserver"')[2].partition("</details>")[0]
    assert _items(menu)[-1] == "Moderate @mia"


async def test_a_pinned_post_is_moved_to_the_top(site: Site) -> None:
    me = site.member
    posts = [await rows.make_post(me.me, content=f"<p>Pin number {number}</p>") for number in (1, 2, 3)]
    for post in posts[:2]:
        assert (await me.post(f"/posts/{post.pk}/pin")).status_code == 303

    async def pinned() -> list[str]:
        page = (await site.nobody.get(f"/@{me.me.username}")).text.partition('class="feed')[2]
        return re.findall(r"Pin number (\d)", page.partition('class="feed')[0])

    assert await pinned() == ["2", "1"]
    assert f"/posts/{posts[0].pk}/lift" in (await me.get(f"/posts/{posts[0].pk}/menu")).text
    assert f"/posts/{posts[2].pk}/lift" not in (await me.get(f"/posts/{posts[2].pk}/menu")).text
    assert (await me.post(f"/posts/{posts[0].pk}/lift")).status_code == 303
    assert await pinned() == ["1", "2"]
    assert (await site.moderator.post(f"/posts/{posts[0].pk}/lift")).status_code >= 400
    assert await pinned() == ["1", "2"]


async def test_a_blocked_profile_says_what_that_means(site: Site) -> None:
    words = (f"You blocked <bdi>{site.admin.me.name or 'ann'}</bdi>", "Nothing that they write reaches you.")
    path = f"/people/{site.admin.me.pk}"
    before = (await site.member.get("/@ann")).text
    await site.member.post(f"{path}/block", {"next": "/@ann"})
    page = (await site.member.get("/@ann")).text
    for one in words:
        assert one in page
        assert one not in before
    assert page.count(f'action="{path}/unblock"') == 2, "in the header, and in place of the posts"
    assert "Nothing here yet" not in page
    await site.member.post(f"{path}/unblock", {"next": "/@ann"})
    assert words[0] not in (await site.member.get("/@ann")).text
