"""Administration pages: what operators can do, and what they must not be able to do."""

import asyncio
import re

import pytest

import stator
from core import clock
from core.config import config
from federation import peers
from federation.inbox.refusals import write_refusals
from federation.models import Peer
from federation.policies import Handling
from stator import transition
from stator.registry import graph_of
from tests.activities import people as rows
from tests.activities.asking import signed_get
from tests.pages.all_pages.test_pages import ADMINS, MODERATORS
from tests.pages.conftest import Site, Visitor
from tests.users.support import fresh, make_user
from users.audit.models import AuditEntry
from users.domains.models import Domain
from users.identities.models import Identity, IdentityGraph, Restriction
from users.logins.models import AccessRole, SignUp, User
from users.moderation.models import Report
from users.roles.models import MODERATOR, OWNER
from users.sharing.services import give_access

pytestmark = pytest.mark.anyio


async def listed(visitor: Visitor, query: str = "") -> list[str]:
    """The names of the servers on the page, one a row."""
    page = (await visitor.get(f"/admin/peers{query}")).text
    return re.findall(r'<td data-label="Server">\s*([^\s<]+)', page)


async def test_a_server_is_blocked_and_unblocked(site: Site) -> None:
    answer = await site.moderator.post(
        "/admin/peers", {"host": "*.Bad.test", "policy": "blocked", "note": "spam"}
    )
    assert answer.headers["location"] == "/admin/peers?q=bad.test"
    page = await site.moderator.get("/admin/peers?policy=blocked")
    assert await listed(site.moderator, "?policy=blocked") == ["bad.test"]
    assert "spam" in page.text
    await site.moderator.post("/admin/peers", {"host": "bad.test", "policy": "open"})
    assert await listed(site.moderator, "?policy=blocked") == []
    for host in ("not a host", site.domain.name, ""):
        answer = await site.moderator.post("/admin/peers", {"host": host, "policy": "blocked"})
        assert answer.status_code == 422, host


@pytest.mark.parametrize("is_known", [False, True])
async def test_two_acts_at_once_on_a_server_happen_one_after_the_other(site: Site, is_known: bool) -> None:
    """What the log says was before is what the other act set, and neither takes the other's back."""
    if is_known:
        await Peer.objects.acreate(host="bad.test", policy_note="Adverts")
    media = {"host": "bad.test", "policy": "limited", "note": "Adverts", "media": "refused"}
    reports = {"host": "bad.test", "policy": "blocked", "note": "Adverts", "reports": "refused"}
    acts = [(site.moderator, media), (site.admin, reports)] * 2
    answers = await asyncio.gather(*(visitor.post("/admin/peers", form) for visitor, form in acts))
    assert {answer.status_code for answer in answers} == {303}
    peer = await Peer.objects.aget(host="bad.test")
    assert (peer.reject_media, peer.reject_reports) == (True, True)
    logged = [entry.details async for entry in AuditEntry.objects.order_by("id")]
    set_to = [details["policy"] for details in logged]
    assert [details["before"] for details in logged] == ["open", *set_to[:-1]]
    assert set_to[-1] == peer.policy


async def test_posts_of_a_server_are_changed_until_staff_take_it_back(site: Site) -> None:
    """Each of the three changes stays as it was when something else of the server changes; the log says what holds."""
    known = {"host": "far.test", "policy": "open", "note": ""}
    answer = await site.moderator.post(
        "/admin/peers", {**known, "force_sensitive": "yes", "strip_links": "yes"}
    )
    page = (await site.moderator.get(answer.headers["location"])).text
    assert "What happens with posts of far.test was saved." in page
    assert ("media covered" in page, "posts unlisted" in page, "links removed" in page) == (True, False, True)
    await site.moderator.post("/admin/peers", {**known, "strip_links": "no", "force_unlisted": "yes"})
    await site.moderator.post("/admin/peers", {**known, "note": "adverts"})
    peer = await Peer.objects.aget(host="far.test")
    assert Handling(peer.handling) == Handling.force_sensitive | Handling.force_unlisted
    assert await peers.handling_of("cdn.far.test") == peer.handling
    assert await peers.handling_of("notfar.test") == Handling.as_sent
    log = (await site.moderator.get("/admin/audit")).text
    assert "media covered" in log
    assert "posts unlisted" in log


async def test_a_blocked_server_stays_blocked_when_only_its_posts_are_changed(site: Site) -> None:
    """The form chose "Open" by itself."""
    await site.moderator.post("/admin/peers", {"host": "bad.test", "policy": "blocked", "note": ""})
    page = (await site.moderator.get("/admin/peers?host=bad.test")).text
    assert re.search(r'<select name="policy".*?<option value="" selected>As before', page, re.DOTALL)
    form = {"host": "bad.test", "policy": "", "strip_links": "yes", "note": ""}
    assert (await site.moderator.post("/admin/peers", form)).status_code == 303
    assert (await Peer.objects.aget(host="bad.test")).policy == "blocked"


async def test_media_of_a_server_is_refused_and_shown(site: Site) -> None:
    """Whether it is shown stays as it was when the policy or the note changes."""
    known = {"host": "far.test", "policy": "limited", "note": "gore"}
    assert (await site.moderator.post("/admin/peers", known)).status_code == 303
    assert await peers.takes_media_from("cdn.far.test")
    answer = await site.moderator.post("/admin/peers", {**known, "media": "refused"})
    assert (
        "Media from far.test is now refused." in (await site.moderator.get(answer.headers["location"])).text
    )
    assert not await peers.takes_media_from("cdn.far.test")
    assert (await site.moderator.post("/admin/peers", {**known, "policy": "open"})).status_code == 303
    assert not await peers.takes_media_from("far.test")
    page = await site.moderator.get("/admin/peers?policy=without-media")
    assert await listed(site.moderator, "?policy=without-media") == ["far.test"]
    assert "gore" in page.text
    await site.moderator.post("/admin/peers", {**known, "media": "shown"})
    assert await peers.takes_media_from("far.test")
    assert await listed(site.moderator, "?policy=without-media") == []
    assert (await site.moderator.post("/admin/peers", {**known, "media": "eaten"})).status_code == 422


async def test_reports_of_a_server_are_refused_and_accepted(site: Site) -> None:
    """Whether they are read stays as it was when the policy or the note changes."""
    known = {"host": "far.test", "policy": "limited", "note": "noise"}
    answer = await site.moderator.post("/admin/peers", {**known, "reports": "refused"})
    page = (await site.moderator.get(answer.headers["location"])).text
    assert "Reports from far.test are now refused." in page
    assert "reports refused" in page
    assert not await peers.takes_reports_from("a.far.test")
    assert await peers.takes_media_from("far.test")
    assert (await site.moderator.post("/admin/peers", {**known, "policy": "open"})).status_code == 303
    assert not await peers.takes_reports_from("far.test")
    assert await listed(site.moderator, "?policy=without-reports") == ["far.test"]
    answer = await site.moderator.post("/admin/peers", {**known, "reports": "accepted"})
    assert (
        "Reports from far.test are now accepted."
        in (await site.moderator.get(answer.headers["location"])).text
    )
    assert await peers.takes_reports_from("far.test")
    assert await listed(site.moderator, "?policy=without-reports") == []
    assert (await site.moderator.post("/admin/peers", {**known, "reports": "eaten"})).status_code == 422


async def test_federation_with_listed_servers_only(site: Site) -> None:
    """Others count as blocked: their public posts are hidden, nothing is sent to them or taken from them. Undoing it brings all back."""
    for name, host in (("lena", "friends.test"), ("otto", "far.test")):
        await rows.make_post(await rows.make_remote(name, host, summary=f"<p>about {name}</p>"))
    assert (await site.moderator.post("/admin/federation", {"mode": "listed"})).status_code == 404
    answer = await site.admin.post("/admin/federation", {"mode": "listed"})
    assert "No server is allowed or limited yet." in (await site.admin.get(answer.headers["location"])).text
    assert not await peers.is_allowlist_mode()
    assert (await site.admin.post("/admin/federation", {"mode": "listed", "sure": "yes"})).status_code == 303
    assert await peers.is_allowlist_mode()
    answer = await site.admin.post("/admin/peers", {"host": "friends.test", "policy": "allowed"})
    assert answer.status_code == 303
    mine = await rows.make_post(site.member.me)

    async def shown() -> set[str]:
        posts = (await site.nobody.get("/api/v1/timelines/public")).json()
        return {post["account"]["acct"] for post in posts}

    assert await shown() == {site.member.me.username, "lena@friends.test"}
    assert await peers.unblocked({"far.test", "www.friends.test", "friends.test:8443"}) == {
        "www.friends.test", "friends.test:8443"
    }  # fmt: skip
    page = (await site.admin.get("/admin/peers")).text
    assert "federates with listed servers only" in page
    assert not [name for name in await listed(site.admin) if name.startswith("*")]
    assert (await site.nobody.get("/api/v2/instance")).json()["configuration"]["limited_federation"] is True
    far = await signed_get(site.nobody.http, mine.uri, await Identity.objects.aget(username="otto"))
    assert far.status_code == 404
    found = (await site.member.get("/search?q=otto")).text
    assert "otto@far.test" not in found
    assert "lena@friends.test" in (await site.member.get("/search?q=lena")).text
    profile = (await site.member.get("/@otto@far.test")).text
    assert "This server doesn't communicate with far.test." in profile
    assert "about otto" not in profile
    otto = await Identity.objects.aget(username="otto")
    account = (await site.nobody.get(f"/api/v1/accounts/{otto.pk}")).json()
    assert (account["suspended"], account["note"]) == (True, "")

    await site.admin.post("/admin/federation", {"mode": "open"})
    assert await shown() == {site.member.me.username, "lena@friends.test", "otto@far.test"}
    assert "isn&#x27;t blocked" in (await site.admin.get("/admin/peers")).text
    assert "otto@far.test" in (await site.member.get("/search?q=otto")).text
    assert "about otto" in (await site.member.get("/@otto@far.test")).text


async def test_a_suspended_person_cannot_act_and_is_hidden(site: Site) -> None:
    mia = site.member.me
    post = await rows.make_post(mia)
    path = f"/admin/people/{mia.pk}/restrict"
    assert (await site.nobody.get(f"/@mia/{post.pk}")).status_code == 200
    assert (await site.moderator.post(path, {"restriction": "suspended"})).status_code == 303
    assert (await site.nobody.get(f"/@mia/{post.pk}")).status_code == 404
    assert (await site.member.get("/home")).headers["location"] == "/settings/identities"
    await site.moderator.post(path, {"restriction": "none"})
    assert (await site.member.get("/home")).status_code == 200
    assert (await site.moderator.post(path, {"restriction": "nonsense"})).status_code == 422


async def test_moderators_leave_each_other_and_admins_alone(site: Site) -> None:
    path = "/admin/people/{}/restrict"
    for target in (site.admin.me, site.moderator.me):
        answer = await site.moderator.post(path.format(target.pk), {"restriction": "limited"})
        assert answer.status_code == 403
    assert (
        await site.admin.post(path.format(site.moderator.me.pk), {"restriction": "limited"})
    ).status_code == 303
    assert (await fresh(site.moderator.me)).restriction == Restriction.limited


async def test_admins_give_roles_and_disable_logins_but_not_their_own(site: Site) -> None:
    role, disable = "/admin/logins/{}/role", "/admin/logins/{}/disable"
    mia = site.member.user.pk
    assert (await site.moderator.post(role.format(mia), {"role": OWNER.id})).status_code == 404
    assert (await site.admin.post(role.format(mia), {"role": "king"})).status_code == 422
    assert (await site.admin.post(role.format(site.admin.user.pk), {"role": ""})).status_code == 403
    await site.admin.post(role.format(mia), {"role": MODERATOR.id})
    assert (await User.objects.aget(pk=mia)).permissions() == MODERATOR.permissions
    await site.admin.post(role.format(mia), {"role": ""})
    assert not (await User.objects.aget(pk=mia)).is_staff
    assert (await site.admin.post(disable.format(site.admin.user.pk), {"disabled": "yes"})).status_code == 403
    await site.admin.post(disable.format(mia), {"disabled": "yes"})
    assert (await site.member.get("/home")).headers["location"].startswith("/sign-in")


async def test_reports_are_dealt_with_and_opened_again(site: Site) -> None:
    report = await Report.objects.acreate(source=site.member.me, target=site.admin.me, comment="Too loud")
    assert "Too loud" in (await site.moderator.get("/admin/reports")).text
    await site.moderator.post(f"/admin/reports/{report.pk}/resolve", {"resolved": "yes"})
    assert "Too loud" not in (await site.moderator.get("/admin/reports")).text
    assert "Too loud" in (await site.moderator.get("/admin/reports?show=resolved")).text
    await site.moderator.post(f"/admin/reports/{report.pk}/resolve")
    assert "Too loud" in (await site.moderator.get("/admin/reports")).text


@pytest.mark.slow
async def test_pending_sign_ups_are_approved_or_refused(site: Site) -> None:
    for name in ("yes", "no"):
        user = await make_user(f"{name}@example.org", approved_at=None)
        await SignUp.objects.acreate(user=user, domain=site.domain, username=name)
        assert f"@{name}@" in (await site.moderator.get("/admin/sign-ups")).text
        way = "approve" if name == "yes" else "refuse"
        await site.moderator.post(f"/admin/sign-ups/{user.pk}/{way}")
    assert (await User.objects.aget(email="yes@example.org")).approved_at is not None
    assert not await User.objects.filter(email="no@example.org").aexists()
    assert await Identity.objects.filter(username="yes").aexists()
    assert not await SignUp.objects.aexists()
    assert not await Identity.objects.filter(username="no").aexists()
    answer = await site.moderator.post(f"/admin/sign-ups/{site.member.user.pk}/refuse")
    assert answer.status_code == 404, "only those who wait can be refused"


async def test_domains_are_made_and_changed(site: Site) -> None:
    answer = await site.admin.post("/admin/domains/new", {"name": "Second.test", "title": "Two"})
    second = await Domain.objects.aget(name="second.test")
    path = f"/admin/domains/{second.pk}"
    assert answer.headers["location"] == path
    form = {
        "title": "Second",
        "description": "Words",
        "sign_up_mode": "approval",
        "accent_color": "#ffcc00",
        "contact_email": "",
        "authorized_fetch": "on",
    }
    assert (await site.admin.post(path, form)).status_code == 303
    second = await Domain.objects.aget(pk=second.pk)
    assert second.authorized_fetch
    assert (second.title, second.is_public) == ("Second", False)
    for wrong in ({"accent_color": "red;}"}, {"sign_up_mode": "x"}, {"contact_email": "x"}):
        assert (await site.admin.post(path, {**form, **wrong})).status_code == 422
    assert (await site.admin.post("/admin/domains/new", {"name": "second.test"})).status_code == 422
    theme = (await site.nobody.get("/theme.css", headers={"Host": "second.test"})).text
    assert "--accent: #ffcc00" in theme
    assert "--on-accent: #14121a" in theme, "dark words on a light colour"


async def test_failed_work_shows_its_reason_and_is_tried_again(site: Site) -> None:
    identity = await rows.make_remote("lost")
    await transition(identity, IdentityGraph.outdated)
    await Identity.objects.filter(pk=identity.pk).aupdate(
        state="unreachable", state_failed_in="outdated", state_error="no route to <host>", state_due_at=None
    )
    page = await site.moderator.get("/admin/queues/users.identity")
    assert "no route to &lt;host&gt;" in page.text
    answer = await site.moderator.post("/admin/queues/users.identity/retry", {"pk": str(identity.pk)})
    assert answer.status_code == 303
    assert await stator.failed_rows("users.identity") == []
    for path in ("/admin/queues/no.model", "/admin/queues/users.user"):
        assert (await site.moderator.get(path)).status_code == 404


@pytest.mark.slow
async def test_queues_have_names_for_people(site: Site) -> None:
    """They were the names of models, such as activities.post."""
    page = (await site.moderator.get("/admin/queues")).text
    for model in stator.stateful_models():
        graph, label = graph_of(model), model._meta.label_lower
        assert graph.title, f"{graph.__name__} has no title"
        assert f"<td>{graph.title}</td>" in page
        assert f">{label}<" not in page
        failed = (await site.moderator.get(f"/admin/queues/{label}")).text
        assert f"<h2>Failed: {graph.title}</h2>" in failed
        assert all(state.doc for state in graph.states.values()), graph
    assert len({graph_of(model).title for model in stator.stateful_models()}) == len(stator.stateful_models())


async def test_logins_are_numbered_only_where_there_are_several(site: Site) -> None:
    path = f"/admin/people/{site.member.me.pk}"
    await User.objects.aupdate(last_seen_at=clock.now())
    page = " ".join((await site.admin.get(path)).text.split())
    assert "<h2>Login</h2>" in page
    assert re.search(r"Since <time[^>]*>[^<]*</time> · last seen", page)
    await give_access(identity=site.member.me, user=site.moderator.user, role=AccessRole.editor)
    page = (await site.admin.get(path)).text
    assert "<h2>Login 1</h2>" in page
    assert "<h2>Login 2</h2>" in page


async def test_moderators_see_what_was_refused_at_the_door(site: Site) -> None:
    headers = {
        "content-type": "application/activity+json",
        "signature": 'keyId="https://odd.test/<b>key",x="',
    }
    answer = await site.nobody.http.post("/inbox", content=b'{"type": "<i>Wave"}', headers=headers)
    assert answer.status_code == 401
    await write_refusals()
    page = (await site.moderator.get("/admin/queues")).text
    assert "Refused on arrival" in page
    assert "<td>odd.test</td>" in page
    assert "&lt;i&gt;Wave" in page
    assert "<b>key" not in page
    assert (await site.member.get("/admin/queues")).status_code == 404


async def test_staff_see_while_mails_are_only_printed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = ("/admin", "/admin/sign-ups", f"/admin/domains/{site.domain.pk}")
    for url, is_told in (("console:", True), ("smtp://mail.test", False)):
        monkeypatch.setattr(config(), "mail_url", url)
        for path in pages:
            page = " ".join((await site.admin.get(path)).text.split())
            for words in (
                "This server sends no mail.",
                "has no mail server yet",
                "nobody can confirm an address",
                "set <code>TAKAHE_MAIL_URL</code>, for example to <code>smtp://",
            ):
                assert (words in page) is is_told, (path, url, words)
    assert "TAKAHE_MAIL_URL" not in (await site.member.get("/about")).text


@pytest.mark.slow
async def test_each_page_marks_its_tab(site: Site) -> None:
    """The tabs of a phone show the current one first; reports and media marked none."""
    for path in (*MODERATORS, *ADMINS, "/admin/emojis", "/admin/invitations", "/admin/access"):
        strip = (await site.admin.get(path)).text.partition('<nav class="tabs')[2].partition("</nav>")[0]
        assert strip.count('aria-current="page"') == 1, path
