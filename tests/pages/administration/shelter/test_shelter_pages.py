"""The pages of the storm shelter: rules are added, changed and removed, and held posts are released or deleted."""

import re

import pytest

from activities.posts.activitypub.post_document import MentionInDocument, PostDocument
from activities.posts.models import Post, Visibility
from activities.publishing.services.receiving import receive_post
from activities.shelter.models import RuleTrial, ShelteredPost, ShelterRule
from activities.shelter.queries.trials import Tried, try_batch, try_rule
from activities.shelter.services.trials import keep_progress, start_trial
from core import clock
from core.db import sql
from core.ids import id_at
from stator.workers.worker import Worker
from tests.activities.people import ago, make_post, make_remote
from tests.federation.conftest import running
from tests.pages.conftest import Site
from tests.support.waiting import wait_until
from users.domains.options import QUARANTINE_PERSON_DAYS, set_value
from users.logins.services.staff import OPERATOR

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
    path = f"/admin/shelter/{rule.pk}"
    assert (await site.member.post(f"{path}/try", {})).status_code == 404
    assert not await RuleTrial.objects.aexists()
    for _ in range(2):  # a second press changes nothing
        assert (await site.admin.post(f"{path}/try", {})).status_code == 303
    page = (await site.admin.get(path)).text
    assert "Compared so far" in page
    await tried_out()
    page = (await site.admin.get(path)).text
    assert "the last week: 3 of 4" in " ".join(page.split())
    assert "Compared so far" not in page
    assert "Authors: 1" in page
    assert "@far@far.test" in page
    trial = await RuleTrial.objects.aget()
    assert sum(trial.by_day.values()) == sum(trial.by_author.values()) == 3
    assert "A post that isn't public" in page
    assert private.uri not in page
    assert (await ShelterRule.objects.aget()).matches == 0
    assert await Post.objects.filter(deleted_at=None).acount() == 5


async def test_a_trial_of_a_week_with_many_posts_goes_on_where_it_was_and_ends_with_a_change(
    site: Site,
) -> None:
    """A worker that is stopped loses nothing; what was counted for other conditions is not shown."""
    far = await make_remote("far")
    for number in range(450):
        await make_post(far, content=f"<p>{'pills' if number % 3 == 0 else 'hills'}</p>")
    await site.admin.post("/admin/shelter/new", RULE | {"phrases": "pills"})
    rule = await ShelterRule.objects.aget()
    await start_trial(moderator=OPERATOR, rule_id=rule.pk)
    trial = await RuleTrial.objects.aget()
    tried = Tried()
    before = await try_batch(rule, tried, since=trial.since, before=trial.before)
    assert before is not None
    await keep_progress(trial, tried, before)
    assert (tried.checked, tried.matches) == (200, 66)
    await tried_out()
    trial = await RuleTrial.objects.aget()
    assert (trial.checked, trial.matches, trial.by_author) == (450, 150, {"far@far.test": 150})
    assert await try_rule(rule) == Tried(450, 150, trial.by_day, trial.by_author, trial.examples)
    await site.admin.post(f"/admin/shelter/{rule.pk}", RULE | {"phrases": "hills"})
    assert not await RuleTrial.objects.aexists()
    assert not await keep_progress(trial, tried, 5)


async def tried_out() -> None:
    async with running(Worker([RuleTrial], with_jobs=False, poll_s=0.5, drain_s=1)):
        await wait_until(
            lambda: sql.value("SELECT count(*) = 0 FROM activities_ruletrial WHERE state = 'running'")
        )


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


async def test_mentions_by_new_people_wait_for_those_whom_they_mention(site: Site) -> None:
    """They are a line on the page of notifications, are read and accepted on that of filtered ones, and staff see them, too."""
    await set_value(QUARANTINE_PERSON_DAYS, 7)
    posts = [await mention_by(name, site) for name in ("nell", "otto")]
    front = " ".join((await site.member.get("/notifications")).text.split())
    assert "2 mentions from people new to this server wait" in front
    assert "Hello from" not in front
    waiting = (await site.member.get("/notifications/filtered")).text
    assert waiting.count("New to this server") == 2
    assert "Hello from nell" in waiting
    assert f"/{posts[0].pk}" not in waiting, "its page is not there yet"
    staff = (await site.admin.get("/admin/shelter/held")).text
    assert staff.count("New to this server") == 2
    accept = re.findall(r'formaction="(/notifications/filtered/\d+/accept)"', waiting)
    assert (await site.admin.post(accept[1])).status_code == 404, "somebody else's"
    assert (await site.member.post(accept[1])).status_code == 303
    after = (await site.member.get("/notifications")).text
    assert "Hello from nell" in after
    assert "Hello from otto" not in after
    assert "1 mention from people new to this server waits" in " ".join(after.split())
    assert "Hello from nell" not in (await site.admin.get("/admin/shelter/held")).text


async def mention_by(name: str, site: Site) -> Post:
    author = await make_remote(name)
    me = site.member.me.uri
    note = PostDocument(
        uri=f"{author.uri}/1",
        author_uri=author.uri,
        visibility=Visibility.public,
        published=clock.now(),
        content_html=f"<p>Hello from {name}</p>",
        addressed=[me],
        mentions=[MentionInDocument(me)],
    )
    post = await receive_post(author=author, document=note)
    assert post is not None
    return post
