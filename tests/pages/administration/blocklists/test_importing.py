"""A blocklist is uploaded, looked at, applied by the worker and undone; what is no list, and who may not, is refused."""

import re
from collections import Counter

import pytest

from federation.models import Peer, Policy
from stator.workers.worker import Worker
from tests.activities import people as rows
from tests.federation.conftest import running
from tests.pages.conftest import Site, Visitor
from tests.support.waiting import wait_until
from users.audit.models import AuditEntry
from users.blocklists.models import Blocklist, BlocklistRow
from users.blocklists.reading import MAX_BYTES
from users.blocklists.services import BATCH_SIZE
from users.relations.services.following import follow

pytestmark = pytest.mark.anyio

LIST = """domain,severity,public_comment
bad.example,suspend,Spam
quiet.example,silence,
known.example,suspend,
mild.example,silence,
so.example,suspend,
testserver.example,explode,
*.x.example,suspend,
"""


async def upload(visitor: Visitor, content: str | bytes, **more: str) -> str:
    data = content.encode() if isinstance(content, str) else content
    answer = await visitor.post(
        "/admin/blocklists", dict(more), files={"file": ("list.csv", data, "text/csv")}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def run_until_idle() -> None:
    """Run the worker until no list is to be applied or undone."""

    async def is_idle() -> bool:
        return not await Blocklist.objects.filter(state__in=("applying", "undoing")).aexists()

    async with running(Worker([Blocklist], with_jobs=False, poll_s=0.5, drain_s=1)):
        await wait_until(is_idle, 15)


async def policies() -> dict[str, str]:
    return {peer.host: str(peer.policy) async for peer in Peer.objects.exclude(policy=Policy.open)}


async def known() -> None:
    for host, policy in (
        ("known.example", Policy.limited),
        ("mild.example", Policy.blocked),
        ("so.example", Policy.blocked),
    ):
        await Peer.objects.acreate(host=host, policy=policy)


BEFORE = {"known.example": "limited", "mild.example": "blocked", "so.example": "blocked"}


async def test_a_list_is_looked_at_applied_and_undone(site: Site) -> None:
    await known()
    bird = await rows.make_remote("bird", "sub.bad.example")
    await Peer.objects.acreate(host="sub.bad.example")
    await follow(source=site.member.me, target_id=bird.pk)
    path = await upload(site.admin, LIST)
    page = (await site.admin.get(path)).text
    assert "Nothing has been changed yet." in page
    assert re.search(r"servers that it would block: 1\b", page)
    for effect, hosts in (
        ("new", ["bad.example", "quiet.example"]),
        ("changed", ["known.example"]),
        ("kept", ["mild.example"]),
        ("same", ["so.example"]),
        ("skipped", ["testserver.example", "*.x.example"]),
    ):
        assert (
            re.findall(r"<bdi>(.*?)</bdi>", (await site.admin.get(f"{path}?effect={effect}")).text) == hosts
        )
    changed = (await site.admin.get(f"{path}?effect=changed")).text
    assert re.search(r">limited</span> →\s*<span class=\"badge\">blocked<", changed), "how it would change"
    assert "a name with *" in (await site.admin.get(f"{path}?effect=skipped")).text
    assert await policies() == BEFORE, "looking changes nothing"
    before = await AuditEntry.objects.acount()
    assert (await site.admin.post(path, {"action": "apply"})).status_code == 303
    assert "0 of 3 servers are done." in (await site.admin.get(path)).text
    await run_until_idle()
    assert await policies() == BEFORE | {
        "bad.example": "blocked",
        "quiet.example": "limited",
        "known.example": "blocked",
    }
    assert (await Peer.objects.aget(host="bad.example")).policy_note == "Spam"
    entries = [entry async for entry in AuditEntry.objects.order_by("pk")][before:]
    assert {(entry.act, entry.actor_name) for entry in entries} == {("import_blocklist", "ann@testserver")}
    assert sorted(entries[-1].details["hosts"]) == ["bad.example", "known.example", "quiet.example"]
    assert entries[-1].details["hosts"]["known.example"] == {"before": "limited", "policy": "blocked"}
    again = await site.admin.post(path, {"action": "apply"})
    assert again.status_code == 303
    assert await Blocklist.objects.filter(state="applied").acount() == 1, "it is applied once"
    await Peer.objects.filter(host="quiet.example").aupdate(policy=Policy.blocked)
    assert (await site.admin.post(path, {"action": "undo"})).status_code == 303
    await run_until_idle()
    assert await policies() == BEFORE | {"quiet.example": "blocked"}, "what was changed since stays"
    assert (await Peer.objects.aget(host="bad.example")).policy_note == ""


async def test_ticked_rows_alone_and_looser_ones_when_wanted(site: Site) -> None:
    await known()
    path = await upload(site.admin, LIST)
    row = await BlocklistRow.objects.aget(host="mild.example")
    other = await BlocklistRow.objects.aget(host="bad.example")
    answer = await site.admin.post(path, {"action": "apply-ticked", "row": str(row.pk)})
    assert answer.status_code == 303
    assert "Nothing would change" in (await site.admin.get(path)).text
    ticked = {"action": "apply-ticked", "row": [str(row.pk), str(other.pk)], "overrides": "yes"}
    assert (await site.admin.post(path, ticked)).status_code == 303
    await run_until_idle()
    assert await policies() == BEFORE | {"mild.example": "limited", "bad.example": "blocked"}


async def test_long_lists_go_in_batches_and_pages(site: Site) -> None:
    count = BATCH_SIZE * 2 + 7
    path = await upload(site.admin, "".join(f"h{number}.example\n" for number in range(count)))
    page = (await site.admin.get(path)).text
    assert len(re.findall(r"<bdi>", page)) == 100
    assert "after=100" in page
    assert (await site.admin.post(path, {"action": "apply"})).status_code == 303
    await run_until_idle()
    assert await Peer.objects.filter(policy=Policy.blocked).acount() == count
    entries = [entry async for entry in AuditEntry.objects.filter(target_name="list.csv")]
    assert Counter(len(entry.details.get("hosts", [])) for entry in entries) == {0: 1, BATCH_SIZE: 2, 7: 1}
    assert (await site.admin.post(path, {"action": "undo"})).status_code == 303
    await run_until_idle()
    assert await policies() == {}


async def test_a_list_is_dropped_or_replaced_by_the_next(site: Site) -> None:
    first = await upload(site.admin, "bad.example\n")
    second = await upload(site.admin, "good.example\n", allows="on")
    assert (await site.admin.get(first)).status_code == 404
    answer = await site.admin.post(second, {"action": "undo"})
    assert answer.headers["location"] == "/admin/blocklists"
    assert (await site.admin.post(second, {"action": "dance"})).status_code in {303, 404}
    await run_until_idle()
    assert await policies() == {}


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, ""),
        (b"PK\x03\x04\xff\xfe", 422, "This list contains no servers"),
        (b'"' + b"x" * 200_000, 422, "t be read: send CSV"),
        (b"a.b\n" * 1_000_000, 422, "at most 100000 lines"),
        (b"x" * (MAX_BYTES + 1), 422, "at most 5 MB"),
        (b"x" * (MAX_BYTES * 2), 413, ""),
    ],
    ids=["empty", "zip", "quote", "million", "large", "huge"],
)
async def test_what_is_no_list_is_refused(site: Site, content: bytes, status: int, said: str) -> None:
    await site.admin.get("/admin/blocklists")
    answer = await site.admin.post("/admin/blocklists", {}, files={"file": ("a.csv", content, "text/csv")})
    assert answer.status_code == status
    assert said in answer.text.replace(",", "").replace("\u202f", "")
    assert await Blocklist.objects.acount() == 0


async def test_who_may_not_federate_or_forges_a_form_is_refused(site: Site) -> None:
    path = await upload(site.admin, LIST)
    files = {"file": ("a.csv", b"bad.example\n", "text/csv")}
    assert (await site.member.get(path)).status_code == 404
    assert (await site.member.post(path, {"action": "apply"})).status_code == 404
    assert (await site.member.post("/admin/blocklists", {}, files=files)).status_code == 404
    forged = {"csrfmiddlewaretoken": "x" * 64, "action": "apply"}
    assert (await site.admin.http.post(path, data=forged)).status_code == 403
    assert (await site.admin.http.post("/admin/blocklists", data=forged, files=files)).status_code == 403
    await run_until_idle()
    assert await policies() == {}
    assert await Blocklist.objects.acount() == 1
