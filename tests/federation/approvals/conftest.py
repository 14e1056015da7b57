"""Ada here, and the server of who asks or is asked."""

from typing import Any

import httpx
import pytest

from tests.support.peers import FedifyPeer
from tests.users.support import make_person
from users.domains.models import Domain
from users.identities.models import Identity


@pytest.fixture
async def ada(local: httpx.AsyncClient) -> Identity:
    return await make_person(await Domain.objects.aget(name="testserver"))


@pytest.fixture
async def peer() -> Any:
    async with FedifyPeer("far.test") as server:
        server.add_actor("ana")
        yield server
