"""A domain with two users."""

import pytest

from tests.activities.people import make_domain, make_local
from users.domains.models import Domain
from users.identities.models import Identity


@pytest.fixture
async def domain(db: None) -> Domain:
    return await make_domain()


@pytest.fixture
async def alice(domain: Domain) -> Identity:
    return await make_local("alice", domain)


@pytest.fixture
async def bob(domain: Domain) -> Identity:
    return await make_local("bob", domain)
