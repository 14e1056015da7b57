"""The pages of the storm shelter: rules are added, changed and removed, and held posts are released or deleted."""

import re

import pytest

from activities.posts.models import Post, Visibility
from activities.shelter.models import ShelteredPost, ShelterRule
from core.ids import id_at
from tests.activities.people import ago, make_post, make_remote
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

RULE = {"rule_name": "Pills", "rule_action": "hold", "mode": "trial"}


async def test_a_rule_is_added_changed_and_removed(site: Site) -> None:
    assert "There are no rules." in (await site.admin.get("/admin/shelter")).text
    form = RULE | {"phrases": "cheap pills\r\n*pill*\r\n", "link_hosts": "BAD.example", "min_strangers": "2"}
    assert (await site.admin.post("/admin/shelter/new", form)).status_code == 303
    rule = await ShelterRule.objects.aget()
    assert (rule.phrases, rule.link_hosts, rule.min_strangers) == (
        ["cheap pills", "*pill*"],
        ["bad.example"],
        2,
    )
    await ShelterRule.objects.aupdate(
        matches=12,
        examples=[{"uri": "https://far.test/1", "author": "far@far.test"}, {"uri": "", "author": "b@c"}],
    )
    assert ">Pills<" in (await site.admin.get("/admin/shelter")).text
    page = (await site.admin.get(f"/admin/shelter/{rule.pk}")).text
    assert "cheap pills\n*pill*</textarea>" in page
    assert 'href="https://far.test/1"' in page
    assert "A post that isn't public" in page
    changed = RULE | {"mode": "active", "hosts": "spam.example"}
    assert (await site.admin.post(f"/admin/shelter/{rule.pk}", changed)).status_code == 303
    rule = await ShelterRule.objects.aget()
    assert (rule.mode, rule.phrases, rule.hosts, rule.matches) == ("active", [], ["spam.example"], 12)
    assert (await site.admin.post(f"/admin/shelter/{rule.pk}/remove", {})).status_code == 303
    assert (await site.admin.post(f"/admin/shelter/{rule.pk}/remove", {})).status_code == 404
    assert not await ShelterRule.objects.aexists()


async def test_a_rule_is_tried_on_the_last_week(site: Site) -> None:
    far = await make_remote("far")
    for content in ("Cheap pills", "cheap, pills!", "nothing"):
        await make_post(far, content=f"<p>{content}</p>")
    await make_post(far, content="<p>cheap pills</p>", created_at=ago(days=8), id=id_at(ago(days=8)))
    private = await make_post(far, content="<p>cheap pills</p>", visibility=Visibility.mentioned)
    form = RULE | {"phrases": "cheap pills", "younger_than_h": "96", "rule_action": "drop"}
    await site.admin.post("/admin/shelter/new", form)
    rule = await ShelterRule.objects.aget()
    page = (await site.admin.get(f"/admin/shelter/{rule.pk}?try=week")).text
    assert "the last week: 3 of 4" in " ".join(page.split())
    assert "A post that isn't public" in page
    assert private.uri not in page
    assert (await ShelterRule.objects.aget()).matches == 0
    assert await Post.objects.filter(deleted_at=None).acount() == 5


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Enter at least one condition."),
        ({"phrases": "x\n***"}, "contains neither letters nor digits"),
        ({"hosts": "not a host"}, "can&#x27;t be a domain name"),
        ({"phrases": "x" * 201}, "A value can have at most 200 characters."),
        ({"min_mentions": "0"}, "greater than or equal to 1"),
        ({"rule_action": "explode", "phrases": "x"}, "explode is not one of the available choices"),
    ],
)
async def test_what_is_wrong_is_said_and_kept(site: Site, form: dict[str, str], said: str) -> None:
    answer = await site.admin.post("/admin/shelter/new", RULE | form)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Pills"' in answer.text
    assert not await ShelterRule.objects.aexists()


async def test_held_posts_are_released_or_deleted(site: Site) -> None:
    assert "No held posts" in (await site.admin.get("/admin/shelter/held")).text
    far = await make_remote("far")
    posts = []
    for name in ("first", "second", "third"):
        post = await make_post(far, content=f"<p>the {name} &lt;script&gt;</p>", state="sheltered")
        await ShelteredPost.objects.acreate(post=post, rule_id=1, rule_name="Pills", was="fanned_out")
        posts.append(post)
    overview = (await site.admin.get("/admin", headers={"Accept": "text/html"})).text
    assert "3 held posts are waiting for a decision." in overview
    assert re.search(
        r'href="/admin/shelter"[^>]*>(?:(?!</a>).)*</span>3<span class="visually-hidden"> waiting',
        overview,
        re.DOTALL,
    )
    page = (await site.admin.get("/admin/shelter/held")).text
    assert page.index("the third") < page.index("the second") < page.index("the first")
    assert "<script>" not in page.partition("the third")[2].partition("the first")[0]
    for visitor in (site.member,):
        assert (await visitor.get("/admin/shelter/held")).status_code == 404
        form = {"action": "release", "post": str(posts[0].pk)}
        assert (await visitor.post("/admin/shelter/held/decide", form)).status_code == 404
    for action, post, state in (("release", posts[0], "fanned_out"), ("drop", posts[1], "deleted")):
        form = {"action": action, "post": str(post.pk)}
        assert (await site.admin.post("/admin/shelter/held/decide", form)).status_code == 303
        assert (await Post.objects.aget(pk=post.pk)).state == state
    page = (await site.admin.get("/admin/shelter/held")).text
    assert "the third" in page
    assert "the second" not in page
    assert "the first" not in page
