"""The shortcut for copies that were sent a short while ago: the same answers as the whole chain gives, and no longer than they hold."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from core.asgi.request import Request
from core.db import release_connection
from core.diagnostics import metrics
from federation.models import Policy
from federation.peers import set_policy
from tests.federation.media.conftest import PNG, Origin, stored

pytestmark = pytest.mark.anyio

_EACH_TIME = {"x-request-id"}


async def _keep(http: httpx.AsyncClient, address: str, **headers: str) -> httpx.Response:
    """Have the file fetched, then answered from its copy by the chain, which keeps it."""
    await http.get(address)
    await stored()
    await release_connection()
    return await http.get(address, headers=headers)


@pytest.fixture
def without_chain(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on whatever needs a request object fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("the chain was asked")

    return lambda: monkeypatch.setattr(Request, "__init__", refuse)


async def test_it_answers_as_the_chain_does(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], without_chain: Callable[[], None]
) -> None:
    chain = await _keep(http, ours("/a.png"))
    before = metrics.requests().text()
    without_chain()
    kept = await http.get(ours("/a.png"))
    assert (kept.status_code, kept.content) == (200, PNG)
    assert {k: v for k, v in kept.headers.items() if k not in _EACH_TIME} == {
        k: v for k, v in chain.headers.items() if k not in _EACH_TIME
    }
    assert kept.headers["x-request-id"] != chain.headers["x-request-id"]
    assert metrics.requests().text() != before
    assert origin.asked == ["/a.png"]


async def test_it_is_logged_with_the_client_of_the_proxy(
    http: httpx.AsyncClient,
    ours: Callable[..., str],
    origin: Origin,
    without_chain: Callable[[], None],
) -> None:
    await _keep(http, ours("/a.png"))
    without_chain()
    headers = {"X-Forwarded-For": "198.51.100.7"}
    noted: list[dict[str, object]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.middleware.access.log.info", lambda event, **fields: noted.append(fields))
        await http.get(ours("/a.png"), headers=headers)
    assert [(line["client"], line["status"], line["bytes"]) for line in noted] == [
        ("198.51.100.7", 200, len(PNG))
    ]


async def test_conditions_ranges_and_other_methods_are_the_chains(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    chain = await _keep(http, ours("/a.png"))
    part = await http.get(ours("/a.png"), headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, PNG[:8])
    unchanged = await http.get(ours("/a.png"), headers={"If-None-Match": chain.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = await http.head(ours("/a.png"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(PNG))
    assert (await http.post(ours("/a.png"))).status_code == 403


async def test_https_by_a_proxy_has_its_own_answer(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], without_chain: Callable[[], None]
) -> None:
    plain = await _keep(http, ours("/a.png"))
    secure = await http.get(ours("/a.png"), headers={"X-Forwarded-Proto": "https"})
    without_chain()
    assert "strict-transport-security" not in plain.headers
    assert "strict-transport-security" in secure.headers
    again = await http.get(ours("/a.png"), headers={"X-Forwarded-Proto": "https"})
    assert "strict-transport-security" in again.headers
    assert "strict-transport-security" not in (await http.get(ours("/a.png"))).headers


async def test_a_refused_server_is_refused_at_once(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    await _keep(http, ours("/a.png"))
    await set_policy(host="far.test", policy=Policy.blocked)
    await release_connection()
    assert (await http.get(ours("/a.png"))).status_code == 404
    await set_policy(host="far.test", policy=Policy.open, reject_media=True)
    await release_connection()
    assert (await http.get(ours("/a.png"))).status_code == 404


async def test_a_changed_copy_is_not_sent_as_the_kept_one(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], folder: Path
) -> None:
    await _keep(http, ours("/a.png"))
    [copy] = folder.rglob("*.png")
    copy.write_bytes(PNG[:-1])  # cut by a power cut
    assert (await http.get(ours("/a.png"))).content == PNG
    assert origin.asked == ["/a.png", "/a.png"]
    await stored()
    await release_connection()
    for copy in folder.rglob("*.png"):
        copy.unlink()
    assert (await http.get(ours("/a.png"))).content == PNG
