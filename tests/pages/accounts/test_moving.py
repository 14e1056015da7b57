"""Moving from the settings: aliases, the move with the password, its progress, and undoing it."""

import html

import pytest

from core.db import async_atomic
from core.languages import day_words
from federation.models import Delivery, DeliveryStatus
from tests.pages.conftest import Site, Visitor
from tests.users.moves.support import finish
from tests.users.support import make_person, make_remote
from users.identities.models import Identity
from users.logins.models import IdentityAccess, User
from users.logins.passwords import hash_password
from users.moves.models import COOLDOWN, Move
from users.relations.services import following

pytestmark = pytest.mark.anyio

_PASSWORD = "correct horse battery"


async def _give_password(visitor: Visitor) -> None:
    await User.objects.filter(email=f"{visitor.me.username}@example.org").aupdate(
        password_hash=await hash_password(_PASSWORD)
    )


async def _read(visitor: Visitor, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.text)


@pytest.mark.slow
async def test_a_whole_move_step_by_step(site: Site) -> None:
    mia, ann = site.member, site.admin
    await _give_password(mia)
    near = await make_person(site.domain, "near", name="Near")
    await following.follow(source=near, target_id=mia.me.pk)
    for name, host in (("far", "far.example"), ("dead", "dead.example")):
        one = await make_remote(name, host)
        await following.follow(source=one, target_id=mia.me.pk, uri=f"{one.uri}/f")
    away = {"target": f"@{ann.me.handle}", "password": _PASSWORD}

    refused = await mia.post("/settings/move/away", away)
    assert refused.status_code == 422
    assert f"does not name @{mia.me.handle} as an alias" in refused.text  # what is to be typed there
    assert (await mia.post("/settings/move/away", away | {"password": "no"})).status_code == 422

    assert (await ann.post("/settings/move/aliases/add", {"account": f"@{mia.me.handle}"})).status_code == 303
    assert f"@{mia.me.handle}" in await _read(ann, "/settings/move")
    assert (await ann.post("/settings/move/aliases/add", {"account": "nobody@testserver"})).status_code == 422

    moved = await mia.post("/settings/move/away", away)
    assert moved.status_code == 303
    made = await finish(await Move.objects.aget())
    await Delivery.objects.filter(host="far.example").aupdate(status=DeliveryStatus.delivered)
    await Delivery.objects.filter(host="dead.example").aupdate(
        status=DeliveryStatus.failed, reason="answered 410: gone"
    )
    shown = await _read(mia, moved.headers["location"])
    assert "dead.example" in shown
    assert "answered 410: gone" in shown
    assert "3 followers when the move began, 2 still here" in shown
    assert shown.count("Followed the new account") == 1
    assert shown.count("Not\n") + shown.count("Not yet") == 2

    profile = await _read(site.nobody, "/@mia")
    assert f'href="/@{ann.me.username}"' in profile
    assert "This person has moved to" in profile
    refused = await mia.post("/compose", {"text": "still here", "visibility": "0"})
    assert "You have moved to" in refused.text

    # the new account sees who came, and nobody else sees anything
    assert "Followed the new account" in await _read(ann, moved.headers["location"])
    assert (await site.moderator.get(moved.headers["location"])).status_code == 404
    assert "moved here" in await _read(ann, "/settings/move")

    again = day_words(made.created_at + COOLDOWN)
    assert f">{again}</time>" in await _read(mia, "/settings/move")
    assert (await mia.post("/settings/move/undo")).status_code == 303
    assert (await Identity.objects.aget(pk=mia.me.pk)).moved_to_uri == ""
    assert "The move was undone" in await _read(mia, moved.headers["location"])


async def test_other_followers_of_the_old_account_are_hidden_from_the_new_one(site: Site) -> None:
    """A remote account moves here: its followers on this server who don't follow over are not listed."""
    old = await make_remote("old", also_known_as=[])
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(approves_followers=True)
    await following.follow(source=site.admin.me, target_id=old.pk)
    await following.follow(source=site.moderator.me, target_id=old.pk)
    move = await finish(await Move.objects.acreate(source=old, target=site.member.me))
    async with async_atomic():
        await following.unfollow(source=site.admin.me, target_id=site.member.me.pk)
    shown = await _read(site.member, f"/settings/move/{move.pk}")
    assert "Asked to follow" in shown
    assert site.admin.me.handle not in shown


async def test_only_the_owning_login_moves_and_undoes(site: Site) -> None:
    mia = site.member
    await _give_password(mia)
    await Identity.objects.filter(pk=site.admin.me.pk).aupdate(also_known_as=[mia.me.uri])
    await IdentityAccess.objects.filter(identity=mia.me.pk).aupdate(is_owner=False)
    away = {"target": site.admin.me.uri, "password": _PASSWORD}
    assert (await mia.post("/settings/move/away", away)).status_code == 403
    await Identity.objects.filter(pk=mia.me.pk).aupdate(moved_to_uri=site.admin.me.uri)
    assert (await mia.post("/settings/move/undo")).status_code == 403
    assert "Only owners of this account" in (await mia.get("/settings/move")).text


async def test_home_says_where_somebody_moved_instead_of_offering_to_write(site: Site) -> None:
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(moved_to_uri=site.admin.me.uri)
    for path in ("/home", "/compose"):
        page = (await site.member.get(path)).text
        assert "that you have moved to" in " ".join(page.split()), path
    home = (await site.member.get("/home")).text
    assert 'href="/@ann" dir="ltr">@ann@testserver</a>' in home
    assert "What&#x27;s going on?" not in home
    assert "Write a post" not in home
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(moved_to_uri="https://gone.test/users/x")
    assert "moved to https://gone.test/users/x" in " ".join((await site.member.get("/home")).text.split())
    assert "have moved to" not in (await site.admin.get("/home")).text
