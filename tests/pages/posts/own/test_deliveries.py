"""The page of a post's deliveries: for its author, and for staff."""

import datetime as dt

import pytest

from activities.posts.models import Post, Visibility
from core import clock
from federation.models import Peer
from federation.models.delivery import RETRY_AFTER_REASON
from federation.sending import send
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio


async def test_authors_see_where_their_post_went_and_others_do_not(site: Site) -> None:
    mia = site.member.me
    post = await rows.make_post(mia)
    activity = {"id": f"{post.uri}/activity", "type": "Create", "actor": mia.uri, "object": {"id": post.uri}}
    path = f"/posts/{post.pk}/deliveries"
    assert "Not sent to other servers" in (await site.member.get(path)).text
    await send(signer=mia.pk, activity=activity, inboxes=["https://far.test/inbox"])
    page = await site.member.get(path)
    assert "far.test" in page.text
    assert "pending</span>" in page.text
    assert f'href="{path}"' in (await site.member.get(f"/@mia/{post.pk}")).text
    assert (await site.moderator.get(path)).status_code == 200, "staff of the server"
    assert f'href="{path}"' in (await site.moderator.get(f"/posts/{post.pk}/menu")).text
    other = await rows.make_post(site.moderator.me)
    assert (await site.member.get(f"/posts/{other.pk}/deliveries")).status_code == 404
    for hidden in (Visibility.followers, Visibility.mentioned):
        await Post.objects.filter(pk=post.pk).aupdate(visibility=hidden)
        assert (await site.moderator.get(path)).status_code == 404, "its servers tell whom mia writes to"


async def test_a_delivery_tells_when_it_is_tried_and_is_tried_earlier(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    activity = {"id": f"{post.uri}/activity", "type": "Create", "object": {"id": post.uri}}
    hosts = ["down.test", "shy.test", "just.test"]
    inboxes = [f"https://{host}/inbox" for host in hosts]
    await send(signer=site.member.me.pk, activity=activity, inboxes=inboxes)
    now = clock.now()
    for host, failed, said in (
        ("down.test", dt.timedelta(minutes=9), "it can't be reached"),
        ("shy.test", dt.timedelta(minutes=9), f"{RETRY_AFTER_REASON} 900 s"),
        ("just.test", dt.timedelta(seconds=9), "it can't be reached"),
    ):
        await Peer.objects.filter(host=host).aupdate(
            state="waiting",
            state_due_at=now + dt.timedelta(minutes=90),
            failing_since=now - dt.timedelta(hours=1),
            last_failure_at=now - failed,
            last_error=said,
        )
    path = f"/posts/{post.pk}/deliveries"
    page = (await site.member.get(path)).text
    assert page.count("next try in 1 h") == 3
    assert page.count("it can&#x27;t be reached") == 2
    answer = await site.member.post(f"{path}/try")
    assert answer.status_code == 303
    assert "1 server is being tried now" in (await site.member.get(path)).text
    due = {peer.host: peer.state async for peer in Peer.objects.filter(host__in=hosts)}
    assert due == {"down.test": "sending", "shy.test": "waiting", "just.test": "waiting"}
    assert (await site.member.post(f"{path}/try")).status_code == 429
    other = await rows.make_post(site.moderator.me)
    assert (await site.member.post(f"/posts/{other.pk}/deliveries/try")).status_code == 404
