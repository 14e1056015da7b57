import httpx
import pytest

from core.asgi import Application
from takahe import health
from takahe.asgi import CHAIN, application
from tests.core.asgi_app import http_for

pytestmark = pytest.mark.anyio


async def test_health_says_whether_the_worker_was_seen_whatever_the_host(client: httpx.AsyncClient):
    answer = await client.get("/health", headers={"Host": "unknown.test"})
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert answer.json()["reason"]
    assert answer.headers["cache-control"] == "no-store"


async def test_metrics_are_for_loopback_or_for_the_token(db, monkeypatch):
    async with http_for(application) as http:
        await http.get("/health")
        answer = await http.get("/metrics")
        assert answer.status_code == 200
        assert "takahe_requests_total{" in answer.text
        assert 'takahe_request_seconds_bucket{le="+Inf"}' in answer.text
        assert "takahe_memory_bytes " in answer.text
    async with http_for(application, "203.0.113.9") as http:
        assert (await http.get("/metrics")).status_code == 403
    async with http_for(application) as http:
        for forwarded in ("203.0.113.9", "unknown", "127.0.0.1, _hidden", ""):
            answer = await http.get("/metrics", headers={"X-Forwarded-For": forwarded})
            assert answer.status_code == (403 if forwarded else 200), forwarded
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
    names = [link.__name__ for link in CHAIN]
    assert names == [
        "request_ids",
        "access_log",
        "proxies",
        "static_files",
        "security_headers",
        "compress",
        "cors_middleware",
        "domain_middleware",
        "session_middleware",
        "body",
        "csrf",
        "unread_counts",
    ]
