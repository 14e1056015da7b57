"""Pages of remote people: what is on its way, and what their server does not show."""

from datetime import timedelta

import pytest

from activities.remote_profiles.models import ProfileLook
from core import clock
from tests.activities.people import make_remote
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def test_a_profile_says_that_posts_are_on_their_way_and_looks_again(site: Site) -> None:
    rob = await make_remote("rob")
    assert "being fetched" not in (await site.nobody.get("/@rob@far.test")).text
    first = (await site.member.get("/@rob@far.test/replies")).text
    assert "Older posts are being fetched from far.test" in first
    assert 'hx-get="/@rob@far.test/replies"' in first
    await ProfileLook.objects.filter(identity=rob).aupdate(state="known", read_at=clock.now())
    assert "being fetched" not in (await site.member.get("/@rob@far.test")).text


async def test_a_profile_says_when_somebody_joined_if_their_server_does(site: Site) -> None:
    """The date that a server states is that of its own; without one it is that of the first look."""
    joined = await make_remote("rob")
    await Identity.objects.filter(pk=joined.pk).aupdate(created_at=clock.now() - timedelta(days=900))
    await make_remote("zoe")
    rob, zoe = [(await site.member.get(f"/@{name}@far.test")).text for name in ("rob", "zoe")]
    assert ("Joined" in rob, "Known here since" in rob) == (True, False)
    assert ("Joined" in zoe, "Known here since" in zoe) == (False, True)


async def test_moderators_see_what_a_server_does_not_show(site: Site) -> None:
    rob = await make_remote("rob")
    path = f"/admin/people/{rob.pk}"
    assert "Posts not fetched" not in (await site.moderator.get(path)).text
    problems = {"followers": "refused: <403>"}
    look = await ProfileLook.objects.acreate(identity=rob, host="far.test", problems=problems)
    page = (await site.moderator.get(path)).text
    assert "Posts not fetched yet." in page
    assert "followers (refused: &lt;403&gt;)" in page
    await ProfileLook.objects.filter(pk=look.pk).aupdate(
        read_at=clock.now(), state_error="timeout: over 40 s"
    )
    page = (await site.moderator.get(path)).text
    assert "Posts fetched" in page
    assert "Last try: timeout: over 40 s" in page
