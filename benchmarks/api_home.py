"""The home timeline of the API, 20 posts with flags, counts and authors, for a signed-in viewer: beside a bare uvicorn app that runs
the same SQL on raw async psycopg and dumps the rows. 16 clients.

`python -m benchmarks.api_home`
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.common import Load, asgi_process, cpu_seconds, load, report
from benchmarks.timeline_data import make_people, migrated_database, run, write_posts

BOUND = 0.35
ROUNDS = 3
POSTS = 2_000
HOST = "bench.test:8080"
PATH = "/api/v1/timelines/home"
TOKEN = "bench-token"
STATEMENTS = "BENCH_STATEMENTS"


async def _prepare() -> None:
    """People, posts, a token; and the statements of one request are noted for the bare app."""
    from api.auth import token_hash
    from api.models import App, Token
    from core import clock
    from core.db import own_connection, sql
    from users.models import Identity, IdentityAccess, User

    async with own_connection():
        viewer_id = await make_people()
        await sql.run("UPDATE users_domain SET name = %s", [HOST])
        await sql.run("UPDATE users_identity SET host = %s", [HOST])
        await write_posts(POSTS, viewer_id)
        viewer = await Identity.objects.aget(pk=viewer_id)
        now = clock.now()
        user = await User.objects.acreate(email="a@bench.test", confirmed_at=now, approved_at=now)
        await IdentityAccess.objects.acreate(user=user, identity=viewer)
        app = await App.objects.acreate(name="Bench", scopes="read", client_id="x", client_secret_hash="")
        await Token.objects.acreate(
            token_hash=token_hash(TOKEN),
            app=app,
            user=user,
            identity=viewer,
            scopes="read",
            last_used_at=now,
        )
        await _note_statements(viewer)


async def _note_statements(viewer: Any) -> None:
    from activities.queries.timelines import home
    from api import auth
    from core.db import sql
    from core.paging import Page

    noted: list[tuple[str, Any]] = []
    rows, one = sql.rows, sql.one

    async def noting_rows(query: str, params: Any = None) -> Any:
        noted.append((query, params))
        return await rows(query, params)

    async def noting_one(query: str, params: Any = None) -> Any:
        noted.append((query, params))
        return await one(query, params)

    sql.rows, sql.one = noting_rows, noting_one
    await auth.caller_of(TOKEN)
    assert len(await home(viewer, Page())) == 20
    Path(os.environ[STATEMENTS]).write_bytes(msgspec.json.encode(noted))


class _Bare:
    """Authenticate, read the page, read its authors, dump."""

    def __init__(self) -> None:
        noted = msgspec.json.decode(Path(os.environ[STATEMENTS]).read_bytes())
        self.statements: list[tuple[str, Any]] = [(query, params) for query, params in noted]
        self.pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from psycopg_pool import AsyncConnectionPool

        if scope["type"] == "lifespan":
            await receive()
            self.pool = AsyncConnectionPool(
                os.environ["DATABASE_URL"], min_size=1, max_size=20, open=False, kwargs={"autocommit": True}
            )
            await self.pool.open()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self.pool.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        found: list[list[dict[str, Any]]] = []
        async with self.pool.connection() as connection, connection.cursor() as cursor:
            for query, params in self.statements:
                await cursor.execute(query, params)
                names = [column.name for column in cursor.description]
                found.append([dict(zip(names, row, strict=True)) for row in await cursor.fetchall()])
        body = msgspec.json.encode(found[1:])
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})


def __getattr__(name: str) -> object:
    """`benchmarks.api_home:bare`, for uvicorn."""
    if name == "bare":
        return _Bare()
    raise AttributeError(name)


def _measure(app: str) -> tuple[Load, float]:
    environment = {"TAKAHE_RATE_LIMIT_PERCENT": "0", "TAKAHE_LOG_LEVEL": "WARNING"}
    with asgi_process(app, environment) as (port, pid):
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
        before = cpu_seconds(pid)
        seen = load(port, PATH, host=HOST, seconds=4, warm_up_s=1, headers=headers)
        used = cpu_seconds(pid) - before
    if seen.errors:
        raise SystemExit(f"{app}: {seen.errors} errors")
    return seen, used / seen.requests * 1e6 * 4 / 5


def main() -> bool:
    """Both in turn, three times; the best of each counts."""
    best = {"benchmarks.api_home:bare": 0.0, "takahe.asgi:application": 0.0}
    cpu_us = dict.fromkeys(best, float("inf"))
    for _ in range(ROUNDS):
        for app in best:
            seen, used = _measure(app)
            best[app] = max(best[app], seen.per_second)
            cpu_us[app] = min(cpu_us[app], used)
            print(
                f"  {app}: {seen.per_second:.0f}/s, p50 {seen.p50_ms:.1f} ms, {used:.0f} µs processor time a request"
            )
    bare, ours = best.values()
    return report("home timeline through the API, 16 clients", ours, bare, BOUND)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as _folder:
        os.environ[STATEMENTS] = f"{_folder}/statements.json"
        with migrated_database():
            run(_prepare)
            sys.exit(0 if main() else 1)
