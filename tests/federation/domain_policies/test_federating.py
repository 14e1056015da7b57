"""Activities of a server that one domain blocks, through the signed inbox, and deliveries there; beside another domain."""

import httpx
import pytest

from activities.notifications.models import Notification
from activities.posts.models import Like, Post
from federation.models import Delivery
from federation.policies import Policy
from federation.sending import add_recipients, send
from stator.workers.worker import Worker
from tests.activities.people import follow, make_post
from tests.federation.approvals.asking import PUBLIC, ended
from tests.federation.conftest import running
from tests.federation.shelter.test_shelter import published
from tests.support.peers import Actor, MastodonPeer
from tests.support.waiting import wait_until
from tests.users.support import make_domain, make_person
from users.domains.models import Domain
from users.identities.models import Identity
from users.logins.services.staff import OPERATOR
from users.moderation.services.domain_policies import Choice, remove_domain_policy, set_domain_policy
from users.relations.models import Follow
from users.severances.models import Severance, SeveranceEvent

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]


@pytest.fixture
async def bo(ada: Identity) -> Identity:
    """Somebody of a domain without policies, while ada's domain blocks far.test."""
    domain = await Domain.objects.aget(name="testserver")
    choice = Choice(policy=Policy.blocked)
    await set_domain_policy(moderator=OPERATOR, domain=domain, host="far.test", choice=choice)
    return await make_person(await make_domain("second.test"), "bo")


async def test_a_follow_is_rejected_for_one_domain(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, her: Identity, ada: Identity, bo: Identity
) -> None:
    for count, target in enumerate((ada, bo), start=1):
        await ended(local, peer, known, peer.activity(known, "Follow", target.uri), count)
    assert [row.target_id async for row in Follow.objects.filter(source=her)] == [bo.pk]


async def test_likes_boosts_and_mentions_reach_one_domain(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, her: Identity, ada: Identity, bo: Identity
) -> None:
    count = 0
    for author in (ada, bo):
        post = await make_post(author)
        for kind in ("Like", "Announce"):
            count += 1
            await ended(local, peer, known, peer.activity(known, kind, post.uri, to=[PUBLIC]), count)
    assert [row.post.author_id async for row in Like.objects.select_related("post")] == [bo.pk]
    boosts = Post.objects.filter(author=her, boost_of__isnull=False).select_related("boost_of")
    assert [row.boost_of.author_id async for row in boosts] == [bo.pk]
    tags = [{"type": "Mention", "href": one.uri, "name": f"@{one.handle}"} for one in (ada, bo)]
    note = peer.note(known, "<p>Hello both</p>", tag=tags, cc=[ada.uri, bo.uri])
    await ended(local, peer, known, peer.activity(known, "Create", note, to=[PUBLIC]), count + 1)
    await published()
    told = Notification.objects.filter(kind="mention")
    assert [row.identity_id async for row in told] == [bo.pk]


async def test_nothing_is_delivered_there_for_one_domain(
    peer: MastodonPeer, her: Identity, ada: Identity, bo: Identity
) -> None:
    for author in (ada, bo):
        activity = {"id": f"{author.uri}#1", "type": "Create", "actor": author.uri, "to": [PUBLIC]}
        inboxes = [her.inbox_url, "https://other.test/inbox"]
        outgoing = await send(signer=author.pk, activity=activity, inboxes=inboxes)
        assert outgoing is not None
        await add_recipients(outgoing, ["https://below.far.test/inbox"])
        hosts = {row.host async for row in Delivery.objects.filter(activity=outgoing)}
        blocked = set() if author is ada else {peer.host, "below.far.test"}
        assert hosts == {"other.test"} | blocked


async def _listed() -> None:
    async def is_idle() -> bool:
        return not await SeveranceEvent.objects.filter(state__in=("listing", "telling")).aexists()

    async with running(Worker([SeveranceEvent], with_jobs=False, poll_s=0.2, drain_s=1)):
        await wait_until(is_idle, 15)


async def test_lost_follows_are_told_to_one_domain_and_come_back(
    local: httpx.AsyncClient, peer: MastodonPeer, her: Identity, ada: Identity
) -> None:
    second = await make_domain("second.test")
    bo = await make_person(second, "bo")
    for one in (ada, bo):
        await follow(one, her)
        await follow(her, one)
    domain = await Domain.objects.aget(name="testserver")
    choice = Choice(policy=Policy.blocked)
    row = await set_domain_policy(moderator=OPERATOR, domain=domain, host=peer.host, choice=choice)
    await _listed()
    lost = [one async for one in Severance.objects.all()]
    assert [(one.identity_id, one.following_count, one.followers_count) for one in lost] == [(ada.pk, 1, 1)]
    told = Notification.objects.filter(kind="severed_relationships")
    assert [one.identity_id async for one in told] == [ada.pk]
    assert await _numbers(local, ada) == 0
    assert await _numbers(local, bo) == 1
    await set_domain_policy(moderator=OPERATOR, domain=domain, host=peer.host, choice=choice)
    await _listed()
    assert await SeveranceEvent.objects.acount() == 1, "a block that is there costs nothing more"
    await remove_domain_policy(moderator=OPERATOR, domain=domain, policy_id=row.pk)
    assert await _numbers(local, ada) == 1


async def _numbers(http: httpx.AsyncClient, who: Identity) -> int:
    """How many follow somebody, as their document lists it."""
    page = await http.get(
        f"{who.uri}/followers?page=1", headers={"Accept": "application/activity+json", "Host": who.host}
    )
    return len(page.json()["orderedItems"])
