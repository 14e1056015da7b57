"""A local and a remote user."""

import pytest

from tests.users.support import make_domain, make_person, make_remote
from users.identities.models import Identity


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_person(await make_domain())


@pytest.fixture
async def bob(db: None) -> Identity:
    return await make_remote()
