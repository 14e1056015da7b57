"""Words and pictures by people of a blocked server are on no page and in no answer to an app, however well somebody knows them."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import api.endpoints  # noqa: F401  # fills the table
from activities.conversations.services import update_conversations
from activities.lists.models import ListMember, PeopleList
from activities.media.models import Attachment
from activities.notifications.models import Notification
from activities.posts.models import Bookmark, Like, Pin, Visibility
from activities.reactions.models import Reaction
from activities.tags.models import FeaturedTag, Hashtag
from activities.timelines.models import HomeEntry
from api.models import App, Token
from api.oauth.bearer import token_hash
from api.routing import table
from core import clock
from core.db import release_connection
from core.ids import new_id
from core.ratelimit import limiter
from federation.models import Policy
from federation.peers import set_policy
from tests.activities import people as rows
from tests.api.support.world import ALL_SCOPES, Speaker
from tests.pages.conftest import Site
from users.collections.models import Collection, CollectionItem
from users.emojis.models import Emoji
from users.relations.models import Endorsement
from web.urls import urlpatterns

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

HOST = "far.test"
SECRET = "unspeakable"
PAGE = {"Accept": "text/html"}


async def known_person(site: Site) -> dict[str, Any]:
    """Otto of a server that will be blocked, known to Mia in every way."""
    mia, ann = site.member.me, site.admin.me
    blob = {"shortcode": "blob", "url": f"https://{HOST}/{SECRET}-blob.png", "static_url": ""}
    otto = await rows.make_remote(
        "otto",
        HOST,
        name="Otto",
        summary=f"<p>{SECRET} bio</p>",
        fields=[{"name": f"{SECRET} field", "value": f"{SECRET} value"}],
        icon_url=f"https://{HOST}/{SECRET}-icon.png",
        image_url=f"https://{HOST}/{SECRET}-wide.png",
        icon_description=f"{SECRET} icon",
        image_description=f"{SECRET} header",
        emojis=[blob],
        is_discoverable=True,
        is_indexable=True,
    )
    await rows.follow(mia, otto)
    await rows.follow(otto, mia)
    words = f"<p>{SECRET} words</p>"
    theirs = await rows.make_post(otto, content=words, mentions=(mia,), emojis=[blob])
    await Attachment.objects.acreate(
        post=theirs,
        author=otto,
        kind="image",
        url=f"https://{HOST}/{SECRET}.png",
        description=f"{SECRET} picture",
    )
    mine = await rows.make_post(mia, content="<p>mine</p>")
    reply = await rows.make_post(otto, content=words, in_reply_to=mine, mentions=(mia,))
    answer = await rows.make_post(mia, content="<p>answer</p>", in_reply_to=theirs)
    boost = await rows.make_post(mia, boost_of=theirs)
    boosted = await rows.make_post(otto, boost_of=mine)
    quote = await rows.make_post(
        mia, content="<p>quoting</p>", quote_of=theirs, quote_uri=theirs.uri, quote_state="accepted"
    )
    private = await rows.make_post(otto, Visibility.mentioned, content=words, mentions=(mia,))
    await update_conversations([private.pk])
    for post in (theirs, reply, answer, boost, boosted, quote):
        await HomeEntry.objects.acreate(identity=mia, post=post)
    await Bookmark.objects.acreate(identity=mia, post=theirs)
    await Like.objects.acreate(identity=mia, post=theirs)
    await Like.objects.acreate(identity=otto, post=mine)
    await Reaction.objects.acreate(identity=otto, post=mine, name="blob", host=HOST)
    await Emoji.objects.acreate(host=HOST, shortcode="blob", url=blob["url"])
    await Pin.objects.acreate(identity=otto, post=theirs)
    tag = await Hashtag.objects.acreate(name="moss", display_name="moss")
    await FeaturedTag.objects.acreate(identity=otto, hashtag=tag)
    await Endorsement.objects.acreate(source=mia, target=otto)
    await Endorsement.objects.acreate(source=otto, target=mia)
    for kind, post in (
        ("mention", theirs),
        ("mention", private),
        ("follow", None),
        ("favourite", mine),
        ("reblog", mine),
        ("status", reply),
    ):
        await Notification.objects.acreate(identity=mia, kind=kind, actor=otto, post=post)
    await Notification.objects.acreate(identity=mia, kind="mention", actor=otto, post=reply, is_filtered=True)
    people = await PeopleList.objects.acreate(identity=mia, title="one")
    await ListMember.objects.acreate(list=people, identity=otto)
    now = clock.now()
    ours, others = [
        await Collection.objects.acreate(
            owner=owner,
            uri=f"https://x.test/{new_id()}",
            name=name,
            description=name,
            created_at=now,
            updated_at=now,
        )
        for owner, name in ((mia, "ours"), (otto, f"{SECRET} collection"))
    ]
    for collection, who in ((ours, otto), (ours, ann), (others, mia)):
        await CollectionItem.objects.acreate(
            collection=collection, identity=who, state="accepted", created_at=now
        )
    posts = [one.pk for one in (theirs, reply, answer, boost, boosted, quote, private, mine)]
    return {
        "posts": posts,
        "people": [otto.pk, mia.pk],
        "collections": [ours.pk, others.pk],
        "list": people.pk,
        "otto": otto,
    }


def filled(path: str, values: dict[str, list[object]]) -> Iterator[str]:
    """Yield a path with each of the values that its parts can have."""
    parts = re.findall(r"<(?:\w+:)?(\w+)>", path)
    for chosen in itertools.product(*(values.get(part, [1]) for part in parts)):
        address = path
        for value in chosen:
            address = re.sub(r"<[^>]+>", str(value), address, count=1)
        yield address


def told(text: str) -> str:
    """Return what a page or answer says of them that it must not, with the words around it."""
    found = re.search(f'{SECRET}|/media/r/|src=""', text)
    return text[max(0, found.start() - 60) : found.end() + 30] if found else ""


async def test_no_page_says_what_they_wrote(site: Site) -> None:
    known = await known_person(site)
    otto, post = known["otto"], known["posts"][0]
    values: dict[str, list[object]] = {
        "post_id": known["posts"],
        "person_id": known["people"],
        "identity_id": known["people"],
        "collection_id": known["collections"],
        "list_id": [known["list"]],
        "handle": [f"otto@{HOST}", "mia"],
        "tab": ["media", "replies", "featured"],
        "name": ["moss"],
    }
    asked = {
        "search": ["?q=otto", f"?q=otto@{HOST}", f"?q={otto.uri}"],
        "compose": ["", f"?reply_to={post}", f"?quote={post}"],
        "interact": [f"?uri={otto.uri}", f"?do=follow&uri={otto.uri}"],
        "notifications": ["", "?show=mentions", "?show=requests"],
    }
    assert told((await site.member.get(f"/@otto@{HOST}", headers=PAGE)).text)
    await set_policy(host=HOST, policy=Policy.blocked)
    await release_connection()
    wrong, answers = [], 0
    for pattern in urlpatterns:
        for path in filled(f"/{pattern.pattern}", values):
            for query in asked.get(str(pattern.name), [""]):
                for visitor in (site.nobody, site.member):
                    answer = await visitor.get(path + query, headers=PAGE)
                    answers += answer.status_code == 200
                    if (said := told(answer.text)) or answer.status_code >= 500:
                        wrong.append((path + query, answer.status_code, said))
    assert wrong == []
    assert answers > 100


async def speakers(site: Site, client: httpx.AsyncClient) -> tuple[Speaker, Speaker]:
    """Mia's app, and one of nobody."""
    app = await App.objects.acreate(name="App", client_id="an app", client_secret_hash="", scopes=ALL_SCOPES)
    await Token.objects.acreate(
        app=app,
        user=site.member.user,
        identity=site.member.me,
        token_hash=token_hash("mia's"),
        scopes=ALL_SCOPES,
    )
    return Speaker(client, "mia's", site.member.me), Speaker(client)


async def test_no_answer_to_an_app_says_what_they_wrote(site: Site, client: httpx.AsyncClient) -> None:
    known = await known_person(site)
    otto = known["otto"]
    mia, nobody = await speakers(site, client)
    things = [*known["posts"], *known["people"], *known["collections"], known["list"]]
    values: dict[str, list[object]] = {
        "id": things,
        "post_id": things,
        "list_id": [known["list"]],
        "hashtag": ["moss"],
    }
    asked = {
        "/api/v2/search": ["?q=otto", f"?q=otto@{HOST}&resolve=true", f"?q={otto.uri}&resolve=true"],
        "/api/v1/accounts/search": ["?q=otto", f"?q=otto@{HOST}", "?q=otto&following=true"],
        "/api/v1/accounts/lookup": [f"?acct=otto@{HOST}"],
        "/api/v1/accounts": [f"?id[]={otto.pk}"],
        "/api/v1/statuses": ["?" + "&".join(f"id[]={one}" for one in known["posts"])],
        "/api/v1/accounts/<id>/statuses": ["", "?pinned=true", "?only_media=true"],
        "/api/v1/notifications": ["", "?include_filtered=true"],
        "/api/v2/notifications": ["", "?include_filtered=true"],
    }
    assert told((await nobody.ask("GET", f"/api/v1/accounts/{otto.pk}")).text)
    await set_policy(host=HOST, policy=Policy.blocked)
    await release_connection()
    wrong, answers = [], 0
    for route in table:
        if route.method != "GET" or route.path.startswith("/api/v1/streaming"):
            continue
        for path in filled(route.path, values):
            for query in asked.get(route.path, [""]):
                for speaker in (nobody, mia):
                    limiter().clear()
                    answer = await speaker.ask("GET", path + query)
                    answers += answer.status_code == 200
                    if (said := told(answer.text)) or answer.status_code >= 500:
                        wrong.append((path + query, answer.status_code, said))
    assert wrong == []
    assert answers > 100
    for path in ("/api/v1/directory", "/api/v1/directory?order=new", "/api/v1/accounts/search?q=otto"):
        assert str(otto.pk) not in (await mia.ask("GET", path)).text, path


_OWN = {"notifications", "columns", "collections-edit"}  # of who knows them


async def test_only_their_profile_and_what_is_ones_own_names_them(
    site: Site, client: httpx.AsyncClient
) -> None:
    """Lists of followers, followed, likes, boosts, reactions and recommended people leave them out; notifications and lists of one's own stay."""
    known = await known_person(site)
    mia, nobody = await speakers(site, client)
    things = [*known["posts"], *known["people"], *known["collections"], known["list"]]
    values: dict[str, list[object]] = {"id": things, "post_id": things, "list_id": [known["list"]]}
    lookup = f"/api/v1/accounts/lookup?acct=otto@{HOST}"
    assert (await nobody.ask("GET", lookup)).status_code == 200
    likes = f"/@mia/{known['posts'][-1]}/likes"
    for path in (likes, likes.replace("likes", "boosts"), "/@mia/followers", "/@mia/following"):
        assert "Otto" in (await site.nobody.get(path, headers=PAGE)).text, path
    await set_policy(host=HOST, policy=Policy.blocked)
    await release_connection()
    assert (await nobody.ask("GET", lookup)).status_code == 404
    for query in (f"@otto@{HOST}", f"otto@{HOST}", known["otto"].uri):
        for path in (
            f"/api/v2/search?q={query}&resolve=true",
            f"/api/v1/accounts/search?q={query}&resolve=true",
        ):
            assert "otto" not in (await mia.ask("GET", path)).text, path
    page = (await site.member.get(f"/search?q=@otto@{HOST}", headers=PAGE)).text
    assert "/@otto" not in page
    told: dict[str, set[str]] = {"mia": set(), "nobody": set()}
    for route in table:
        if route.method == "GET" and not route.path.startswith("/api/v1/streaming"):
            for path in filled(route.path, values):
                for name, speaker in (("mia", mia), ("nobody", nobody)):
                    limiter().clear()
                    if "otto" in (await speaker.ask("GET", path)).text:
                        told[name].add(route.path)
    assert told["nobody"] == {"/api/v1/accounts/<id>"}
    own = {"/api/v1/lists/<id>/accounts", "/api/v1/notifications", "/api/v2/notifications"}
    assert told["mia"] == {"/api/v1/accounts/<id>", *own}
    about = {"handle": ["mia"], "post_id": known["posts"], "collection_id": known["collections"]}
    seen = set()
    for pattern in urlpatterns:
        for path in filled(f"/{pattern.pattern}", about):
            if "<" not in path and "identity_id" not in str(pattern.pattern):
                for visitor in (site.nobody, site.member):
                    if "Otto" in (await visitor.get(path, headers=PAGE)).text:
                        seen.add((pattern.name, visitor is site.member))
    assert {name for name, is_member in seen if not is_member} == set()
    assert {name for name, _is_member in seen} <= _OWN
    export = (await site.member.get("/settings/export/following_accounts.csv")).text
    assert f"otto@{HOST}" in export, "what somebody takes along is whole"
