"""Documents of posts and collections: who gets them, and who never does."""

from typing import Any

import httpx
import pytest

from activities.posts.models import Pin, Post, Visibility
from activities.tags.services import following
from activities.tags.services.hashtags import set_hashtags
from core import clock
from core.ids import new_id
from tests.activities.asking import get, signed_get
from tests.activities.people import follow, make_post, make_remote
from tests.support import posts as posting
from tests.support.peers import cavage_headers, make_key
from tests.users.support import make_domain, make_person
from users.identities.models import Identity, Restriction

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_person(await make_domain())


async def test_a_post_is_a_note_for_servers_and_a_page_for_people(
    client: httpx.AsyncClient, ada: Identity
) -> None:
    post = await posting.write_post(
        author=ada, text="Hello #World", visibility=Visibility.public, content_warning="long", language="en"
    )
    answer = await get(client, post.uri)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/activity+json")
    assert "Accept" in answer.headers["vary"]
    note = answer.json()
    assert (note["id"], note["type"], note["attributedTo"]) == (post.uri, "Note", ada.uri)
    assert (note["to"], note["cc"]) == ([PUBLIC], [ada.followers_url])
    assert (note["summary"], note["sensitive"]) == ("long", True)
    assert [tag["name"] for tag in note["tag"]] == ["#World"]
    assert note["contentMap"] == {"en": note["content"]}
    page = await client.get("/" + post.uri.split("/", 3)[3], headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (302, f"/@ada/{post.pk}")
    assert "Accept" in page.headers["vary"]


async def test_the_activity_is_what_was_delivered(client: httpx.AsyncClient, ada: Identity) -> None:
    post = await posting.write_post(author=ada, text="Hello", visibility=Visibility.unlisted)
    create = (await get(client, f"{post.uri}/activity")).json()
    assert (create["id"], create["type"], create["actor"]) == (f"{post.uri}/activity", "Create", ada.uri)
    assert create["object"]["id"] == post.uri
    assert (create["to"], create["cc"]) == ([ada.followers_url], [PUBLIC])


async def test_a_boost_is_an_announce(client: httpx.AsyncClient, ada: Identity) -> None:
    far = await make_post(await make_remote("far"))
    boost = await make_post(ada, boost_of=far)
    announce = (await get(client, boost.uri)).json()
    assert (announce["type"], announce["object"]) == ("Announce", far.uri)
    assert "content" not in announce


async def test_a_deleted_post_is_a_tombstone(client: httpx.AsyncClient, ada: Identity) -> None:
    post = await posting.write_post(author=ada, text="Hello", visibility=Visibility.public)
    await posting.delete_post(author=ada, post_id=post.pk)
    answer = await get(client, post.uri)
    assert answer.status_code == 410
    assert answer.json()["type"] == "Tombstone"
    assert "Hello" not in answer.text


@pytest.mark.slow
async def test_only_those_a_post_is_for_get_it(client: httpx.AsyncClient, ada: Identity) -> None:
    follower, asking, mentioned, stranger = [await make_remote(name) for name in ("fay", "abe", "mia", "sam")]
    await follow(follower, ada)
    await follow(asking, ada, accepted=False)
    for_followers = await make_post(ada, Visibility.followers, mentions=(mentioned,))
    for_one = await make_post(ada, Visibility.mentioned, mentions=(mentioned,))
    may = {for_followers: {follower, mentioned}, for_one: {mentioned}}
    for post, readers in may.items():
        for path in ("", "/activity", "/replies", "/likes", "/shares"):
            assert (await get(client, f"{post.uri}{path}")).status_code == 404
        for signer in (follower, asking, mentioned, stranger):
            answer = await signed_get(client, post.uri, signer)
            assert answer.status_code == (200 if signer in readers else 404), (
                post.visibility,
                signer.username,
            )
            if signer in readers:
                assert "Signature" in answer.headers["vary"]
                assert "no-store" in answer.headers["cache-control"]
                assert PUBLIC not in answer.text


async def test_a_wrong_signature_opens_nothing(client: httpx.AsyncClient, ada: Identity) -> None:
    follower = await make_remote("fay")
    await follow(follower, ada)
    post = await make_post(ada, Visibility.followers)
    assert (await signed_get(client, post.uri, follower)).status_code == 200
    headers = cavage_headers(make_key(), f"{follower.uri}#main-key", "GET", "http://testserver/users/ada")
    assert (await get(client, post.uri, **headers)).status_code == 404


async def test_local_only_posts_never_leave(client: httpx.AsyncClient, ada: Identity) -> None:
    follower = await make_remote("fay")
    await follow(follower, ada)
    post = await make_post(ada, Visibility.local_only, mentions=(follower,))
    for path in ("", "/activity", "/replies", "/likes", "/shares"):
        assert (await get(client, f"{post.uri}{path}")).status_code == 404
    assert (await signed_get(client, post.uri, follower)).status_code == 404
    await Post.objects.filter(pk=post.pk).aupdate(deleted_at=clock.now())
    assert (await get(client, post.uri)).status_code == 404


async def test_the_outbox_holds_what_everyone_may_see(client: httpx.AsyncClient, ada: Identity) -> None:
    posts = [await make_post(ada, visibility) for visibility in Visibility]
    boost = await make_post(ada, boost_of=await make_post(await make_remote("far")))
    outbox = (await get(client, ada.outbox_url)).json()
    assert outbox["type"] == "OrderedCollection"
    page = (await get(client, outbox["first"])).json()
    assert [item["type"] for item in page["orderedItems"]] == ["Announce", "Create", "Create"]
    found = [item["id"].removesuffix("/activity") for item in page["orderedItems"]]
    assert found == [boost.uri, posts[1].uri, posts[0].uri]
    assert "next" not in page


async def test_the_outbox_has_pages(client: httpx.AsyncClient, ada: Identity) -> None:
    written = [(await make_post(ada)).uri for _ in range(25)]
    found: list[str] = []
    place: str | None = f"{ada.outbox_url}?page=true"
    while place:
        page = (await get(client, place)).json()
        found += [item["object"]["id"] for item in page["orderedItems"]]
        place = page.get("next")
    assert found == written[::-1]
    assert (await get(client, f"{ada.outbox_url}?page=true&max_id=x")).status_code == 400


async def test_pinned_posts_are_featured(client: httpx.AsyncClient, ada: Identity) -> None:
    for visibility in (Visibility.public, Visibility.followers):
        post = await make_post(ada, visibility)
        await Pin.objects.acreate(id=new_id(), identity=ada, post=post, created_at=clock.now())
    featured = (await get(client, ada.featured_url)).json()
    assert featured["totalItems"] == 1
    assert [item["type"] for item in featured["orderedItems"]] == ["Note"]


async def test_replies_name_the_public_answers(client: httpx.AsyncClient, ada: Identity) -> None:
    post, bob = await make_post(ada), await make_remote("bob")
    answers = [await make_post(bob, visibility, in_reply_to=post) for visibility in list(Visibility)[:4]]
    note = (await get(client, post.uri)).json()
    replies = (await get(client, f"{post.uri}/replies")).json()
    assert note["replies"] == {name: value for name, value in replies.items() if name != "@context"}
    assert (replies["id"], replies["type"]) == (f"{post.uri}/replies", "Collection")
    first = replies["first"]
    assert (first["type"], first["partOf"], "next" in first) == ("CollectionPage", replies["id"], False)
    assert first["items"] == [answer.uri for answer in answers[:2]]


async def test_embedded_replies_have_pages(client: httpx.AsyncClient, ada: Identity) -> None:
    post, bob = await make_post(ada), await make_remote("bob")
    answers = [(await make_post(bob, in_reply_to=post)).uri for _ in range(45)]
    page, found = (await get(client, post.uri)).json()["replies"]["first"], []
    while True:
        found += page["items"]
        if "next" not in page:
            break
        page = (await get(client, page["next"])).json()
    assert found == answers
    # an activity does not list them, and says where they are
    first = (await get(client, f"{post.uri}/activity")).json()["object"]["replies"]["first"]
    assert first["items"] == []
    assert (await get(client, first["next"])).json()["items"] == answers[:20]


async def test_a_thread_has_one_conversation(client: httpx.AsyncClient, ada: Identity) -> None:
    top = await make_post(ada)
    answer = await make_post(ada, in_reply_to=top)
    notes = [(await get(client, post.uri)).json() for post in (top, answer, await make_post(ada))]
    assert notes[0]["conversation"] == notes[1]["conversation"] != notes[2]["conversation"]
    assert notes[0]["conversation"].startswith("tag:testserver,")
    assert [note["context"] for note in notes[:2]] == [f"{top.uri}/context"] * 2  # FEP-f228
    assert [note["atomUri"] for note in notes[:2]] == [top.uri, answer.uri]
    assert notes[1]["inReplyToAtomUri"] == top.uri


async def test_a_thread_of_several_domains_here_has_one_conversation(
    client: httpx.AsyncClient, ada: Identity
) -> None:
    other = await make_person(await make_domain("other.example"), "bea")
    top = await make_post(other)
    answer = (await get(client, (await make_post(ada, in_reply_to=top)).uri)).json()
    assert answer["conversation"].startswith("tag:other.example,")


async def test_a_thread_that_began_elsewhere_gets_no_name_from_us(
    client: httpx.AsyncClient, ada: Identity
) -> None:
    """A name of our own would part our answers from the thread, on servers that go by it."""
    top = await make_post(await make_remote("bob"))
    answer = await make_post(ada, in_reply_to=top)
    for post in (answer, await make_post(ada, in_reply_to=answer)):
        note = (await get(client, post.uri)).json()
        assert not {"conversation", "context"} & set(note)
        assert note["inReplyTo"]


async def test_likes_and_shares_only_count(client: httpx.AsyncClient, ada: Identity) -> None:
    post = await make_post(ada, likes_count=3, boosts_count=2)
    for which, count in (("likes", 3), ("shares", 2)):
        collection: dict[str, Any] = (await get(client, f"{post.uri}/{which}")).json()
        assert collection["totalItems"] == count
        assert not {"items", "orderedItems", "first"} & collection.keys()


async def test_a_post_is_found_under_its_author_only(client: httpx.AsyncClient, ada: Identity) -> None:
    post = await make_post(ada)
    assert ada.domain is not None
    await make_person(ada.domain, "eve")
    assert (await get(client, f"/users/eve/statuses/{post.pk}")).status_code == 404
    assert (await get(client, f"/users/ADA/statuses/{post.pk}")).status_code == 200


async def test_featured_hashtags_are_a_collection(client: httpx.AsyncClient, ada: Identity) -> None:
    for text in ("#Lace", "more #lace", "a #Café"):
        await posting.write_post(author=ada, text=text, visibility=Visibility.public)
    for name in ("Café", "lace", "rare"):
        await following.feature_tag(identity=ada, name=name)
    actor = (await get(client, ada.uri)).json()
    assert actor["featuredTags"] == f"{ada.uri}/collections/tags"
    answer = await get(client, actor["featuredTags"])
    assert "Accept" in answer.headers["vary"]
    collection = answer.json()
    assert (collection["id"], collection["type"], collection["totalItems"]) == (
        actor["featuredTags"],
        "Collection",
        3,
    )
    assert collection["items"] == [
        {"type": "Hashtag", "href": "https://testserver/tags/lace", "name": "#Lace"},
        {"type": "Hashtag", "href": "https://testserver/tags/cafe", "name": "#Café"},
        {"type": "Hashtag", "href": "https://testserver/tags/rare", "name": "#rare"},
    ]
    await Identity.objects.filter(pk=ada.pk).aupdate(restriction=Restriction.suspended)
    assert (await get(client, actor["featuredTags"])).json()["items"] == []
    assert (await get(client, "https://testserver/users/nobody/collections/tags")).status_code == 404


async def test_a_hashtag_is_a_collection_for_servers_and_a_page_for_people(
    client: httpx.AsyncClient, ada: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    for visibility in set(Visibility) - {Visibility.limited}:
        await posting.write_post(author=ada, text="about #Café", visibility=visibility)
    limited = await make_remote("lim", restriction=Restriction.limited)
    for author in (limited, await make_remote("bob")):
        await set_hashtags((await make_post(author)).pk, {"cafe": "cafe"})
    answer = await get(client, "https://testserver/tags/Caf%C3%A9")
    assert answer.headers["content-type"].startswith("application/activity+json")
    assert answer.headers["vary"] == "Accept, Signature, Signature-Input"
    document = answer.json()
    assert {key: document[key] for key in document if key != "@context"} == {
        "id": "https://testserver/tags/cafe",
        "type": "OrderedCollection",
        "totalItems": 2,
    }
    assert (await get(client, "https://testserver/tags/unused")).json()["totalItems"] == 0
    for impossible in ("123", "a%20b", "a-b", "x" * 101, "%23"):
        assert (await get(client, f"https://testserver/tags/{impossible}")).status_code == 404, impossible
    page = await client.get("/tags/cafe", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Accept" in page.headers["vary"]
    monkeypatch.setattr("activities.posts.queries.documents.MAX_COUNTED", 2)
    assert "totalItems" not in (await get(client, document["id"])).json()


async def test_a_closed_domain_counts_no_hashtags_for_others(client: httpx.AsyncClient) -> None:
    await make_domain(is_public=False)
    assert (await get(client, "https://testserver/tags/cafe")).status_code == 404
