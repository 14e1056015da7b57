"""With a real provider, oidc-provider, over HTTP on loopback: through its pages and ours, from the first visit to signing out of both."""

import asyncio
import html
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from core.ids import new_id
from tests.pages.accounts.providers.conftest import _LINK, Door
from tests.support.servers import ROOT
from tests.support.waiting import wait_until
from users.identities.models import Identity
from users.logins.models import Session, User
from users.logins.services.staff import OPERATOR
from users.roles.models import MODERATOR, RoleGrant
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.services import providers as service
from users.sign_in_providers.services.flow import redirect_uri
from users.sign_in_providers.services.leaving import after_sign_out

pytestmark = [pytest.mark.anyio, pytest.mark.servers, pytest.mark.slow]

_PACKAGES = ROOT / ".cache/peers"
_INPUT = re.compile(r"<input[^>]*>")
_NAME, _VALUE = re.compile(r'name="(\w+)"'), re.compile(r'value="([^"]*)"')
_ACTION = re.compile(r'<form[^>]*action="([^"]+)"')


@asynccontextmanager
async def running(folder: Path, redirect: str, after: str, alg: str) -> AsyncIterator[str]:
    """Run provider.js; yield its issuer."""
    if not (_PACKAGES / "node_modules/oidc-provider").exists():
        pytest.skip("the packages of npm are not there: `make test` (or tools/peers) fetches them")
    (folder / "node_modules").symlink_to(_PACKAGES / "node_modules")
    shutil.copy(Path(__file__).with_name("provider.js"), folder)
    (folder / "package.json").write_text('{"type": "module"}')
    env = {"PATH": os.environ["PATH"], "REDIRECT": redirect, "AFTER": after, "ALG": alg}
    log = folder / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            _PACKAGES / "node", "provider.js", cwd=folder, env=env, stdout=output, stderr=output
        )
    try:

        def issuer() -> str:
            assert process.returncode is None, log.read_text()
            found = re.search(r"ready (\S+)\n", log.read_text())
            return found[1] if found else ""

        yield await wait_until(issuer, 60, "provider.js listens")
    except BaseException as error:
        error.add_note(f"The log of provider.js:\n{log.read_text()[-4000:]}")
        raise
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _fields(page: str) -> dict[str, str]:
    fields = {}
    for written in _INPUT.findall(page):
        if name := _NAME.search(written):
            value = _VALUE.search(written)
            fields[name[1]] = html.unescape(value[1]) if value else ""
    return fields


class Person:
    """Somebody with a browser for the provider's pages. `answers`: what they type, and which button they press."""

    def __init__(self, http: httpx.AsyncClient, **answers: str) -> None:
        self.http, self.answers = http, answers

    async def walk(self, url: str) -> str:
        """Follow redirects and fill in the provider's forms, until it sends the browser back to us; return that address."""
        answer = await self.http.get(url)
        for _ in range(20):
            if answer.is_redirect:
                url = urljoin(str(answer.url), answer.headers["location"])
                if url.startswith("https://testserver"):
                    return url
                answer = await self.http.get(url)
                continue
            action = _ACTION.search(answer.text)
            assert action is not None, answer.text
            form = _fields(answer.text)
            buttons = {"decision", "logout"}
            form |= {name: text for name, text in self.answers.items() if name in form or name in buttons}
            answer = await self.http.post(urljoin(str(answer.url), html.unescape(action[1])), data=form)
        raise AssertionError(f"still at {answer.url}")


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_from_the_first_visit_to_signing_out_of_both(door: Door, tmp_path: Path, alg: str) -> None:
    row_id = new_id()
    future = SignInProvider(pk=row_id, domain=door.domain)
    addresses = redirect_uri(future, door.domain), after_sign_out(door.domain)
    async with running(tmp_path, *addresses, alg) as issuer, httpx.AsyncClient() as http:
        wanted = service.Wanted(
            name="Real",
            client_id="takahe",
            client_secret="a secret: with % and +",
            scopes="profile email groups",
            creates_logins=True,
            roles=[("mods", MODERATOR.id)],
        )
        row = await service.add(by=OPERATOR, domain=door.domain, issuer=issuer, wanted=wanted, row_id=row_id)
        person, browser = Person(http, login="mo", password="x", logout="yes"), await door.browser()
        back = await person.walk(await door.leave(browser, next_="/settings/security", row=row))
        arrived = await browser.get(back)
        assert (arrived.status_code, arrived.headers["location"]) == (
            303,
            f"/sign-in/with/{row_id}/username",
        ), arrived.text
        await browser.get(arrived.headers["location"])
        made = await browser.post(arrived.headers["location"], {"username": "mo"})
        assert (made.status_code, made.headers["location"]) == (303, "/settings/security")
        user = await User.objects.aget(email="mo@example.org")
        assert (await Identity.objects.aget(username="mo")).name == "The real mo"
        assert (await RoleGrant.objects.aget(user=user.pk)).role_id == MODERATOR.id
        assert (await browser.get(back)).headers[
            "location"
        ] == "/settings/security"  # the code again: refused
        assert await Session.objects.acount() == 1

        other = await door.browser()
        again = await person.walk(await door.leave(other, row=row))  # is still signed in there
        assert (await other.get(again)).headers["location"] == "/"
        await other.get("/settings/security")
        bye = _LINK.search((await other.post("/sign-out")).text)
        assert bye is not None
        assert (await person.walk(html.unescape(bye[1]))).startswith(after_sign_out(door.domain))
        assert await Session.objects.acount() == 1
