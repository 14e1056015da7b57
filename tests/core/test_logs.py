import asyncio
import io
import json
import logging
from urllib.parse import quote

import httpx
import pytest
from django.core import signing
from django.http import HttpResponse

from core import logs, middleware
from core.asgi import Request
from core.asgi.request import hide_tokens
from core.errors import NotFound
from core.logs import Fixed, Formatter, get_logger
from tests.core.asgi_app import http_for, make_app, serving
from tests.users.support import make_domain

pytestmark = pytest.mark.anyio

NASTY = "a\nb\r\nc\x00d\x1b[31me\u2028f\u2029g\u202eh\u2066i\u200bj\ufeffk\x85l\U000e0041m\x7f\ud800n"
DANGEROUS = set(NASTY) - set("abcdefghijklmn[31")


@pytest.fixture(params=["text", "json"])
def written(request):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter(request.param))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    stream.style = request.param
    yield stream
    root.handlers = [one for one in root.handlers if getattr(one, "stream", None) is not stream]
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[str]:
    text = stream.getvalue()
    assert text.isascii() or not (set(text) - {"\n"}) & DANGEROUS
    assert not (set(text) - {"\n"}) & DANGEROUS
    return text.splitlines()


def fails(text: str) -> None:
    try:
        raise ValueError("cause " + text)
    except ValueError as error:
        raise RuntimeError(text) from error


def test_no_value_key_event_or_error_breaks_the_line(written):
    log = get_logger("test." + NASTY)
    log.info("event", text=NASTY, nested={NASTY: [NASTY]}, raw=NASTY.encode("utf-8", "surrogatepass"))
    log.info("event" + NASTY, **{"key" + NASTY + "x": 1})
    try:
        fails(NASTY)
    except RuntimeError:
        log.exception("failed")
    logging.getLogger("library." + NASTY).warning("formatted %s", NASTY)
    record = logging.LogRecord("library", logging.INFO, "", 0, "%s %s", ("too few " + NASTY,), None)
    written.write(Formatter(written.style).format(record) + "\n")
    assert len(lines(written)) == 5


def test_fields_rendered_once_make_the_same_line(written):
    log = get_logger("test")
    first, last = {"method": "GET", "path": "/a b"}, {"agent": NASTY, "token": "s3cret"}
    log.info("event", **first, ms=1.25, bytes=7, **last)
    for _ in range(2):
        log.info_of("event", Fixed(**first), {"ms": 1.25, "bytes": 7}, Fixed(**last))
    whole, *apart = [line.partition("event")[2] for line in lines(written)]
    assert apart == [whole, whole]
    assert "s3cret" not in whole


async def test_nothing_a_client_sends_breaks_the_line(written):
    async def view(request: Request, rest: str) -> HttpResponse:
        if rest.startswith("gone"):
            raise NotFound(detail=rest)
        if rest.startswith("bug"):
            raise ValueError(rest + request.META.get("HTTP_USER_AGENT", "") + request.META["QUERY_STRING"])
        return HttpResponse("ok")

    app = make_app((r"^(?P<rest>[\s\S]+)$", view), middleware=[middleware.request_ids, middleware.access_log])
    path = b"%0A%0D%0Ainjected%1B%E2%80%AE%E2%81%A6%C2%85%E2%80%A8%ED%A0%80%FF"
    odd = b"agent \xe2\x80\xae\xc2\x85\xff\x9b31m"
    async with serving(app) as port:
        for start in (b"ok", b"gone", b"bug"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"GET /"
                + start
                + path
                + b"?q="
                + path
                + b" HTTP/1.1\r\nHost: "
                + odd
                + b"\r\nUser-Agent: "
                + odd
                + b"\r\nX-Forwarded-For: "
                + odd
                + b"\r\nConnection: close\r\n\r\n"
            )
            assert (await reader.read()).startswith(b"HTTP/1.1 ")
            writer.close()
    found = [line for line in lines(written) if "injected" in line]
    assert len(found) == 5  # three requests, one refusal, one failure
    assert not any(line.startswith("injected") for line in lines(written))


async def test_a_secret_in_an_address_is_not_logged(written):
    async def view(request: Request, token: str) -> HttpResponse:
        if token == "s3cret-bug":
            raise ValueError("a bug")
        raise NotFound(detail="no such token")

    app = make_app(("reset/<str:token>", view), middleware=[middleware.request_ids, middleware.access_log])
    async with http_for(app) as http:
        for token in ("s3cret", "s3cret-bug"):
            await http.get(f"/reset/{token}")
    ours = "".join(
        line for line in lines(written) if "HTTP Request" not in line
    )  # the test's own client logs, too
    assert "s3cret" not in ours
    assert ours.count("/reset/[hidden]") == 4  # a refusal, a failure, and the access log of both


@pytest.mark.parametrize(
    "path",
    [
        "/password/reset/{}/",
        "/Password/Reset/{}",
        "//password/reset/{}",
        "/password//reset//{}",
        "/password/reset/{}/x",
        "/password/reset /{}",
        "/CONFIRM/{}",
        "/elsewhere/{}",
        "/elsewhere/{}.",
        "/{}",
    ],
)
@pytest.mark.parametrize("is_quoted", [False, True])
async def test_a_secret_is_not_logged_where_no_view_takes_it(written, path, is_quoted):
    token = signing.dumps({"user": 7}, salt="test")
    app = make_app(middleware=[middleware.request_ids, middleware.access_log])
    async with http_for(app) as http:
        assert (await http.get(path.format(quote(quote(token)) if is_quoted else token))).status_code == 404
    ours = "".join(line for line in lines(written) if "HTTP Request" not in line)
    assert token.rpartition(":")[2] not in ours
    assert ours.count("[hidden]") >= 1


@pytest.mark.parametrize("path", ["/password/reset/{}", "/confirm/{}"])
async def test_errors_of_signed_links_are_logged_without_the_signature(
    written, client: httpx.AsyncClient, path
):
    """A mail program that takes the dot of a sentence into the link spoils it; the signature is right all the same."""
    logs.configure(written.style, "DEBUG", written)
    await make_domain("testserver")
    token = signing.dumps({"u": "7", "t": 1}, salt="test")
    for spoilt in (f"{token}.", token[:-2], token):
        assert (await client.get(path.format(spoilt))).status_code == 422
    ours = "".join(line for line in lines(written) if "HTTP Request" not in line)
    assert token.rpartition(":")[2][:-2] not in ours
    assert "BadSignature" in ours


def test_ordinary_paths_are_logged_as_they_are():
    for path in (
        "/",
        "/users/ada/statuses/42",
        "/@ada@far.test",
        "/tags/reset",
        "/api/v1/statuses/1",
        "/a//b/",
    ):
        assert hide_tokens(path) == path


def test_secrets_are_hidden_by_their_names(written):
    get_logger("test").info(
        "event",
        token="s3cret", access_token="s3cret", password="s3cret", new_password_again="s3cret", key="s3cret",
        private_key="s3cret", authorization="s3cret", headers={"Authorization": "s3cret", "Cookie": "s3cret", "Host": "h.test"},
        key_id="https://a.test/key", monkey="banana",
    )  # fmt: skip
    (line,) = lines(written)
    assert "s3cret" not in line
    assert all(word in line for word in ("https://a.test/key", "banana", "h.test"))


def test_request_and_identity_stand_on_each_line_of_our_own_and_of_libraries(written):
    logs.request_id.set("0123456789abcdef")
    logs.identity.set("me@here.test")
    try:
        get_logger("test").info("event", ms=1.5, none=None, yes=True)
        logging.getLogger("library").error("boo")
    finally:
        logs.request_id.set("")
        logs.identity.set("")
    ours, theirs = lines(written)
    if written.style == "json":
        event = json.loads(ours)
        assert (event["event"], event["ms"], event["none"], event["yes"]) == ("event", 1.5, None, True)
        assert event["request"] == json.loads(theirs)["request"] == "0123456789abcdef"
        assert event["identity"] == json.loads(theirs)["identity"] == "me@here.test"
    else:
        assert ours.endswith("event ms=1.5 none=None yes=True request=0123456789abcdef identity=me@here.test")
        assert "ERROR   library message=boo request=0123456789abcdef identity=me@here.test" in theirs


def test_an_error_is_told_with_its_cause_and_place(written):
    try:
        fails("boom")
    except RuntimeError:
        get_logger("test").exception("event")
    (line,) = lines(written)
    assert "RuntimeError: boom" in line
    assert "ValueError: cause boom" in line
    assert "test_logs.py" in line
    assert "Traceback" not in line


def test_an_error_without_words_is_told_by_its_name(written):
    log = get_logger("t")
    log.info("resolve.failed", error=TimeoutError())
    log.info("resolve.failed", error=NotFound(detail="404 of far.test"))
    first, second = lines(written)
    assert "TimeoutError" in first
    assert f"NotFound: {NotFound().sentence}: 404 of far.test" in second
