"""Search by the address of a page: it names the document, and nothing is asked for twice."""

import io
import logging
import time
from collections.abc import AsyncIterator, Iterator

import pytest

import api.endpoints.search
import api.people
from core.logs import Formatter
from federation.fetching.alternates import alternate_of
from federation.models import SystemKey
from tests.activities import people as rows
from tests.api.support.world import World
from tests.federation.collecting import collection_of
from tests.support.memory import forget_everything
from tests.support.peers import ACTIVITY_JSON, MastodonPeer, Reply, outbound
from tests.users.support import key_pair
from users.collections.models import Collection
from users.identities.activitypub.parsing import parse_actor
from users.identities.services import remote_actors

pytestmark = pytest.mark.anyio
HTML = "text/html; charset=utf-8"


@pytest.fixture
async def peer(world: World) -> AsyncIterator[MastodonPeer]:
    pair = key_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)
    forget_everything()
    async with outbound(resolve={"far.test": "127.0.0.1"}), MastodonPeer("far.test") as server:
        server.add_actor("ana")
        yield server


async def found(world: World, url: str) -> tuple[list[str], list[str]]:
    answer = await world.ada.get("/api/v2/search", "Search", params={"q": url, "resolve": "true"})
    return [one["username"] for one in answer["accounts"]], [one["uri"] for one in answer["statuses"]]


def asked_for(peer: MastodonPeer) -> list[str]:
    paths = [request.path for request in peer.requests]
    peer.requests.clear()
    return [path for path in paths if "well-known" not in path and "nodeinfo" not in path]


async def test_an_actor_is_fetched_once_by_its_id_and_by_its_page(world: World, peer: MastodonPeer) -> None:
    assert await found(world, peer.actors["ana"].uri) == (["ana"], [])
    assert asked_for(peer) == ["/users/ana"]
    assert await found(world, peer.actors["ana"].uri) == (["ana"], [])
    assert asked_for(peer) == []
    bob = peer.add_actor("bob")
    page = f'<html><head><link href="{bob.uri}" rel=\'me alternate\' type="{ACTIVITY_JSON}"></head>'
    peer.replies["/@bob"] = Reply(200, page.encode(), HTML)
    assert await found(world, f"{peer.base_url}/@bob") == (["bob"], [])
    assert asked_for(peer) == ["/@bob", "/users/bob"]


async def test_fetched_people_are_found_by_parts_of_their_current_name(
    world: World, peer: MastodonPeer
) -> None:
    for name, q in (("Жозефина Бэкер", "бэкер"), ("山田花子", "花子")):
        peer.actors["ana"].extra.update(name=name, discoverable=True)
        await remote_actors.store_actor(parse_actor(peer.actor_document(peer.actors["ana"])))
        assert await found(world, q) == (["ana"], [])
    assert await found(world, "бэкер") == ([], [])


async def test_a_post_is_found_by_its_page(world: World, peer: MastodonPeer) -> None:
    note = peer.note(peer.actors["ana"])
    path = note["id"].removeprefix(peer.base_url)
    shapes = {
        "/a": Reply(200, f"<LINK rel=alternate type={ACTIVITY_JSON} href={path}>".encode(), HTML),
        "/b": Reply(
            200,
            b"<p>a page",
            HTML,
            {
                "Link": f'</feed>; rel="alternate"; type="application/rss+xml", <{note["id"]}>; rel="alternate"; type="{ACTIVITY_JSON}"'
            },
        ),
    }
    for place, reply in shapes.items():
        peer.replies[place] = reply
        assert await found(world, f"{peer.base_url}{place}") == ([], [note["id"]]), place


async def test_a_page_without_one_or_with_itself_is_nothing(world: World, peer: MastodonPeer) -> None:
    loop = f'<link rel="alternate" type="{ACTIVITY_JSON}" href="/page">'
    for body in (loop, "<p>words", loop.replace("alternate", "me"), loop.replace("/page", "data:x")):
        peer.replies["/page"] = Reply(200, body.encode(), HTML)
        assert await found(world, f"{peer.base_url}/page") == ([], [])
        forget_everything()
    peer.requests.clear()
    peer.replies["/page"] = Reply(404)
    assert await found(world, f"{peer.base_url}/page") == ([], [])
    assert asked_for(peer) == ["/page"]


async def test_addresses_and_handles_as_people_paste_them(world: World) -> None:
    post = await rows.make_post(world.ada.me, url="https://testserver/@ada/1")
    await rows.make_remote("zoe", "bücher.example".encode("idna").decode())
    for q, people, posts in (
        ("https://testserver/@ada", ["ada"], []),
        ("HTTPS://TestServer/@ada", ["ada"], []),
        ("https://testserver/@ADA/", ["ada"], []),
        ("https://testserver/@ada?x=1", ["ada"], []),
        ("https://testserver/@ada/?x=1#y", ["ada"], []),
        ("https://testserver/@ada.", ["ada"], []),
        ("\u200ehttps://testserver/@ada\u202c", ["ada"], []),
        (f"{world.ada.me.uri}/", ["ada"], []),
        (f"{world.ada.me.uri}?x=1", ["ada"], []),
        ("https://testserver/@nobody", [], []),
        ("https://testserver/@zoe@bücher.example", [], []),
        (f"{post.uri}/", [], [post.uri]),
        (f"{post.uri}?x=1", [], [post.uri]),
        ("https://testserver/@ada/1/", [], [post.uri]),
        ("HTTPS://testserver/@ada/1?x=1", [], [post.uri]),
        ("https://testserver/@ada/2", [], []),
        ("HTTP://Far.Test/users/rob", [], []),
        ("HTTPS://Far.Test/users/rob", ["rob"], []),
        ("＠rob＠far.test", ["rob"], []),
        ("@rob@FAR.test.", ["rob"], []),
        ("rob@far.test/", ["rob"], []),
        ("\u200e@rob@far.test\u200f", ["rob"], []),
        ("acct:rob@far.test", ["rob"], []),
        ("!rob@far.test", ["rob"], []),  # as Lemmy writes groups
        ("@zoe@Bücher.example", ["zoe"], []),
    ):
        answer = await world.ada.get("/api/v2/search", "Search", params={"q": q})
        assert [one["username"] for one in answer["accounts"]] == people, q
        assert [one["uri"] for one in answer["statuses"]] == posts, q


async def test_hashtags_with_their_sign(world: World) -> None:
    post = await world.post(world.ada, "a #Català post")
    for q in ("#català", "＃CATALA", "\u200e#catala", "catala"):
        answer = await world.ada.get("/api/v2/search", "Search", params={"q": q})
        assert [one["name"] for one in answer["hashtags"]] == ["Català"], q
        if q.startswith("#"):
            assert answer["accounts"] == [], q
    answer = await world.ada.get("/api/v2/search", "Search", params={"q": "#Català"})
    assert [one["id"] for one in answer["statuses"]] == [str(post.pk)]


class Page:
    """As much of an answer as is read."""

    url = "https://far.test/"

    def __init__(self, text: str) -> None:
        self.body = text.encode()

    def header(self, name: str) -> str:
        return HTML if name == "content-type" else self.body.decode()


@pytest.mark.parametrize(
    "text",
    [
        "<link ",
        "<link rel=",
        "<link rel='",
        '<link href="',
        "<link rel=rel=",
        "<",
        "<a>",
        "<a>;rel=",
        "rel= ",
    ],
)
def test_hostile_pages_are_read_in_linear_time(text: str) -> None:
    def cpu_s(size: int) -> float:
        page = Page(text * (size // len(text)))
        start = time.process_time()
        assert alternate_of(page) == ""  # type: ignore[arg-type]
        return time.process_time() - start

    assert cpu_s(200_000) <= 40 * max(cpu_s(20_000), 0.005)  # by the square it would be a hundred times
    cpu_s(1_000_000)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(Formatter("text"))
    logger = logging.getLogger("api")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.stream
    logger.removeHandler(handler)
    logger.setLevel(level)


async def test_the_log_says_why_something_could_not_be_resolved(
    world: World, peer: MastodonPeer, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    await found(world, "https://far.test/nothing")
    for module in (api.people, api.endpoints.search):
        monkeypatch.setattr(module, "RESOLVE_TIMEOUT_S", 0.0)
    await found(world, "https://far.test/users/ana")
    await found(world, "@ana@far.test")
    lines = [line for line in logged.getvalue().splitlines() if "api.resolve_failed" in line]
    told = [line.partition(" error=")[2] for line in lines]
    assert any("ConnectionRefusedError" in text for text in told), lines
    assert sum(text.startswith("TimeoutError") for text in told) == 2, lines
    assert not any(text.startswith('""') for text in told), lines


async def test_an_activity_means_its_object(world: World, peer: MastodonPeer) -> None:
    ana = peer.actors["ana"]
    note = peer.note(ana)
    for kind, value in (
        ("Create", note),
        ("Create", note["id"]),
        ("Announce", note["id"]),
        ("Like", note["id"]),
    ):
        activity = peer.add_document(peer.activity(ana, kind, value))
        assert await found(world, activity["id"]) == ([], [note["id"]]), kind
    nested = peer.add_document(
        peer.activity(ana, "Announce", peer.add_document(peer.activity(ana, "Create", note)))
    )
    assert await found(world, nested["id"]) == ([], [note["id"]])
    follow = peer.add_document(peer.activity(ana, "Follow", peer.add_actor("bob").uri))
    assert await found(world, follow["id"]) == (["bob"], [])
    ours = await world.post(world.ada)
    boost = peer.add_document(peer.activity(ana, "Announce", ours.uri))
    assert await found(world, boost["id"]) == ([], [ours.uri])
    forged = {**peer.note(ana), "id": "https://far.test/notes/9", "content": "forged"}
    asked_for(peer)
    assert await found(world, peer.add_document(peer.activity(ana, "Create", forged))["id"]) == ([], [])


async def test_a_collection_means_whose_it_is(world: World, peer: MastodonPeer) -> None:
    ana = peer.actors["ana"]
    note = peer.note(ana)
    note["likes"] = f"{note['id']}/likes"
    ana.extra["featured"] = f"{ana.uri}/collections/featured"
    addresses = {
        f"{ana.uri}/followers": (["ana"], []),
        f"{ana.uri}/outbox": (["ana"], []),
        f"{ana.uri}/collections/featured": (["ana"], []),
        f"{note['id']}/likes": ([], [note["id"]]),
        f"{ana.uri}/claimed": ([], []),  # which ana does not name
    }
    for address, expected in addresses.items():
        peer.add_document({"id": address, "type": "OrderedCollection", "totalItems": 3})
        assert await found(world, address) == expected, address
    page = {"id": f"{peer.base_url}/pages/1", "type": "CollectionPage", "partOf": f"{ana.uri}/followers"}
    assert await found(world, peer.add_document(page)["id"]) == (["ana"], [])
    named = {"id": f"{peer.base_url}/c/1", "type": "Collection", "attributedTo": ana.uri}
    assert await found(world, peer.add_document(named)["id"]) == ([], [])
    ana.extra["following"] = named["id"]
    forget_everything()
    assert await found(world, named["id"]) == (["ana"], [])


async def test_the_address_of_a_hashtag_means_ours(world: World, peer: MastodonPeer) -> None:
    """As a Hashtag, and as the collection of its posts that Mastodon has there. Unknown ones, and what can be none, are nothing."""
    await world.post(world.ada, "one #Kittens")
    shown = {"type": "OrderedCollection", "totalItems": 3}
    addresses = {
        "/a/1": {"type": "Hashtag", "name": "#kittens"},
        "/tags/Kittens": shown,
        "/tags/%4bittens": shown,
        "/tags/puppies": shown,
        "/tags/12": shown,
        "/kittens": shown,
        "/a/2": {"type": "Hashtag", "name": {"kittens": 1}},
    }
    answers = {}
    for path, document in addresses.items():
        address = f"{peer.base_url}{path}"
        peer.documents[path] = {"id": address, **document}
        answer = await world.ada.get("/api/v2/search", "Search", params={"q": address, "resolve": "true"})
        assert (answer["accounts"], answer["statuses"]) == ([], [])
        answers[path] = [one["name"].lower() for one in answer["hashtags"]]
    assert answers == {path: ["kittens"] if place < 3 else [] for place, path in enumerate(addresses)}
    asked = {"q": f"{peer.base_url}/a/1", "resolve": "true", "type": "accounts"}
    assert (await world.ada.get("/api/v2/search", params=asked))["hashtags"] == []


async def test_addresses_that_lead_in_circles(world: World, peer: MastodonPeer) -> None:
    ana = peer.actors["ana"]
    one, other = (peer.add_document(peer.activity(ana, "Announce")) for _ in range(2))
    one["object"], other["object"] = other["id"], one["id"]
    assert await found(world, one["id"]) == ([], [])
    assert len(asked_for(peer)) <= 4
    deep = {
        "id": f"{peer.base_url}/a/b/c/d/e/f/g/h",
        "type": "Collection",
        "partOf": f"{peer.base_url}/a/b/c/d/e/f/g",
    }
    assert await found(world, peer.add_document(deep)["id"]) == ([], [])
    assert len(asked_for(peer)) <= 5
    peer.add_document({"id": f"{peer.base_url}/x", "type": "Tombstone"})
    assert await found(world, f"{peer.base_url}/x") == ([], [])


async def test_parts_of_our_own(world: World) -> None:
    post = await world.post(world.ada)
    for address in (f"{world.ada.me.uri}/followers", f"{world.ada.me.uri}/outbox?page=true"):
        assert await found(world, address) == (["ada"], []), address
    for part in ("activity", "replies", "likes", "replies?page=1"):
        assert await found(world, f"{post.uri}/{part}") == ([], [post.uri]), part
    for address in (f"{world.ada.me.uri}/statuses/1/likes", "https://testserver/users/nobody/outbox"):
        assert await found(world, address) == ([], []), address


async def test_a_collection_of_people_is_fetched(world: World, peer: MastodonPeer) -> None:
    ana, eve = peer.actors["ana"], peer.add_actor("eve")
    document = peer.add_document(collection_of(ana))
    foreign = peer.add_document({**collection_of(eve, 2), "attributedTo": "https://elsewhere.test/u"})
    for asked, names in (({}, []), ({"resolve": "true"}, ["People 1"])):
        answer = await world.ada.get("/api/v2/search", "Search", params={"q": document["id"], **asked})
        assert [one["name"] for one in answer["collections"]] == names
    answer = await world.ada.get("/api/v2/search", params={"q": foreign["id"], "resolve": "true"})
    assert answer["collections"] == []
    assert await Collection.objects.acount() == 1
