"""Several domains in one process, chosen by the Host header."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest

from core.errors import BadInput
from tests.users.support import make_domain, make_remote
from users.domains.models import Domain
from users.domains.queries import clear_domain_cache, domain_for_host, local_domains
from users.domains.services import create_domain, edit_domain

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_domain_is_found_by_its_names_in_whatever_spelling(db: None) -> None:
    domain = await make_domain("example.com", "social.example.com")
    for host in ("example.com", "EXAMPLE.com", "example.com.", "example.com:443", "social.example.com:80"):
        found = await domain_for_host(host)
        assert found is not None, host
        assert found.pk == domain.pk
    for host in (
        "",
        "example.com:8443",
        "evil.example.com",
        "example.com,evil.example",
        "example.com@evil",
        "xexample.com",
    ):
        assert await domain_for_host(host) is None, host
    assert domain.base_url == "https://social.example.com"


async def test_no_name_serves_two_domains(db: None) -> None:
    await make_domain("example.com", "social.example.com")
    for name, service in (
        ("EXAMPLE.com", None),
        ("social.example.com", None),
        ("other.example", "example.com"),
        ("other.example", "Social.example.com"),
    ):
        with pytest.raises(BadInput):
            await create_domain(name=name, service_name=service)
    await make_remote(host="known.example")
    with pytest.raises(BadInput):
        await create_domain(name="known.example")
    assert [d.name for d in await local_domains()] == ["example.com"]


async def test_a_domain_with_a_port_uses_plain_http(db: None) -> None:
    assert (await make_domain("localhost:8000")).base_url == "http://localhost:8000"


@pytest.mark.slow
async def test_a_new_domain_of_another_process_is_seen_soon(db: None, wait_until) -> None:
    await make_domain("example.com")
    assert await domain_for_host("later.example") is None
    await Domain.objects.acreate(name="later.example")
    await wait_until(lambda: domain_for_host("later.example"), timeout_s=2)


async def test_a_change_counts_although_domains_are_being_read(db: None, monkeypatch) -> None:
    """A request that read before the change and finished after it made the old words count for five more seconds."""
    domain = await make_domain("example.com")
    read = Domain.objects.annotate

    def slowly(**more: object) -> SimpleNamespace:
        async def rows(*fields: str) -> AsyncIterator[Domain]:
            found = [row async for row in read(**more).order_by(*fields)]
            monkeypatch.undo()
            await edit_domain(domain=domain, title="New")
            for row in found:
                yield row

        return SimpleNamespace(order_by=rows)

    clear_domain_cache()
    monkeypatch.setattr(Domain.objects, "annotate", slowly)
    await local_domains()
    assert [each.title for each in await local_domains()] == ["New"]


async def test_strange_hosts_get_a_plain_421(client: httpx.AsyncClient) -> None:
    await make_domain("testserver")
    path = "/.well-known/host-meta"
    assert (await client.get(path)).status_code == 200
    for host in ("evil.example", "127.0.0.1", "testserver.evil.example", "testserver:8443"):
        answer = await client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.headers["content-type"]) == (421, "text/plain"), host
        assert host not in answer.text
        # who sits at the machine learns where to go
        assert ("https://testserver/" in answer.text) == (host == "127.0.0.1")


async def test_documents_name_the_domain_and_never_the_host_header(client: httpx.AsyncClient) -> None:
    await make_domain("testserver", "social.testserver")
    answer = await client.get("/.well-known/host-meta", headers={"X-Original-Host": "evil.example"})
    assert "https://social.testserver/.well-known/webfinger" in answer.text


async def test_before_set_up_everything_leads_to_the_first_page(client: httpx.AsyncClient) -> None:

    clear_domain_cache()
    answer = await client.get("/home", headers={"Host": "anything.example"})
    assert (answer.status_code, answer.headers["location"]) == (302, "/setup")
    assert (await client.post("/home")).status_code == 421
