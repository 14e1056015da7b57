"""Emoji of other servers: kept once, refreshed, bounded, and forgotten."""

import datetime as dt
from dataclasses import replace

import pytest

from activities.media.models import DiscardedFile
from activities.posts.queries import posts
from activities.publishing.services import receiving
from core import clock
from core.media.names import new_name
from core.texts.emojis import is_shortcode, replace_shortcodes, used_shortcodes
from federation.media import files
from federation.media.addresses import RequestedFile
from federation.models import Peer, Policy, RemoteFile, RemoteFileKind
from federation.peers import set_policy, takes_media_from
from tests.activities.people import make_remote
from tests.activities.publishing.test_receiving import document
from users.emojis.activitypub import EmojiDocument, parse_emojis
from users.emojis.handlers import remove_unseen_emojis
from users.emojis.models import Emoji
from users.emojis.services import remote
from web.templatetags.emojis import emoji_text
from web.templatetags.post_parts import excerpt

pytestmark = pytest.mark.anyio
NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


async def kept() -> dict[str, tuple[str, dt.datetime | None]]:
    return {one.shortcode: (one.url, one.updated_at) async for one in Emoji.objects.filter(host="far.test")}


async def test_a_post_and_its_edit_bring_their_emoji(db: None) -> None:
    far = await make_remote("far")
    first = document(far, emojis=[EmojiDocument("blob", "https://far.test/1.png")])
    await receiving.receive_post(author=far, document=first)
    assert await kept() == {"blob": ("https://far.test/1.png", None)}
    edited = replace(first, updated=clock.now(), emojis=[EmojiDocument("cat", "https://far.test/c.png")])
    await receiving.receive_edit(author=far, document=edited)
    assert set(await kept()) == {"blob", "cat"}


async def test_the_first_words_of_a_post_show_them_too(db: None) -> None:
    far = await make_remote("far")
    said = document(
        far, content_html="<p>&lt;b&gt; :blob:</p>", emojis=[EmojiDocument("blob", "https://far.test/1.png")]
    )
    post = await receiving.receive_post(author=far, document=said)
    assert post is not None
    shown = excerpt(await posts.get_post(post.pk, None))
    assert shown.startswith("&lt;b&gt; <picture>")
    assert '<source media="(prefers-reduced-motion: reduce)" srcset="/media/r/s' in shown
    assert '<img class="emoji" src="/media/r/e' in shown
    assert 'alt=":blob:"' in shown


async def test_emoji_of_a_server_whose_media_is_refused_stay_text_until_it_is_not(db: None) -> None:
    await Peer.objects.acreate(host="far.test", reject_media=True)
    far = await make_remote("far")
    post = await receiving.receive_post(
        author=far, document=document(far, emojis=[EmojiDocument("blob", "https://far.test/1.png")])
    )
    assert post is not None
    assert await kept() == {}
    shown = await posts.get_post(post.pk, None)
    assert emoji_text(":blob:", shown.emojis) == ":blob:"
    await set_policy(host="far.test", policy=Policy.open)
    assert await takes_media_from("far.test")
    assert 'alt=":blob:"' in emoji_text(":blob:", shown.emojis)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (EmojiDocument("x", "https://far.test/2.png", updated=NOON + dt.timedelta(hours=1)), "2"),
        (EmojiDocument("x", "https://far.test/2.png", updated=NOON - dt.timedelta(hours=1)), "1"),
        (EmojiDocument("x", "https://far.test/2.png"), "2"),
    ],
)
async def test_a_newer_picture_replaces_and_an_older_does_not(
    db: None, said: EmojiDocument, expected: str
) -> None:
    await remote.store_emojis("far.test", [EmojiDocument("x", "https://far.test/1.png", updated=NOON)])
    await remote.store_emojis("far.test", [said])
    await remote.store_emojis("other.test", [EmojiDocument("x", "https://other.test/x.png")])
    assert (await kept())["x"][0] == f"https://far.test/{expected}.png"
    assert await Emoji.objects.acount() == 2


@pytest.mark.parametrize(
    ("host", "later", "is_kept"), [("far.test", 1, False), ("far.test", -1, True), ("evil.test", 1, True)]
)
async def test_a_picture_redrawn_at_its_address_is_fetched_anew(
    db: None, host: str, later: int, is_kept: bool
) -> None:
    """Moving and still copies, of its own server's; not for an older document, nor because another server says so."""
    url = "https://far.test/1.png"
    for one in {host, "far.test"}:
        await remote.store_emojis(one, [EmojiDocument("x", url, updated=NOON)])
    for kind in (RemoteFileKind.emoji, RemoteFileKind.still, RemoteFileKind.avatar):
        asked = RequestedFile(url, kind, "far.test")
        assert await files.lease(asked)
        await files.store(asked.key, file=new_name("0" * 64, "png"), media_type="image/png", size=10)
    await remote.store_emojis(host, [EmojiDocument("x", url, updated=NOON + dt.timedelta(hours=later))])
    left = {row.kind async for row in RemoteFile.objects.all()}
    assert left == ({"avatar", "emoji", "still"} if is_kept else {"avatar"})
    assert await files.total_bytes() == 10 * len(left)
    assert await DiscardedFile.objects.acount() == 3 - len(left)


async def test_a_host_has_a_bounded_number(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_PER_HOST", 3)
    for number in range(5):
        await remote.store_emojis("far.test", [EmojiDocument(f"x{number}", f"https://far.test/{number}.png")])
    assert set(await kept()) == {"x0", "x1", "x2"}


async def test_unused_remote_emoji_are_deleted(db: None) -> None:
    for name in ("old", "used"):
        await remote.store_emojis("far.test", [EmojiDocument(name, f"https://far.test/{name}.png")])
    await Emoji.objects.aupdate(seen_at=clock.now() - dt.timedelta(days=200))
    await Emoji.objects.acreate(shortcode="mine", seen_at=clock.now() - dt.timedelta(days=900))
    await remote.store_emojis("far.test", [EmojiDocument("used", "https://far.test/used.png")])
    assert await remove_unseen_emojis() == 1
    assert {one.shortcode async for one in Emoji.objects.all()} == {"used", "mine"}


def test_tags_are_read_leniently_and_bounded() -> None:
    tags: list[object] = [
        {"type": "Emoji", "name": f"e{n}", "icon": {"url": f"https://far.test/{n}.png"}} for n in range(80)
    ]
    odd = [
        None,
        {"type": "Emoji", "name": 5, "icon": "https://far.test/5.png"},
        {"type": "Emoji", "name": "a b", "icon": "https://far.test/5.png"},
        {"type": "Emoji", "name": ":no_icon:"},
        {"type": "Emoji", "name": ":js:", "icon": {"url": "javascript:alert(1)"}},
    ]
    good = {
        "type": ["Emoji"],
        "name": ":kitty-1:",
        "icon": [{"type": "Image", "url": "https://far.test/k.png"}],
        "id": "https://far.test/emojis/k",
        "updated": "2026-11-01T12:00:00Z",
    }
    assert parse_emojis({"tag": [*odd, good]}) == [
        EmojiDocument("kitty-1", "https://far.test/k.png", "https://far.test/emojis/k", NOON)
    ]
    assert len(parse_emojis({"tag": tags})) == 50


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hello :blob: and :cat_2:", ["blob", "cat_2"]),
        (":a1::b2: :a1:", ["a1", "b2"]),
        ("at 10:30:15, foo:bar:baz", []),
        (":x: is too short, :kitty-1: no, :é1: no", []),
        ("(:blob:)", ["blob"]),
    ],
)
def test_shortcodes_in_what_people_write(text: str, found: list[str]) -> None:
    assert used_shortcodes(text) == found
    assert all(map(is_shortcode, found))


def test_pictures_never_go_into_tags() -> None:
    html = '<p>:a: <a href="https://x.test/:a:/" title="&gt; :a:">see :a:</a> :a:b: :c:</p>'
    assert replace_shortcodes(html, {"a": "<A>", "b": "<B>"}) == (
        '<p><A> <a href="https://x.test/:a:/" title="&gt; :a:">see <A></a> <A>b: :c:</p>'
    )
    assert replace_shortcodes(":un::a:", {"a": "<A>"}) == ":un:<A>"
    assert used_shortcodes(":aa" * 200_000) == ["aa"]
    assert replace_shortcodes(":a" * 200_000, {"b": "<B>"}) == ":a" * 200_000
