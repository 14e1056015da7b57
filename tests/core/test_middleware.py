import gzip
import ipaddress
import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.middleware.csrf import get_token

from core import middleware
from core.asgi import Request, failures, methods, no_csrf, policy
from core.db import sql
from core.diagnostics.profiling import profiling
from tests.core.asgi_app import http_for, make_app

pytestmark = pytest.mark.anyio

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.0.0.0/8"))


async def who(request: Request) -> HttpResponse:
    return HttpResponse(
        f"{request.client_address} {request.scheme} {request.META['HTTP_HOST']} {request.request_id}"
    )


async def test_request_ids_come_from_us_only():
    async with http_for(make_app(("who", who), middleware=[middleware.request_ids])) as http:
        answers = [await http.get("/who", headers={"X-Request-Id": "forged"}) for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert ids[0] != ids[1]
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in ids)
    assert answers[0].text.endswith(ids[0])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, junk", "unknown"),
        ("127.0.0.1", "203.0.113.9, [::1", "unknown"),
        ("127.0.0.1", "203.0.113.9, 127.0.0.1:x", "unknown"),
        ("127.0.0.1", "203.0.113.9, []:1", "unknown"),
        ("127.0.0.1", "203.0.113.9, unknown", "unknown"),
        ("127.0.0.1", "203.0.113.9,", "unknown"),
        ("127.0.0.1", "", "unknown"),
        ("127.0.0.1", "  ", "unknown"),
        ("127.0.0.1", ",", "unknown"),
        ("198.51.100.1", "", "198.51.100.1"),
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
    ],
)
async def test_forwarded_for_is_read_from_the_right_and_from_trusted_peers_only(peer, forwarded, client):
    app = make_app(("who", who), middleware=[middleware.trusted_proxies(LOOPBACK)])
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "pub.test"}
    async with http_for(app, peer) as http:
        text = (await http.get("/who", headers=headers)).text
    trusted = peer == "127.0.0.1"
    assert text.split()[:3] == [client, *(("https", "pub.test") if trusted else ("http", "testserver"))]


async def test_security_headers_stand_on_everything_and_a_view_can_loosen_its_own():
    @policy(form_action="'self' https:", opener="unsafe-none")
    async def authorise(request: Request) -> HttpResponse:
        return HttpResponse("ok")

    async def own(request: Request) -> HttpResponse:
        return HttpResponse("ok", headers={"Referrer-Policy": "no-referrer"})

    app = make_app(("who", own), ("authorise", authorise), middleware=[middleware.security_headers])
    async with http_for(app) as http:
        for address in ("/who", "/missing"):
            headers = (await http.get(address)).headers
            csp = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
            assert csp["default-src"] == csp["script-src"] == csp["form-action"] == "'self'"
            assert csp["frame-ancestors"] == csp["object-src"] == "'none'"
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
        assert (await http.get("/who")).headers["referrer-policy"] == "no-referrer"
        headers = (await http.get("/authorise")).headers
        assert "form-action 'self' https:" in headers["content-security-policy"]
        assert headers["cross-origin-opener-policy"] == "unsafe-none"
        assert "strict-transport-security" not in headers


async def token(request: Request) -> HttpResponse:
    return HttpResponse(get_token(request) if request.method == "GET" else "done")


async def free(request: Request) -> HttpResponse:
    return HttpResponse("free")


@pytest.fixture
async def forms():
    chain = [middleware.csrf_cookie, middleware.body, middleware.csrf]
    app = make_app(("form", token), ("free", no_csrf(free)), middleware=chain)
    async with http_for(app) as http:
        yield http


async def test_a_form_with_its_token_is_accepted_in_the_body_and_in_the_header(forms):
    given = await forms.get("/form")
    cookie = given.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert given.headers["vary"] == "Cookie"
    assert (await forms.post("/form", data={"csrfmiddlewaretoken": given.text})).text == "done"
    same = {"X-CSRFToken": given.text, "Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert (await forms.post("/form", headers=same)).text == "done"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "https://testserver"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-CSRFToken": "a" * 64},
        {"X-CSRFToken": "not a token"},
    ],
)
async def test_a_form_from_elsewhere_is_refused(forms, headers):
    given = (await forms.get("/form")).text
    answer = await forms.post("/form", headers={"X-CSRFToken": given, **headers})
    assert answer.status_code == 403


async def test_a_form_without_cookie_or_token_is_refused_and_exempt_views_are_not(forms):
    assert (await forms.post("/form", data={"csrfmiddlewaretoken": "a" * 64})).status_code == 403
    await forms.get("/form")
    assert (await forms.post("/form")).status_code == 403
    assert (await forms.post("/free", headers={"Origin": "http://evil.test"})).text == "free"


async def test_forms_of_error_pages_get_their_cookie_from_any_middleware(forms, monkeypatch):
    """A body that is too large is refused before the forms are checked; other sites replace no cookie by it."""
    monkeypatch.setattr(
        failures, "_surfaces", [("/form", lambda request, _: HttpResponse(get_token(request)))]
    )
    large = {"x": "x" * 2_100_000}
    await forms.post("/form", data=large, headers={"Sec-Fetch-Site": "cross-site"})
    assert not forms.cookies
    given = await forms.post("/form", data=large)
    cookie = forms.cookies["csrftoken"]
    assert (await forms.post("/form", headers={"X-CSRFToken": given.text})).text == "done"
    again = await forms.post("/form", data=large)
    assert forms.cookies["csrftoken"] == cookie
    assert (await forms.post("/form", headers={"X-CSRFToken": again.text})).text == "done"


async def test_requests_of_scripts_replace_no_cookie_of_an_open_form(forms):
    """After a sign-out elsewhere, a script's request ends on the sign-in page, which the user may have open too."""
    forms.cookies.clear()
    await forms.get("/form", headers={"Sec-Fetch-Mode": "cors"})
    assert not forms.cookies
    given = await forms.get("/form", headers={"Sec-Fetch-Mode": "navigate"})
    assert (await forms.post("/form", headers={"X-CSRFToken": given.text})).text == "done"


async def test_json_is_gzipped_and_pages_are_not():
    text = json.dumps(["x" * 2000])

    async def data(request: Request) -> HttpResponse:
        return HttpResponse(text, content_type="application/json")

    async def page(request: Request) -> HttpResponse:
        return HttpResponse(text)

    app = make_app(("data", data), ("page", page), middleware=[middleware.compress])
    async with http_for(app) as http:
        answer = await http.get("/data")
        assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
        assert answer.text == text
        assert int(answer.headers["content-length"]) == len(gzip.compress(text.encode(), 1, mtime=0))
        assert "content-encoding" not in (await http.get("/page")).headers
        plain = await http.get("/data", headers={"Accept-Encoding": "br"})
        assert "content-encoding" not in plain.headers


async def test_profile_shows_every_statement_with_its_count(db):
    async def view(request: Request) -> HttpResponse:
        for number in range(3):
            await sql.value("SELECT %s::int", [number])
        await sql.value("SELECT 'once'")
        return HttpResponse("ok")

    async with http_for(make_app(("view", methods("GET")(view)), middleware=[profiling])) as http:
        assert (await http.get("/view")).text == "ok"
        account = (await http.get("/view?profile", headers={"Accept": "application/json"})).json()
        page = (await http.get("/view?profile")).text
    times = {row["sql"]: row["times"] for row in account["statements"]}
    assert times == {"SELECT %s::int": 3, "SELECT 'once'": 1}
    assert account["sql_statements"] == 4
    assert account["ms"] >= account["sql_ms"] > 0
    assert any("test_middleware.py" in row["function"] for row in account["functions"])
    assert "SELECT &#x27;once&#x27;" in page


async def test_the_page_of_an_error_shows_its_statements_in_development_only(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def view(request: Request) -> HttpResponse:
        await sql.value("SELECT 'before the fall'")
        raise RuntimeError("<fallen>")

    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(failures, "_page", lambda request, words: asked.append(words) or "page")
    async with http_for(make_app(("view", methods("GET")(view)), middleware=[profiling])) as http:
        assert (await http.get("/view")).status_code == 500
        monkeypatch.setattr(failures, "config", lambda: type("Dev", (), {"debug": True}))
        assert (await http.get("/view")).status_code == 500
    assert "statements" not in asked[0]
    assert [(row["sql"], row["times"]) for row in asked[1]["statements"]] == [("SELECT 'before the fall'", 1)]
    assert "<fallen>" in asked[1]["detail"]
