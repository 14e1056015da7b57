"""Two web servers in one process, each with settings of its own. They share what Django has once: the database and the secret key."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
import uvicorn

from core.config import Config, config
from core.server_state import current_state, new_state, using_state
from takahe.asgi import make_server
from takahe.serving.connection import Connection
from tests.core.asgi_app import running
from tests.users.support import make_domain

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ONE = {
    "TAKAHE_MAIN_DOMAIN": "one.test",
    "TAKAHE_METRICS_TOKEN": "of-one",
    "TAKAHE_RATE_LIMIT_PERCENT": "50",
    "TAKAHE_PASSWORD_GRANT": "true",
    "TAKAHE_MEDIA_URL": "https://cache.one.test/media",
    "TAKAHE_MAX_BODY_MB": "1",
}
OTHER = {
    "TAKAHE_RATE_LIMIT_PERCENT": "200",
    "TAKAHE_TRUSTED_PROXIES": "192.0.2.0/24",
    "TAKAHE_REMOTE_MEDIA_BUDGET": "0",
}


@asynccontextmanager
async def server(settings: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A web server with these settings, which this task does not see; gives a client of it."""
    state = new_state()
    state.put(config, Config(settings))
    async with AsyncExitStack() as stack:
        with using_state(state):
            made = make_server()
            how = uvicorn.Config(
                made.application,
                host="127.0.0.1",
                port=0,
                http=Connection.of(kept_files=made.kept_files),
                log_config=None,
                access_log=False,
                lifespan="off",
                proxy_headers=False,
            )
            port = await stack.enter_async_context(running(how))
        yield await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}"))


async def test_two_servers_of_one_process_have_settings_of_their_own(db: None) -> None:
    await make_domain("one.test")
    before = current_state()
    async with server(ONE) as one, server(OTHER) as other:
        for _ in range(2):  # by turns: neither finds what the other has kept
            # the domain of requests that name none
            assert (await one.get("/about")).status_code == 200
            assert (await other.get("/about")).status_code == 421

            named = {"Host": "one.test"}
            ours = [await each.get("/api/v2/instance", headers=named) for each in (one, other)]
            assert [answer.status_code for answer in ours] == [200, 200]
            assert [int(answer.headers["X-RateLimit-Limit"]) for answer in ours] == [150, 600]

            path = "/.well-known/oauth-authorization-server"
            grants = [(await each.get(path, headers=named)).json()["grant_types_supported"] for each in (one, other)]  # fmt: skip
            assert ["password" in each for each in grants] == [True, False]

            policies = [(await each.get("/about", headers=named)).headers["Content-Security-Policy"] for each in (one, other)]  # fmt: skip
            assert ["https://cache.one.test" in each for each in policies] == [True, False]
            assert [" https:;" in each for each in policies] == [False, True]

            # who may read the stats, and whose word on the client's address counts
            assert (await one.get("/metrics")).status_code == 403
            token = {"Authorization": "Bearer of-one", "X-Forwarded-For": "198.51.100.7"}
            assert (await one.get("/metrics", headers=token)).status_code == 200
            assert (await other.get("/metrics", headers=token)).status_code == 200

            app = {"client_name": "App", "redirect_uris": "https://app.test/", "more": "x" * 1_500_000}
            made = [await each.post("/api/v1/apps", data=app, headers=named) for each in (one, other)]
            assert [answer.status_code for answer in made] == [413, 200]
    assert current_state() is before
    assert config().main_domain != "one.test"
