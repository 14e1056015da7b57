"""Our own people's pictures while this server federates with listed servers only: it lists itself nowhere, and shows them."""

import pytest

from activities.media.models import Attachment
from core.db import release_connection
from federation.peers import set_federation_mode
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def test_own_pictures_are_shown_with_listed_servers_only(site: Site) -> None:
    me = site.member.me
    at = "http://testserver/media"
    await Identity.objects.filter(pk=me.pk).aupdate(icon_url=f"{at}/me.png", image_url=f"{at}/wide.png")
    post = await rows.make_post(me)
    await Attachment.objects.acreate(
        post=post, author=me, kind="image", url=f"{at}/a.png", preview_url=f"{at}/b.png"
    )
    profile = f"/@{me.username}"

    async def shown() -> tuple[list[bool], object]:
        page = (await site.nobody.get(profile)).text
        account = (await site.nobody.get(f"/api/v1/accounts/{me.pk}")).json()
        return [f"/media/{name}.png" in page for name in ("me", "wide", "a", "b")], (
            account["avatar"],
            account["header"],
        )

    before = await shown()
    assert all(before[0]), before
    await set_federation_mode(listed_only=True)
    await release_connection()
    assert await shown() == before
