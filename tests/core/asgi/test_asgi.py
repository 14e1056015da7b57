import asyncio
import threading
from functools import partial

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import include, path
from django_async_backend.db import async_connections

from core.asgi import Request, body_limit, methods, register_surface, uploads
from core.asgi.failures import as_json
from core.asgi.routing import Router
from core.db import sql
from core.errors import Gone, NotFound, TooMany
from core.middleware import body
from tests.core.asgi_app import http_for, make_app, serving

pytestmark = pytest.mark.anyio


async def hello(request: Request) -> HttpResponse:
    return HttpResponse("hello")


async def echo(request: Request) -> HttpResponse:
    return HttpResponse(request.body)


async def form(request: Request) -> HttpResponse:
    lines = [f"{name}={','.join(values)}" for name, values in request.POST.lists()]
    lines += [f"{name}:{f.name}:{f.content_type}:{f.size}" for name, f in request.FILES.items()]
    return HttpResponse("\n".join(lines))


def raising(error: Exception):
    async def view(request: Request) -> HttpResponse:
        raise error

    return view


async def test_a_view_answers_get_and_head():
    async with http_for(make_app(("hello", hello))) as http:
        answer = await http.get("/hello")
        assert (answer.status_code, answer.text, answer.headers["content-length"]) == (200, "hello", "5")
        answer = await http.head("/hello")
        assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "5")


async def test_methods_answers_405_with_allow_and_options_with_204():
    async with http_for(make_app(("only", methods("GET", "POST")(hello)))) as http:
        refused = await http.delete("/only")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST, HEAD")
        assert (await http.options("/only")).status_code == 204
        assert (await http.head("/only")).status_code == 200


def test_a_plain_function_as_a_view_stops_the_start():
    def plain(request):
        return None

    with pytest.raises(ImproperlyConfigured) as caught:
        make_app(("users/<int:id>/", plain))
    assert str(caught.value) == (
        f'The view {__name__}.test_a_plain_function_as_a_view_stops_the_start.<locals>.plain (route "users/<int:id>/") '
        'is a plain function, which would need a thread. Write "async def".'
    )


def test_routes_match_in_order_and_convert():
    views = {name: raising(ValueError(name)) for name in "abcdef"}
    inner = (
        [path("", views["a"]), path("<int:number>/", views["b"]), path("<slug:word>/", views["c"])],
        "inner",
    )
    router = Router(
        (
            path("things/", include(inner, namespace="things")),
            path("@<handle>/", views["d"], {"extra": 1}),
            path("<path:rest>", views["e"]),
            path("things/late/", views["f"]),
        )
    )
    assert router.resolve("/things/")[0] is views["a"]
    view, kwargs, match = router.resolve("/things/7/")
    assert (view, kwargs, match.namespace) == (views["b"], {"number": 7}, "things")
    assert router.resolve("/things/late/")[0] is views["c"]
    assert router.resolve("/@me@here.test/")[1] == {"handle": "me@here.test", "extra": 1}
    assert router.resolve("/things")[1] == {"rest": "things"}
    with pytest.raises(NotFound):
        Router((path("a", views["a"]),)).resolve("/b")


async def test_errors_become_responses_of_their_surface_and_tell_nothing_private(capsys):
    secret = "the-private-detail"
    app = make_app(
        ("api/gone", raising(Gone("It was deleted.", detail=secret))),
        ("api/many", raising(TooMany(retry_after_s=7))),
        ("api/bug", raising(RuntimeError(secret))),
        ("page", raising(RuntimeError(secret))),
        ("users/1/", raising(NotFound())),
        ("odd/x", raising(NotFound())),
    )
    register_surface("/odd/", lambda request, failure: HttpResponse("odd", status=failure.status))
    async with http_for(app) as http:
        gone = await http.get("/api/gone")
        assert (gone.status_code, gone.json()) == (410, {"error": "It was deleted."})
        many = await http.get("/api/many")
        assert (many.status_code, many.headers["retry-after"]) == (429, "7")
        bug = await http.get("/api/bug")
        assert bug.status_code == 500
        page = await http.get("/page")
        assert page.status_code == 500
        assert page.headers["content-type"].startswith("text/html")
        assert all(word not in bug.text + page.text for word in (secret, "Traceback", "RuntimeError"))
        peer = await http.get("/users/1/", headers={"Accept": "application/activity+json"})
        assert (peer.status_code, peer.json()) == (404, {"error": NotFound().sentence})
        assert (await http.get("/odd/x")).text == "odd"
        nothing = await http.get("/api/nothing")
        words = (NotFound().sentence, "Record not found")  # the second where the API has registered its own
        assert nothing.status_code == 404
        assert nothing.json()["error"] in words
    assert as_json is not None


async def test_unreadable_input_is_400_and_unstorable_input_422(db):
    async def store(request: Request) -> HttpResponse:
        return HttpResponse(await sql.value("SELECT %s::text", [request.json()]))

    async with http_for(make_app(("store", store), middleware=[body])) as http:
        assert (await http.post("/store", json="fine")).text == "fine"
        assert (await http.post("/store", json="zero \0 byte")).status_code == 422
        assert (await http.post("/store", content=b"{")).status_code == 400
        assert (await http.post("/store", content=b"[" * 100_000)).status_code == 400
        assert (await http.get("/store?a=%00")).status_code == 400
        assert (await http.get("/%00")).status_code == 400
        kind = {"Content-Type": "text/plain; charset*=%ff'x'%ff"}
        assert (await http.post("/store", content=b"1", headers=kind)).status_code < 500


async def test_bodies_are_limited_by_the_view():
    app = make_app(
        ("small", body_limit(10)(raising(AssertionError("not reached")))),
        ("echo", echo),
        ("big", uploads(partial(echo))),
        middleware=[body],
    )
    async with http_for(app) as http:
        assert (await http.post("/echo", content=b"abc")).content == b"abc"
        early = await http.post("/small", content=b"x" * 11)
        assert (early.status_code, early.headers["connection"]) == (413, "close")

        async def pieces():
            for _ in range(4):
                yield b"12345"

        assert (await http.post("/small", content=pieces())).status_code == 413
        large = b"y" * 3_000_000
        assert (await http.post("/echo", content=large)).status_code == 413
        assert (await http.post("/big", content=large)).content == large
        bad = await http.post("/echo", content=b"x", headers={"Content-Length": "x"})
        assert bad.status_code == 400


async def test_forms_are_parsed_for_every_method():
    async with http_for(make_app(("form", uploads(form)), middleware=[body])) as http:
        for method in ("POST", "PUT", "PATCH"):
            assert (await http.request(method, "/form", data={"a": ["1", "2"]})).text == "a=1,2"
            both = await http.request(
                method, "/form", data={"a": "é"}, files={"file": ("x.png", b"z" * 2_000_000, "image/png")}
            )
            assert both.text == "a=é\nfile:x.png:image/png:2000000"
        cut = await http.post(
            "/form",
            content=b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
        assert cut.status_code == 400


async def test_a_disconnect_ends_the_stream_and_runs_its_cleanup(wait_until):
    ended = asyncio.Event()

    async def stream(request: Request) -> StreamingHttpResponse:
        async def parts():
            try:
                while True:
                    yield b"x" * 1000
                    await asyncio.sleep(0.01)
            finally:
                ended.set()

        return StreamingHttpResponse(parts())

    async with serving(make_app(("stream", stream))) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.close()
        async with asyncio.timeout(5):
            await ended.wait()


@pytest.mark.slow
async def test_fifty_requests_at_once_and_pipelined_have_connections_of_their_own(db):
    seen: list[int] = []
    pids: list[int] = []

    async def query(request: Request) -> HttpResponse:
        pid = await sql.value("SELECT pg_backend_pid()")
        seen.append(id(async_connections["default"]))
        pids.append(pid)
        assert await sql.value("SELECT pg_backend_pid() FROM pg_sleep(0.005)") == pid
        return HttpResponse(str(pid))

    async def one(port: int, times: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /query HTTP/1.1\r\nHost: x\r\n\r\n" * times)
        for _ in range(times):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()
        return times

    async with serving(make_app(("query", query))) as port, asyncio.timeout(20):
        assert sum(await asyncio.gather(*(one(port, 1) for _ in range(40)), one(port, 10))) == 50
    assert len(seen) == 50
    pool = async_connections["default"].pool
    assert pool.get_stats()["pool_available"] == pool.get_stats()["pool_size"] - (
        async_connections["default"].connection is not None
    )


async def test_the_connection_is_given_back_before_streaming(db):
    async def stream(request: Request) -> StreamingHttpResponse:
        await sql.value("SELECT 1")
        connection = async_connections["default"]
        assert connection.connection is not None

        async def parts():
            yield str(connection.connection is None).encode()

        return StreamingHttpResponse(parts())

    async with http_for(make_app(("stream", stream))) as http:
        assert (await http.get("/stream")).text == "True"


async def test_finishers_run_after_the_response_and_no_thread_was_started():
    done = []

    async def view(request: Request) -> HttpResponse:
        async def finish() -> None:
            done.append(threading.active_count())

        request.on_finish(finish)
        return HttpResponse("ok")

    before = threading.active_count()  # other tests of this process may have left some
    async with serving(make_app(("view", view), middleware=[body])) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /view HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"ok" in await reader.read()
        writer.close()
    assert done == [before]
