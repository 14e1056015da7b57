import asyncio

import httpx
import pytest
from django.db import ProgrammingError

from core.asgi import Application
from core.config import config
from core.db import ReservedConnection, own_connection, release_connection, sql
from takahe import health
from takahe.asgi import application, middleware_chain
from tests.core.asgi_app import http_for
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio
NO_WORKER = "no worker has ever run; start one with: takahe worker"


async def test_health_says_whether_the_worker_was_seen_whatever_the_host(client: httpx.AsyncClient):
    answer = await client.get("/health", headers={"Host": "unknown.test"})
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert answer.json()["reason"]
    assert answer.headers["cache-control"] == "no-store"


async def test_health_answers_while_every_connection_of_the_pool_is_in_use(client: httpx.AsyncClient):
    end, holding = asyncio.Event(), []

    async def hold() -> None:
        async with own_connection():
            holding.append(await sql.value("SELECT 1"))
            await end.wait()

    await release_connection()
    most = config().database_connections
    holders = [asyncio.create_task(hold()) for _ in range(most)]
    try:
        await wait_until(lambda: len(holding) == most)
        headers = {"Host": "unknown.test", "Cookie": "session=x; __Host-session=y"}
        answers = await asyncio.gather(*[client.get("/health", headers=headers) for _ in range(20)])
        assert {answer.json()["reason"] for answer in answers} == {NO_WORKER}
        assert not any(holder.done() for holder in holders)
    finally:
        end.set()
        await asyncio.gather(*holders)


async def test_health_outlives_a_restart_of_the_database(client: httpx.AsyncClient):
    assert (await client.get("/health")).json()["reason"] == NO_WORKER
    async with health._connection.use():
        pid = await sql.value("SELECT pg_backend_pid()")
    await sql.value("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert (await client.get("/health")).json()["reason"] == NO_WORKER


async def test_an_error_in_a_reserved_connection_leaves_a_new_one_for_the_next(db: None):
    reserved = ReservedConnection(timeout_s=5)
    with pytest.raises(ProgrammingError):
        async with reserved.use():
            await sql.value("SELECT nothing")
    async with reserved.use():
        assert await sql.value("SELECT 1") == 1
        blocked = ReservedConnection(timeout_s=0.01)
        await blocked._turn.acquire()
        with pytest.raises(TimeoutError):
            async with blocked.use():
                pass
    await reserved.close()


async def test_metrics_are_for_loopback_or_for_the_token(db, monkeypatch):
    async with http_for(application) as http:
        await http.get("/health")
        answer = await http.get("/metrics")
        assert answer.status_code == 200
        assert "takahe_requests_total{" in answer.text
        assert 'takahe_request_seconds_bucket{process="web",route="/health",le="+Inf"}' in answer.text
        assert 'takahe_memory_bytes{process="web"} ' in answer.text
    async with http_for(application, "203.0.113.9") as http:
        assert (await http.get("/metrics")).status_code == 403
    async with http_for(application) as http:
        for forwarded in ("203.0.113.9", "unknown", "127.0.0.1, _hidden", "127.0.0.1:x", "[::1", "", " "):
            answer = await http.get("/metrics", headers={"X-Forwarded-For": forwarded})
            assert answer.status_code == 403, forwarded
    monkeypatch.setattr(health, "config", lambda: type("Config", (), {"metrics_token": "t0ken"}))
    async with http_for(application, "203.0.113.9") as http:
        assert (await http.get("/metrics", headers={"Authorization": "Bearer t0ken"})).status_code == 200
        assert (await http.get("/metrics", headers={"Authorization": "Bearer wrong"})).status_code == 403


async def test_an_unknown_host_is_refused_and_static_files_are_not(client: httpx.AsyncClient):
    stranger = {"Host": "unknown.test", "Accept": "application/json"}
    assert (await client.get("/api/v1/instance", headers=stranger)).status_code == 421
    assert (await client.get("/static/css/site.css", headers={"Host": "unknown.test"})).status_code == 200


def test_the_chain_is_the_one_that_is_documented():
    assert isinstance(application, Application)
    names = [link.__name__ for link in middleware_chain()]
    assert names == [
        "request_ids",
        "access_log",
        "proxies",
        "static_files",
        "security_headers",
        "compress",
        "cors_middleware",
        "csrf_cookie",
        "domain_middleware",
        "access_middleware",
        "session_middleware",
        "language_of_reader",
        "pause_middleware",
        "visitors_middleware",
        "body",
        "csrf",
        "form_identity",
        "role_middleware",
        "unread_counts",
    ]
