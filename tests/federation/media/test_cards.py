"""Pictures of linked pages where operators federate with listed servers only: a website is no server that could be listed."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from core.db import release_connection
from federation.handlers.media import remove_refused_media
from federation.models import Policy, RemoteFileKind
from federation.peers import known_policies, set_federation_mode, set_policy
from tests.federation.media.conftest import PNG, Origin, rows

pytestmark = pytest.mark.anyio

SITE = "files.far.test"


@pytest.fixture
async def listed_only(local: httpx.AsyncClient) -> AsyncIterator[None]:
    await set_federation_mode(listed_only=True)
    await known_policies()
    await release_connection()
    yield
    await set_federation_mode(listed_only=False)
    await release_connection()


async def test_a_website_that_is_not_listed_shows_its_pictures(
    http: httpx.AsyncClient, ours: Callable[..., str], listed_only: None
) -> None:
    """Those of people of such a server stay away, also when it is the same host."""
    assert ours("/avatar.png", RemoteFileKind.avatar, owner=f"http://{SITE}/ana") == ""
    card = ours("/card.png", RemoteFileKind.card, owner="")
    answer = await http.get(card)
    assert (answer.status_code, answer.content) == (200, PNG)
    await remove_refused_media()
    assert [row.file != "" for row in await rows()] == [True], "nor does its copy go"
    assert (await http.get(card)).status_code == 200


@pytest.mark.parametrize("refused", [SITE, "far.test"])
@pytest.mark.parametrize("kind", ["blocked", "media"])
async def test_a_host_that_is_refused_by_name_shows_none(
    http: httpx.AsyncClient,
    origin: Origin,
    ours: Callable[..., str],
    listed_only: None,
    refused: str,
    kind: str,
) -> None:
    """Itself or one above it."""
    card = ours("/card.png", RemoteFileKind.card, owner="")
    assert (await http.get(card)).status_code == 200
    host = f"{refused}:{origin.peer.port}"
    if kind == "blocked":
        await set_policy(host=host, policy=Policy.blocked)
    else:
        await set_policy(host=host, policy=Policy.open, reject_media=True)
    await known_policies()
    await release_connection()
    assert ours("/card.png", RemoteFileKind.card, owner="") == ""
    assert (await http.get(card)).status_code == 404
    await remove_refused_media()
    assert [row for row in await rows() if row.file] == []
    assert origin.asked == ["/card.png"]


async def test_copies_of_people_go_when_only_listed_servers_are_federated_with(
    http: httpx.AsyncClient, ours: Callable[..., str]
) -> None:
    addresses = [
        ours("/avatar.png", RemoteFileKind.avatar, owner=f"http://{SITE}/ana"),
        ours("/card.png", RemoteFileKind.card, owner=""),
    ]
    for address in addresses:
        assert (await http.get(address)).status_code == 200
    await set_federation_mode(listed_only=True)
    await release_connection()
    assert [(await http.get(address)).status_code for address in addresses] == [404, 200]
    assert await remove_refused_media() == 1
    assert [row.kind for row in await rows() if row.file] == ["card"]
