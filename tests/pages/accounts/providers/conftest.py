"""A domain with a provider that obeys the test, and browsers that go there and come back."""

import html
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.pages.accounts.providers.provider import Provider
from tests.pages.conftest import Visitor
from tests.support.peers import outbound
from tests.users.support import make_domain
from users.domains.models import Domain
from users.logins.services.staff import OPERATOR
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.services import providers as service

_LINK = re.compile(r'<a class="button wide" href="([^"]+)"')


@dataclass
class Door:
    """A domain and its provider. `row` is what is stored of it."""

    domain: Domain
    provider: Provider
    row: SignInProvider
    _stack: AsyncExitStack
    browsers: list[Visitor] = field(default_factory=list)

    async def browser(self, cookie: str = "", host: str = "testserver") -> Visitor:
        from takahe.asgi import application

        transport = httpx.ASGITransport(application, client=("127.0.0.1", 40000))
        http = httpx.AsyncClient(
            transport=transport, base_url=f"https://{host}", headers={"Origin": f"https://{host}"}
        )
        visitor = Visitor(await self._stack.enter_async_context(http))
        if cookie:
            http.cookies.set("__Host-session", cookie)
        self.browsers.append(visitor)
        return visitor

    async def leave(self, visitor: Visitor, *, next_: str = "", row: SignInProvider | None = None) -> str:
        """Press the button; return the address at the provider."""
        await visitor.get("/sign-in")
        path = f"/sign-in/with/{(row or self.row).pk}"
        page = await visitor.post(path, {"next": next_} if next_ else {})
        assert page.status_code == 200, page.text
        found = _LINK.search(page.text)
        assert found is not None
        return html.unescape(found[1])

    async def enter(self, visitor: Visitor, *, next_: str = "", **changes: Any) -> httpx.Response:
        """Go to the provider and come back; return our answer."""
        there = await self.leave(visitor, next_=next_)
        return await visitor.get(self.provider.authorize(there, **changes))

    async def change(self, **changes: Any) -> None:
        await SignInProvider.objects.filter(pk=self.row.pk).aupdate(**changes)


async def add_provider(domain: Domain, provider: Provider, **settings: Any) -> SignInProvider:
    wanted = {"name": "House", "client_id": "takahe", "client_secret": "s3cret", **settings}
    return await service.add(
        by=OPERATOR, domain=domain, issuer=provider.issuer, wanted=service.Wanted(**wanted)
    )


@pytest.fixture
async def door(db: None) -> AsyncIterator[Door]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            outbound(resolve={"house.test": "127.0.0.1", "evil.test": "127.0.0.1", "localhost": "127.0.0.1"})
        )
        provider = Provider("house.test")
        await stack.enter_async_context(provider)
        domain = await make_domain()
        row = await add_provider(domain, provider)
        yield Door(domain, provider, row, stack)


@pytest.fixture
def people() -> Callable[..., dict[str, Any]]:
    def person(name: str = "ada", **more: Any) -> dict[str, Any]:
        return {
            "sub": f"id-of-{name}",
            "email": f"{name}@example.org",
            "email_verified": True,
            "preferred_username": name,
            "name": name.title(),
            **more,
        }

    return person
