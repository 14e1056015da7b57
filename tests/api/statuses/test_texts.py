"""Links, mentions and hashtags in texts are the same in posts, profiles and fields."""

import importlib
import re
import time
from urllib.parse import unquote

import pytest

from activities.posts.activitypub.notes import note_document
from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Post, Visibility
from activities.posts.queries.delivery import load_for_delivery
from activities.publishing.services import receiving
from activities.tags.models import FollowedTag, Hashtag, PostTag
from core import clock
from core.db import sql
from tests.activities import people as rows
from tests.api.support.world import World
from users.emojis.models import Emoji

pytestmark = pytest.mark.anyio

WRITTEN = "見てhttps://example.com、https://faß.example/a_ xmpp:ada@example.com"
LINKS = ["https://example.com", "https://xn--fa-hia.example/a_", "xmpp:ada@example.com"]


def hrefs(html: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', html)


async def test_posts_profiles_and_fields_have_the_same_links(world: World) -> None:
    posted = await world.ada.post("/api/v1/statuses", "Status", data={"status": WRITTEN})
    assert hrefs(posted["content"]) == LINKS
    fields = {"fields_attributes[0][name]": "here", "fields_attributes[0][value]": WRITTEN}
    me = await world.ada.patch("/api/v1/accounts/update_credentials", data={"note": WRITTEN, **fields})
    assert hrefs(me["note"]) == hrefs(me["fields"][0]["value"]) == LINKS
    assert me["fields"][0]["value"].count('rel="me nofollow noopener"') == 3


async def test_a_mention_of_an_international_host_is_of_its_owner_and_shown_in_its_script(
    world: World,
) -> None:
    right = await rows.make_remote("zoe", "xn--fa-hia.example")
    wrong = await rows.make_remote("zoe", "fass.example")
    posted = await world.ada.post(
        "/api/v1/statuses", "Status", data={"status": "psst @zoe@faß.example", "visibility": "direct"}
    )
    assert [(one["id"], one["acct"]) for one in posted["mentions"]] == [(str(right.pk), "zoe@faß.example")]
    for name in ("zoe@faß.example", "@zoe@xn--fa-hia.example", "ZOE@FAẞ.example"):
        found = await world.ada.get("/api/v1/accounts/lookup", "Account", params={"acct": name})
        assert (found["id"], found["acct"]) == (str(right.pk), "zoe@faß.example")
    found = await world.ada.get("/api/v1/accounts/lookup", "Account", params={"acct": "zoe@fass.example"})
    assert found["id"] == str(wrong.pk)


async def test_a_domain_block_in_any_spelling_is_of_one_host(world: World) -> None:
    await world.ada.post("/api/v1/domain_blocks", data={"domain": "ΣΑΣ.example"})
    assert await world.ada.get("/api/v1/domain_blocks") == ["xn--mxa9ab.example"]
    await world.ada.delete("/api/v1/domain_blocks", data={"domain": "σασ.example"})
    assert await world.ada.get("/api/v1/domain_blocks") == []


async def test_a_hashtag_is_found_without_its_accents_and_its_address_is_encoded(world: World) -> None:
    posted = await world.ada.post("/api/v1/statuses", "Status", data={"status": "#català #日本 #Åse"})
    assert {tag["name"] for tag in posted["tags"]} == {"catala", "日本", "ase"}
    for tag in posted["tags"]:
        assert tag["url"].isascii()
        assert unquote(tag["url"]).endswith(f"/tags/{tag['name']}")
        assert tag["url"] in hrefs(posted["content"])
    for name in ("catala", "català", "CATALÀ", "cata\u0300la\u0300".replace("cata\u0300", "cata")):
        found = await world.nobody.get(f"/api/v1/timelines/tag/{name}")
        assert [post["id"] for post in found] == [posted["id"]]
    found = await world.ada.get("/api/v2/search", params={"q": "#català", "type": "hashtags"})
    assert [tag["name"] for tag in found["hashtags"]] == ["català"]
    assert (await world.nobody.ask("GET", "/tags/català")).status_code == 200


async def test_names_from_outside_that_are_no_hashtags_are_cleaned_or_left_out(world: World) -> None:
    far = await rows.make_remote("zoe", "far.example")
    names = (
        "#blender 3d",
        "#a/b?c",
        "#100%",
        "#",
        "# ",
        "#...",
        "#" + "x" * 300,
        "#ok",
        "#\u202eevil",
        "#é\x00",
    )
    post = await receiving.receive_post(
        author=far,
        document=PostDocument(
            uri=f"{far.uri}/1",
            author_uri=far.uri,
            visibility=Visibility.public,
            published=rows.ago(hours=1),
            content_html="<p>x</p>",
            hashtags=names,
        ),
    )
    assert post is not None
    shown = await world.ada.get(f"/api/v1/statuses/{post.pk}", "Status")
    assert {tag["name"] for tag in shown["tags"]} == {"blender3d", "abc", "ok", "evil", "e"}


async def test_hashtags_from_before_are_merged(world: World) -> None:
    post = await world.post(world.bea, "#caffè")
    kept = await Hashtag.objects.aget(name="caffe")
    old = await Hashtag.objects.acreate(name="caffè", display_name="Caffè")
    alone = await Hashtag.objects.acreate(name="smørrebrød", display_name="Smørrebrød")
    untouched = await Hashtag.objects.acreate(name="йод", display_name="йод")
    await PostTag.objects.acreate(post=post, hashtag=old)
    for tag in (old, alone):
        await FollowedTag.objects.acreate(identity=world.ada.me, hashtag=tag)
    migration = importlib.import_module("activities.migrations.0009_fold_accents_of_hashtags")
    for statement in migration.MERGE.replace("ON COMMIT DROP", "").split(";\n"):
        if statement.strip():
            await sql.run(statement)
    await sql.run("DROP TABLE folded_hashtags")
    names = {tag.pk: tag.name async for tag in Hashtag.objects.all()}
    assert names == {kept.pk: "caffe", alone.pk: "smorrebrod", untouched.pk: "йод"}
    assert [row.hashtag_id async for row in PostTag.objects.all()] == [kept.pk]
    assert {row.hashtag_id async for row in FollowedTag.objects.all()} == {kept.pk, alone.pk}


MARKED = "**Gulls** eat `@chips` #gulls"
MARKDOWN = "text/markdown"


async def test_markdown_is_rendered_sent_and_kept_by_an_edit(world: World) -> None:
    made = await world.ada.post(
        "/api/v1/statuses", "Status", json={"status": MARKED, "content_type": MARKDOWN}
    )
    assert made["content"].startswith("<p><strong>Gulls</strong> eat <code>@chips</code> <a ")
    assert [tag["name"] for tag in made["tags"]] == ["gulls"]
    path = f"/api/v1/statuses/{made['id']}"
    source = await world.ada.get(f"{path}/source")
    assert (source["text"], source["content_type"]) == (MARKED, MARKDOWN)
    note = note_document((await load_for_delivery([int(made["id"])]))[int(made["id"])])
    assert note["source"] == {"content": MARKED, "mediaType": MARKDOWN}
    edited = await world.ada.put(path, "Status", json={"status": "*Terns*"})
    assert edited["content"] == "<p><em>Terns</em></p>"
    edited = await world.ada.put(path, "Status", json={"status": "*Terns*", "content_type": "text/plain"})
    assert edited["content"] == "<p>*Terns*</p>"
    assert (await world.ada.get(f"{path}/source"))["content_type"] == "text/plain"
    assert not (await Post.objects.aget(pk=made["id"])).is_markdown


async def test_everything_else_is_plain_text(world: World) -> None:
    made = await world.ada.post("/api/v1/statuses", json={"status": "**a**"})
    assert made["content"] == "<p>**a**</p>"
    assert "source" not in note_document((await load_for_delivery([int(made["id"])]))[int(made["id"])])
    html = {"status": "<b>a</b>", "content_type": "text/html"}
    assert (await world.ada.post("/api/v1/statuses", json=html))["content"] == "<p>&lt;b&gt;a&lt;/b&gt;</p>"
    limits = (await world.ada.get("/api/v2/instance"))["configuration"]["statuses"]
    assert limits["supported_mime_types"] == ["text/plain", MARKDOWN]


async def test_a_text_that_is_too_long_is_not_read_as_markdown(world: World) -> None:
    made = await world.ada.post("/api/v1/statuses", json={"status": "a"})
    before = time.process_time()
    edit = {"status": "[" * 400_000, "content_type": MARKDOWN}
    answer = await world.ada.ask("PUT", f"/api/v1/statuses/{made['id']}", json=edit)
    assert answer.status_code == 422
    assert time.process_time() - before < 2


async def test_emoji_in_code_are_words(world: World) -> None:
    await Emoji.objects.acreate(shortcode="blob", file="blob.png", updated_at=clock.now())
    named = {"status": "Type `:blob:`", "content_type": MARKDOWN}
    assert (await world.ada.post("/api/v1/statuses", json=named))["emojis"] == []
    shown = {"status": "Type :blob:", "content_type": MARKDOWN}
    assert len((await world.ada.post("/api/v1/statuses", json=shown))["emojis"]) == 1
