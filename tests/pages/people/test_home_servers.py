"""Visitors are led to their own server: by its WebFinger, and nowhere that they did not choose."""

import html
import json
import re
import socket
from collections.abc import AsyncIterator

import pytest

from activities.posts.models import Visibility
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.peers import MastodonPeer, Reply, outbound
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_LIKE = "https://w3id.org/fep/3b86/Like"
_FOLLOW = "https://w3id.org/fep/3b86/Follow"


@pytest.fixture
async def peer(site: Site) -> AsyncIterator[MastodonPeer]:
    async with outbound(resolve={"far.test": "127.0.0.1"}), MastodonPeer("far.test") as server:
        yield server


def _says(peer: MastodonPeer, *links: tuple[str, object]) -> None:
    document = {"subject": "acct:me@far.test", "links": [{"rel": rel, "template": to} for rel, to in links]}
    peer.replies["/.well-known/webfinger"] = Reply(200, json.dumps(document).encode())


async def _ask(site: Site, server: str, do: str = "like") -> tuple[int, str, str]:
    post = await rows.make_post(site.member.me)
    answer = await site.nobody.post(f"/interact?do={do}&uri={post.uri}", {"server": server})
    link = re.search(r'class="button" href="([^"]+)" rel="noreferrer"', answer.text)
    return answer.status_code, answer.headers.get("location", ""), html.unescape(link[1]) if link else ""


async def test_the_intent_is_taken_and_else_the_template_for_subscriptions(
    site: Site, peer: MastodonPeer
) -> None:
    host = peer.base_url.partition("//")[2]
    base = f"http://{host}"
    _says(peer, (_LIKE, f"{base}/like?o={{object}}"), (_SUBSCRIBE, f"{base}/go?uri={{uri}}"))
    status, location, _ = await _ask(site, f"@me@{host}")
    assert status == 303
    assert location.startswith(f"{base}/like?o=https%3A%2F%2Ftestserver%2F")
    _, location, _ = await _ask(site, f"me@{host}", "follow")
    assert location.startswith(f"{base}/go?uri=https%3A%2F%2F")


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert({uri})",
        "data:text/html,{uri}",
        "//evil.test/{uri}",
        "/relative?{uri}",
        "ftp://far.test/{uri}",
        "https://far.test@evil.test/{uri}",
        "https://me:pw@evil.test/{uri}",
        "http://192.168.0.2:8000/{uri}",
        "https://10.0.0.1/{uri}",
        "https://[::1]:9/{uri}",
        "https://router.local/{uri}",
        "https://far.test\\@evil.test/{uri}",
        "https://evil.test/\r\nSet-Cookie: a=b{uri}",
        "https://evil.test/without-a-blank",
        "https://evil.test/" + "x" * 3000 + "{uri}",
        7,
        None,
        ["{uri}"],
    ],
)
async def test_templates_that_lead_astray_are_not_followed(
    site: Site, peer: MastodonPeer, template: object
) -> None:
    host = peer.base_url.partition("//")[2]
    _says(peer, (_SUBSCRIBE, template))
    status, location, link = await _ask(site, f"@me@{host}")
    wanted = f"https://{host}/authorize_interaction?uri="
    assert (location or link).startswith(wanted), (status, location, link)


async def test_another_host_than_the_handles_is_shown_first(site: Site, peer: MastodonPeer) -> None:
    host = peer.base_url.partition("//")[2]
    _says(peer, (_SUBSCRIBE, "https://social.far.example/go?uri={uri}"))
    status, location, link = await _ask(site, f"@me@{host}")
    assert (status, location) == (200, "")
    assert link.startswith("https://social.far.example/go?uri=https%3A%2F%2Ftestserver")


@pytest.mark.parametrize(
    "answer", [Reply(404), Reply(200, b"[1]"), Reply(200, b"{"), Reply(200, b'{"links": 7}'), Reply(500)]
)
async def test_a_server_that_names_none_gets_mastodons_page(
    site: Site, peer: MastodonPeer, answer: Reply
) -> None:
    host = peer.base_url.partition("//")[2]
    peer.replies["/.well-known/webfinger"] = answer
    status, location, _ = await _ask(site, f"@me@{host}")
    assert (status, location.partition("?")[0]) == (303, f"https://{host}/authorize_interaction")


async def test_a_server_that_does_not_exist_is_said_at_the_field(site: Site, peer: MastodonPeer) -> None:
    post = await rows.make_post(site.member.me)
    for server in ("me@nowhere.invalid", "nowhere.invalid"):
        answer = await site.nobody.post(f"/interact?do=follow&uri={post.uri}", {"server": server})
        assert answer.status_code == 422
        assert "There is no server with that name." in answer.text
        assert 'aria-invalid="true"' in answer.text


async def test_a_server_that_cannot_be_reached_is_offered_anyway(site: Site) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        host = f"dead.test:{nobody_listens.getsockname()[1]}"
        async with outbound(resolve={"dead.test": "127.0.0.1"}):
            status, location, link = await _ask(site, f"@me@{host}")
    assert (status, location) == (200, "")
    assert link.startswith(f"https://{host}/authorize_interaction?uri=")


async def test_the_page_shows_whom_or_what_it_is_about(site: Site) -> None:
    ann = site.admin.me
    public = await rows.make_post(ann, content="<p>Moss is <em>soft</em></p>")
    covered = await rows.make_post(ann, content="<p>The butler</p>", content_warning="Ending")
    private = await rows.make_post(ann, Visibility.followers, content="<p>A secret</p>")
    for uri, words in ((ann.uri, "@ann"), (public.uri, "Moss is soft"), (covered.uri, "Ending")):
        text = (await site.nobody.get(f"/interact?do=follow&uri={uri}")).text.partition("<main")[2]
        assert words in text
        assert 'class="person"' in text
        assert "butler" not in text
    for uri in (private.uri, "https://far.test/unknown", "nothing", ""):
        answer = await site.nobody.get(f"/interact?do=like&uri={uri}")
        assert answer.status_code == 200
        assert 'class="person"' not in answer.text.partition("<main")[2].partition("<aside")[0]
        assert "secret" not in answer.text
    await Identity.objects.filter(pk=ann.pk).aupdate(restriction=2)
    for uri in (ann.uri, public.uri):
        text = (await site.nobody.get(f"/interact?do=follow&uri={uri}")).text.partition("<main")[2]
        assert 'class="person"' not in text.partition("<aside")[0], "suspended"


async def test_nothing_private_is_asked(site: Site) -> None:
    """Without leave for loopback: the guard of every request refuses it, and the visitor is only shown a link."""
    for handle in ("me@127.0.0.1", "me@localhost", "me@10.0.0.1", "me@[::1]", "me@169.254.169.254", "a@b@c"):
        status, _, _ = await _ask(site, handle)
        assert status in {200, 303, 422}, handle


async def test_a_visitor_can_ask_a_few_servers_only(site: Site, peer: MastodonPeer) -> None:
    host = peer.base_url.partition("//")[2]
    _says(peer)
    statuses = [(await _ask(site, f"@me{n}@{host}"))[0] for n in range(22)]
    assert statuses[-1] == 429
    assert len(peer.requests) <= 21


async def test_rows_have_buttons_for_visitors(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    for path in ("/local", f"/@mia/{post.pk}"):
        page = html.unescape((await site.nobody.get(path)).text)
        for do in ("reply", "like", "boost"):
            assert page.count(f'href="/interact?do={do}&uri=') == 1, (path, do)
    assert "Reply, like or boost" not in page, "the bar offers the same"
    assert 'href="/interact?do=follow&uri=' in html.unescape((await site.nobody.get("/@mia")).text)
