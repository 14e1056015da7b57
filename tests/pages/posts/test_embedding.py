"""Public posts inside other sites: the page for frames, the code for it, and oEmbed."""

import html
import json
import re

import pytest

from activities.media.models import Attachment
from activities.posts.models import Visibility
from activities.previews.models import PreviewCard
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def test_a_frame_is_for_every_site_and_knows_no_reader(site: Site) -> None:
    post = await rows.make_post(site.member.me, content="<p>Moss is soft</p>")
    for visitor in (site.nobody, site.member):
        answer = await visitor.http.get(f"/@mia/{post.pk}/embed")
        assert answer.status_code == 200
        assert "Moss is soft" in answer.text
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors *" in policy
        assert "script-src 'self'" in policy
        assert "x-frame-options" not in answer.headers
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"].startswith("public")
        assert "<script" not in answer.text
        assert "<form" not in answer.text
    texts = {(await one.http.get(f"/@mia/{post.pk}/embed")).text for one in (site.nobody, site.member)}
    assert len(texts) == 1, "the same for everybody"
    page = await site.member.http.get(f"/@mia/{post.pk}")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"], "nothing else may be framed"


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_private_posts_are_not_embedded_for_their_author_either(
    site: Site, visibility: Visibility
) -> None:
    post = await rows.make_post(site.member.me, visibility)
    wanted = 200 if visibility <= Visibility.unlisted else 404
    for visitor in (site.nobody, site.member):
        for path in (f"/@mia/{post.pk}/embed", f"/posts/{post.pk}/embed", f"/api/oembed?url={post.uri}"):
            answer = await visitor.http.get(path)
            assert answer.status_code == wanted, path
    head = (await site.member.get(f"/@mia/{post.pk}")).text
    assert ("json+oembed" in head) is (wanted == 200)


async def test_neither_boosts_nor_posts_of_others_nor_of_another_author_are_embedded(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    boost = await rows.make_post(site.member.me, boost_of=post)
    remote = await rows.make_post(await rows.make_remote("rob"))
    for path in (
        f"/@mia/{boost.pk}/embed",
        f"/posts/{boost.pk}/embed",
        f"/@rob@far.test/{remote.pk}/embed",
        f"/posts/{remote.pk}/embed",
        f"/@ann/{post.pk}/embed",
        "/@mia/999/embed",
    ):
        assert (await site.nobody.get(path)).status_code == 404, path
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(restriction=2)
    assert (await site.nobody.get(f"/@mia/{post.pk}/embed")).status_code == 404, "suspended"


async def test_covered_media_stay_covered_in_a_frame(site: Site) -> None:
    post = await rows.make_post(site.member.me, content="<p>The butler</p>", content_warning="Ending")
    page = (await site.nobody.get(f"/@mia/{post.pk}/embed")).text
    assert re.search(r'<details class="warning"><summary data-show="Show" data-hide="Hide">.*Ending', page)
    sensitive = await rows.make_post(site.member.me, is_sensitive=True)
    await Attachment.objects.acreate(
        author=site.member.me, post=sensitive, kind="image", url="https://media.far.test/a.png"
    )
    assert "Sensitive media" in (await site.nobody.get(f"/@mia/{sensitive.pk}/embed")).text


async def test_the_code_and_oembed_lead_to_the_frame(site: Site) -> None:
    evil = '"><script>window.pwned=1</script>'
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(name=evil)
    post = await rows.make_post(site.member.me, content=f"<p>{html.escape(evil)}</p>")
    page = (await site.nobody.get(f"/posts/{post.pk}/embed")).text
    frame = f"https://testserver/@mia/{post.pk}/embed"
    assert f'src="{frame}"' in html.unescape(page)
    assert "<script>window" not in page
    head = (await site.nobody.get(f"/@mia/{post.pk}")).text
    link = re.search(r'type="application/json\+oembed" href="([^"]+)"', head)
    assert link
    address = html.unescape(link[1]).removeprefix("https://testserver")
    found = json.loads((await site.nobody.get(address)).text)
    assert found["author_name"] == evil
    assert found["type"] == "rich"
    assert f'<iframe src="{frame}"' in found["html"]
    assert "<script" not in found["html"]
    small = (await site.nobody.get(f"{address}&maxwidth=220&maxheight=100")).json()
    assert (small["width"], small["height"]) == (220, 100)
    for wrong in ("https://far.test/1", f"https://testserver/@mia/{post.pk + 1}", "nothing", ""):
        assert (await site.nobody.get("/api/oembed", params={"url": wrong})).status_code in {400, 404, 422}


async def test_the_height_of_a_frame_fits_the_post(site: Site) -> None:
    short, long = [
        await rows.make_post(site.member.me, content=f"<p>{'Moss is soft. ' * times}</p>")
        for times in (1, 50)
    ]
    heights = []
    for post in (short, long):
        page = html.unescape((await site.nobody.get(f"/posts/{post.pk}/embed")).text)
        written, preview = re.findall(r'height="(\d+)"', page.partition("<main")[2].partition("<aside")[0])
        assert written == preview
        assert 'style="max-width: 100%; border: 0"' in page
        heights.append(int(written))
    assert heights[0] < 200 < 400 < heights[1] <= 900
    found = (await site.nobody.get("/api/oembed", params={"url": long.uri, "maxwidth": "550"})).json()
    assert found["height"] == heights[1]


async def test_menus_lead_to_the_code(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    for path, visitor in ((f"/posts/{post.pk}/menu", site.admin), (f"/@mia/{post.pk}", site.nobody)):
        page = (await visitor.get(path)).text
        assert f'href="/posts/{post.pk}/embed"' in page
        assert "Copy link<" in page
        assert f'data-copy="{post.url or post.uri}"' in page
    quiet = await rows.make_post(site.member.me, Visibility.followers)
    assert f'href="/posts/{quiet.pk}/embed"' not in (await site.member.get(f"/posts/{quiet.pk}/menu")).text


FRAME = '<iframe src="https://www.youtube.com/embed/x?feature=oembed&amp;autoplay=0" width="200" height="113"></iframe>'


async def _playable(site: Site, frame: str = FRAME, **more: object) -> str:
    """The path of the player of a post with such a card."""
    number = await PreviewCard.objects.acount()
    card = await PreviewCard.objects.acreate(
        url=f"https://www.youtube.com/watch?v={number}",
        title="A <film>",
        type="video",
        html=frame,
        width=200,
        height=113,
    )
    post = await rows.make_post(site.member.me, card=card, **more)
    return f"/posts/{post.pk}/player"


async def test_a_player_of_another_site_is_framed_in_a_page_of_ours(site: Site) -> None:
    """That site alone, sandboxed, told from which server but not which post, and without cookies where it has such a player."""
    path = await _playable(site)
    page = await site.nobody.get(f"/@mia/{path.split('/')[2]}")
    assert f'data-player="{path}"' in page.text
    assert "<iframe" not in page.text, "nothing is loaded before it is asked for"
    assert "youtube-nocookie" not in page.text
    answer = await site.nobody.get(path)
    assert 'src="https://www.youtube-nocookie.com/embed/x?feature=oembed&amp;autoplay=1"' in answer.text
    assert (
        'sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"' in answer.text
    )
    assert 'referrerpolicy="strict-origin-when-cross-origin"' in answer.text
    assert "A &lt;film&gt;" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "frame-src https://www.youtube-nocookie.com" in policy.split("; ")
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'none'" in policy
    assert "x-frame-options" not in answer.headers


@pytest.mark.parametrize(
    "frame",
    [
        "",
        '<iframe src="https://testserver/@mia">',
        '<iframe src="http://x.test/">',
        '<iframe src="https://x.test;script-src/e">',
        '<iframe src="https://u:p@x.test/e">',
        '<iframe src="https:///e">',
    ],
)
async def test_what_is_no_player_is_not_framed(site: Site, frame: str) -> None:
    """Our own pages least of all: in such a frame they could be scripted."""
    assert (await site.nobody.get(await _playable(site, frame))).status_code == 404


async def test_a_player_is_seen_by_those_who_see_its_post(site: Site) -> None:
    path = await _playable(site, visibility=Visibility.followers)
    assert (await site.member.get(path)).status_code == 200
    for visitor in (site.nobody, site.moderator):
        assert (await visitor.get(path)).status_code == 404
    plain = await rows.make_post(site.member.me)
    assert (await site.member.get(f"/posts/{plain.pk}/player")).status_code == 404
