"""The key for push services, of which anybody is told the public half."""

import pytest

from api.models import VapidKey
from api.push import vapid
from core.config import config
from core.errors import Unavailable
from tests.api.support.world import World

pytestmark = pytest.mark.anyio


async def test_the_public_key_is_told_when_the_private_one_cannot_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TAKAHE_KEY_SECRET was lost: nothing can be pushed, but apps still read what this server is, and sign in."""
    monkeypatch.setattr(config(), "key_secret", "one")
    await VapidKey.objects.all().adelete()
    monkeypatch.setattr(vapid._kept(), "public_key", "")
    told = await vapid.push_key()
    monkeypatch.setattr(vapid._kept(), "public_key", "")
    monkeypatch.setattr(config(), "key_secret", "two")
    instance = await world.nobody.get("/api/v2/instance")
    assert instance["configuration"]["vapid"]["public_key"] == told
    with pytest.raises(Unavailable):
        await vapid.vapid_for("https://push.example", "mailto:a@b.c")
