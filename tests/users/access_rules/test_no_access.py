"""Networks without access: each request from there is refused, out of memory, whoever forwards it."""

import datetime as dt
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from core import clock
from core.db import sql
from core.db.paging import Page
from core.errors import Invalid
from core.server_state import ServerState, using_state
from takahe.asgi import application
from tests.pages.conftest import Site, site
from tests.support.queries import counted
from tests.users.support import make_domain
from users.access_rules import queries as reads
from users.access_rules.models import IpBlock, Severity
from users.logins.services.staff import OPERATOR
from users.moderation.services import access_rules

pytestmark = pytest.mark.anyio
__all__ = ["site"]

BAD, GOOD, STAFFS, PROXY = "198.51.100.7", "192.0.2.1", "203.0.113.9", "127.0.0.1"
WORDS = "refuses requests from your network"


async def _shut(network: str, **more: Any) -> IpBlock:
    return await access_rules.add_ip_rule(
        moderator=OPERATOR, network=network, severity=Severity.no_access, address=STAFFS, **more
    )


@asynccontextmanager
async def _from(address: str, host: str = "testserver") -> AsyncIterator[httpx.AsyncClient]:

    transport = httpx.ASGITransport(application, client=(address, 40000))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
        yield http


async def _status_of(address: str, path: str = "/about", host: str = "testserver", **headers: str) -> int:
    async with _from(address, host) as http:
        return (await http.get(path, headers=headers)).status_code


async def test_each_request_from_there_is_refused_in_its_surfaces_words(site: Site) -> None:
    rule = await _shut("198.51.100.0/24")
    async with _from(BAD) as http:
        for path in ("/", "/about", "/sign-in", "/sign-up", "/@mia/", "/nothing/here", "/media/x.png"):
            answer = await http.get(path)
            assert (answer.status_code, WORDS in answer.text) == (403, True), path
            assert "text/html" in answer.headers["content-type"]
        german = await http.get("/about", headers={"Accept-Language": "de"})
        assert 'lang="de"' in german.text
        assert WORDS not in german.text
        for path in (
            "/api/v1/instance",
            "/oauth/token",
            "/api/v1/timelines/public",
            "/api/v1/streaming/user",
        ):
            answer = await http.get(path)
            assert answer.status_code == 403, path
            assert WORDS in answer.json()["error_description"]
        for path in ("/inbox", "/api/v1/accounts", "/sign-in"):
            assert (await http.post(path, data={"email": "mia@example.org"})).status_code == 403, path
        answer = await http.get("/@mia/", headers={"Accept": "application/activity+json"})
        assert answer.status_code == 403
        assert (await http.get("/health")).status_code != 403  # who watches the server goes on watching
    assert await _status_of(GOOD) == 200
    await access_rules.remove_ip_rule(moderator=OPERATOR, rule_id=rule.pk)
    assert await _status_of(BAD) == 200


async def test_a_session_from_there_is_nobody(site: Site) -> None:
    await _shut(BAD)
    async with _from(BAD) as http:
        http.cookies = site.member.http.cookies
        answer = await http.get("/home")
    assert answer.status_code == 403
    assert "Mia" not in answer.text
    assert (await site.member.get("/home")).status_code == 200


@pytest.mark.parametrize(
    ("rule", "client", "is_refused"),
    [
        ("198.51.100.0/24", "::ffff:198.51.100.7", True),
        ("::ffff:198.51.100.0/120", "198.51.100.7", True),
        ("::ffff:c633:6407", "198.51.100.7", True),
        ("198.51.100.7", "::ffff:c633:6407", True),
        ("198.51.100.7", "198.51.100.8", False),
        ("198.51.100.8/31", "198.51.100.7", False),
        ("198.51.100.6/31", "198.51.100.7", True),
        ("0.0.0.0/1", "126.255.255.255", True),
        ("0.0.0.0/1", "198.51.100.7", False),
        ("2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", True),
        ("2001:db8::/32", "2001:DB8:0:0:0:0:0:1", True),
        ("2001:db8::/32", "2001:db9::", False),
        ("2001:db8::/32", "198.51.100.7", False),
        ("2001:db8::1", "2001:db8::1%eth0", True),
        ("::/0", "2001:db9::", True),
        ("::/0", "198.51.100.7", False),
        ("198.51.100.0/24", "unknown", False),
        ("198.51.100.0/24", "", False),
    ],
)
async def test_both_spellings_of_an_address_are_one(
    site: Site, rule: str, client: str, *, is_refused: bool
) -> None:
    await _shut(rule)
    assert reads.is_refused(client, site.domain.pk) is is_refused
    assert reads.may_be_refused(client) is is_refused


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        (BAD, GOOD, 403),  # who is no proxy of ours says nothing
        (BAD, f"{GOOD}, {PROXY}", 403),
        (PROXY, BAD, 403),
        (PROXY, f"{GOOD}, {BAD}", 403),  # what the client wrote stands on the left
        (PROXY, f"::ffff:{BAD}", 403),
        (PROXY, f"[::ffff:{BAD}]:4711", 403),
        (PROXY, f"{BAD}:4711", 403),
        (PROXY, f"{BAD}, {GOOD}", 200),
        (PROXY, GOOD, 200),
        (GOOD, BAD, 200),
    ],
)
async def test_a_forwarded_address_counts_where_a_proxy_of_ours_says_it(
    site: Site, peer: str, forwarded: str, status: int
) -> None:
    await _shut(BAD)
    assert await _status_of(peer, **{"X-Forwarded-For": forwarded}) == status


async def test_a_rule_ends_at_its_moment(site: Site) -> None:
    await _shut(BAD, lasts=dt.timedelta(hours=1))
    await _shut("198.51.0.0/16", lasts=dt.timedelta(minutes=1))
    assert await _status_of(BAD) == 403
    with clock.shifted(dt.timedelta(minutes=59, seconds=59)):
        assert await _status_of(BAD) == 403
        assert await _status_of("198.51.1.1") == 200
    with clock.shifted(dt.timedelta(hours=1)):
        assert await _status_of(BAD) == 200
        assert not await reads.rules(IpBlock, None, Page())


async def test_a_rule_of_one_domain_leaves_the_others_alone(site: Site) -> None:
    other = await make_domain("other.example")
    await _shut(BAD, domain=other)
    assert await _status_of(BAD) == 200
    assert await _status_of(BAD, host="other.example") == 403
    assert reads.may_be_refused(BAD)


async def test_nobody_shuts_themselves_out(site: Site) -> None:
    for network in (STAFFS, "203.0.113.0/24", "::ffff:203.0.113.9", "0.0.0.0/0"):
        with pytest.raises(Invalid) as caught:
            await _shut(network)
        assert caught.value.code == "own_address"
        assert STAFFS in caught.value.sentence
    mild = await access_rules.add_ip_rule(
        moderator=OPERATOR, network=STAFFS, severity=Severity.sign_up_block, address=STAFFS
    )
    for address in (STAFFS, f"::ffff:{STAFFS}"):
        with pytest.raises(Invalid):
            await access_rules.change_ip_rule(
                moderator=OPERATOR, rule_id=mild.pk, severity=Severity.no_access, address=address
            )
    far = await _shut("10.0.0.0/8")
    with pytest.raises(Invalid):
        await access_rules.change_ip_rule(
            moderator=OPERATOR, rule_id=far.pk, network="203.0.0.0/8", address=STAFFS
        )
    assert await _status_of(STAFFS) == 200


async def test_another_process_hears_of_a_change(site: Site) -> None:
    """Each process has its own memory; the hub's listener brings it the news (api/streaming/hub.py)."""
    with using_state(ServerState()):
        await _shut(BAD)
        assert reads.is_refused(BAD, site.domain.pk)
    assert not reads.is_refused(BAD, site.domain.pk)
    await reads.load_refused()
    assert reads.is_refused(BAD, site.domain.pk)


@pytest.mark.slow
async def test_many_rules_do_not_slow_a_request(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both protocols and of many lengths: a look costs microseconds and no statement. A million were measured by hand."""
    await sql.run(
        """INSERT INTO users_ipblock (id, network, severity, comment)
           SELECT n, CASE WHEN n % 2 = 0 THEN set_masklen('11.0.0.0'::inet + n * 16, 28)::cidr
                          ELSE set_masklen('2400::'::inet + n::bigint * 4294967296, 97 + (n / 2) % 32)::cidr END, 'no_access', ''
           FROM generate_series(1, 200000) n ON CONFLICT DO NOTHING"""
    )
    started = time.process_time()
    await reads.load_refused()
    assert time.process_time() - started < 1  # Postgres sorts, and the event loop goes on
    last = await sql.value(
        "SELECT host(network) FROM users_ipblock WHERE family(network) = 4 ORDER BY network DESC LIMIT 1"
    )
    assert reads.is_refused(last, site.domain.pk)
    clients = [f"{10 + n % 3}.{n % 256}.7.1" for n in range(500)] + [f"2400::{n:x}:0:1" for n in range(500)]
    times = []
    for client in clients:
        began = time.perf_counter()
        reads.is_refused(client, site.domain.pk)
        times.append(time.perf_counter() - began)
    assert sorted(times)[len(times) // 2] < 0.0005
    async with counted(monkeypatch) as seen:
        assert await _status_of(last) == 403
    assert seen == []
