"""Relays on their page, and by the command: adding, changing, removing, and what came."""

import argparse

import msgspec
import pytest

from core.errors import BadInput
from federation.models import Delivery, Relay, SystemKey
from federation.relays import subscribing
from takahe.commands.peers import relay as commands
from tests.pages.conftest import Site
from tests.support.peers import ActorRelay, outbound
from tests.users.support import key_pair

pytestmark = pytest.mark.anyio

INBOX = "https://relay.example/inbox"
LIMITS = {"most_per_minute": "30", "hashtags": "#Cats boats, ships"}


async def test_a_relay_is_added_changed_and_removed(site: Site) -> None:
    assert "No relays yet." in (await site.admin.get("/admin/relays")).text
    for person in (site.member, site.moderator):
        assert (await person.get("/admin/relays")).status_code == 404
        assert (await person.post("/admin/relays", {"address": INBOX, **LIMITS})).status_code == 404
    assert (await site.admin.post("/admin/relays", {"address": INBOX, **LIMITS})).status_code == 303
    relay = await Relay.objects.aget()
    assert (relay.most_per_minute, relay.hashtags) == (30, ["cats", "boats", "ships"])
    assert await Delivery.objects.filter(inbox=INBOX).acount() == 1
    await Relay.objects.all().aupdate(received=1234, posts=56, dropped=7)
    page = (await site.admin.get("/admin/relays")).text
    assert INBOX in page
    assert ">waiting<" in page
    assert "#boats" in page
    assert ">1234<" in page or ">1,234<" in page
    path = f"/admin/relays/{relay.pk}"
    assert 'value="cats boats ships"' in (await site.admin.get(path)).text
    assert (await site.admin.post(path, {"most_per_minute": "5", "hashtags": ""})).status_code == 303
    relay = await Relay.objects.aget()
    assert (relay.most_per_minute, relay.hashtags) == (5, [])
    assert (await site.moderator.post(f"{path}/remove", {})).status_code == 404
    assert (await site.admin.post(f"{path}/remove", {})).status_code == 303
    assert (await site.admin.post(f"{path}/remove", {})).status_code == 404
    assert await Relay.objects.acount() == 0
    assert await Delivery.objects.filter(inbox=INBOX).acount() == 2


async def test_errors_stand_at_their_field(site: Site) -> None:
    await subscribing.add_relay(address=INBOX)
    for changes, said in (
        ({"address": INBOX}, "This relay has already been added."),
        ({"address": "nonsense/"}, "Enter the address of a relay"),
        ({"most_per_minute": "0"}, "greater than or equal to 1"),
        ({"hashtags": "!!"}, "Enter hashtags"),
    ):
        form = {"address": "https://other.example/inbox", "most_per_minute": "60", "hashtags": ""} | changes
        answer = await site.admin.post("/admin/relays", form)
        assert answer.status_code == 422, form
        assert said in answer.text
    hostile = await site.admin.post(
        "/admin/relays", {"address": "https://x.example/<script>/inbox", "most_per_minute": "60"}
    )
    assert "<script>/inbox" not in hostile.text
    assert "<script>/inbox" not in (await site.admin.get("/admin/relays")).text


async def test_a_relay_is_found_by_its_actor(site: Site) -> None:
    pair = key_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)
    async with outbound(resolve={"relay.test": "127.0.0.1"}), ActorRelay("relay.test") as peer:
        form = {"address": f"{peer.base_url}/actor", "most_per_minute": "60"}
        assert (await site.admin.post("/admin/relays", form)).status_code == 303
        assert (await Relay.objects.aget()).actor_uri == peer.actor.uri
        form["address"] = f"{peer.base_url}/nobody"
        assert (await site.admin.post("/admin/relays", form)).status_code == 422


async def test_the_command_says_and_does_the_same(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    show, add, remove = commands.show_list, commands.add, commands.remove
    asked = argparse.Namespace(address=INBOX, most_per_minute=None, hashtag=["cats"], json=False)
    assert await add(asked) == 0
    assert capsys.readouterr().out == f"A request was sent to the relay at {INBOX}.\n"
    assert await show(argparse.Namespace(json=True)) == 0
    [shown] = msgspec.json.decode(capsys.readouterr().out)
    assert shown == {
        "address": INBOX,
        "state": "waiting",
        "dialect": "inbox",
        "most_per_minute": 60,
        "hashtags": ["cats"],
        "received": 0,
        "posts": 0,
        "dropped": 0,
        "last_heard_at": None,
    }
    assert await show(argparse.Namespace(json=False)) == 0
    assert "never" in capsys.readouterr().out
    assert await remove(argparse.Namespace(address=INBOX, json=True)) == 0
    assert msgspec.json.decode(capsys.readouterr().out)["address"] == INBOX
    with pytest.raises(BadInput):
        await remove(argparse.Namespace(address=INBOX, json=False))
