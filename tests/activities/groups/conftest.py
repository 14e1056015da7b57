"""A remote group that Alice follows, and a member of it."""

import pytest

from tests.activities.people import follow, make_remote
from users.identities.models import Identity


@pytest.fixture
async def group(alice: Identity) -> Identity:
    """A community that Alice follows."""
    made = await make_remote(
        "cats", "lemmy.test", actor_type="Group", featured_url="https://lemmy.test/users/cats/featured"
    )
    await follow(alice, made)
    return made


@pytest.fixture
async def member(group: Identity) -> Identity:
    return await make_remote("mia", "else.test")
