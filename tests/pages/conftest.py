"""A domain with a member, a moderator and an admin, each with a browser of their own that speaks HTTP without scripts."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.users.support import make_domain, make_person, make_user, sign_in
from users.domains.models import Domain
from users.identities.models import Identity
from users.logins.cookies import cookie_name
from users.logins.models import User
from users.roles.models import MODERATOR, OWNER, BuiltIn

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Visitor:
    """Somebody with a browser: keeps cookies, and sends the CSRF token of the last form page."""

    def __init__(
        self, http: httpx.AsyncClient, user: User | None = None, identity: Identity | None = None
    ) -> None:
        self.http = http
        self._user, self._identity = user, identity
        self._token = ""

    @property
    def user(self) -> User:
        assert self._user is not None
        return self._user

    @property
    def me(self) -> Identity:
        assert self._identity is not None
        return self._identity

    async def get(self, path: str, **more: Any) -> httpx.Response:
        answer = await self.http.get(path, **more)
        if found := _TOKEN.search(answer.text):
            self._token = found[1]
        return answer

    async def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        if not self._token:
            await self.get("/sign-in" if self._user is None else "/more")
        form = {"csrfmiddlewaretoken": self._token, **(data or {})}
        return await self.http.post(path, data=form, **more)


@dataclass
class Site:
    domain: Domain
    nobody: Visitor
    member: Visitor
    moderator: Visitor
    admin: Visitor


@pytest.fixture
async def site(db: None) -> AsyncIterator[Site]:
    from takahe.asgi import application

    domain = await make_domain()
    async with AsyncExitStack() as stack:

        async def visitor(name: str = "", role: BuiltIn | None = None) -> Visitor:
            transport = httpx.ASGITransport(application, client=("127.0.0.1", 40000))
            http = httpx.AsyncClient(transport=transport, base_url="http://testserver")
            http = await stack.enter_async_context(http)
            if not name:
                return Visitor(http)
            user = await make_user(f"{name}@example.org", role)
            identity = await make_person(domain, name, user, name=name.title())
            _, cookie = await sign_in(user, domain)
            http.cookies.set(cookie_name(domain), cookie)
            return Visitor(http, user, identity)

        yield Site(
            domain,
            await visitor(),
            await visitor("mia"),
            await visitor("mo", MODERATOR),
            await visitor("ann", OWNER),
        )
