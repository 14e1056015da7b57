"""Another Takahē as the provider: the same people on two servers, each a process or several, over HTTP."""

import pytest

from core.ids import new_id
from tests.pages.accounts.providers.conftest import Door
from tests.pages.accounts.providers.test_real_provider import Person
from tests.support.servers import running_server
from users.identities.models import Identity
from users.logins.models import User
from users.logins.services.staff import OPERATOR
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.services import providers as service
from users.sign_in_providers.services.flow import redirect_uri

pytestmark = [pytest.mark.anyio, pytest.mark.servers, pytest.mark.slow]


async def test_somebody_of_another_takahe_comes_in(door: Door) -> None:
    row_id = new_id()
    uri = redirect_uri(SignInProvider(pk=row_id, domain=door.domain), door.domain)
    async with running_server() as server, server.client() as http:
        await server.set_up("zoe", "zoe@example.com")
        app = await http.post(
            "/api/v1/apps",
            json={"client_name": "Us", "redirect_uris": uri, "scopes": "openid profile email"},
        )
        row = await service.add(
            by=OPERATOR,
            domain=door.domain,
            issuer=server.base_url,
            wanted=service.Wanted(
                name="Other",
                client_id=app.json()["client_id"],
                client_secret=app.json()["client_secret"],
                creates_logins=True,
            ),
            row_id=row_id,
        )
        person = Person(http, email="zoe@example.com", password="correct horse battery", decision="allow")
        browser = await door.browser()
        back = await person.walk(await door.leave(browser, row=row))
        arrived = await browser.get(back)
        assert arrived.headers["location"] == f"/sign-in/with/{row_id}/username", arrived.text
        assert 'value="zoe"' in (await browser.get(arrived.headers["location"])).text
        made = await browser.post(arrived.headers["location"], {"username": "zoe"})
        assert made.status_code == 303
        assert await User.objects.filter(email="zoe@example.com").aexists()
        assert await Identity.objects.filter(username="zoe", domain=door.domain.pk).aexists()
        denied = Person(http, decision="deny")
        other = await door.browser()
        answer = await other.get(await denied.walk(await door.leave(other, row=row)))
        assert (answer.status_code, "You did not sign in at Other" in answer.text) == (403, True)
