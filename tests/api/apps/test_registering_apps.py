"""Registering apps: those that cannot be, and redirects that are refused."""

import pytest

from api.models import App
from tests.api.apps.authorizing import CALLBACK, OOB, Browser, asks, register
from tests.api.support.world import World

pytestmark = pytest.mark.anyio


async def test_apps_that_cannot_be_registered(world: World) -> None:
    for changed, status, error in (
        ({"client_name": ""}, 400, None),
        ({"redirect_uris": ""}, 400, None),
        ({"redirect_uris": "nowhere"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        (
            {"redirect_uris": "javascript:alert(1)"},
            422,
            "Validation failed: Redirect URI must be an absolute URI.",
        ),
        ({"redirect_uris": "https:///path"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "https:"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "://nowhere"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "javascript:"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "data://"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "https://a.test/#x"}, 422, None),
        ({"redirect_uris": "https://a.test/#"}, 422, None),
        ({"scopes": "everything"}, 422, None),
        ({"website": "javascript:alert(1)"}, 422, None),
        ({"website": "https://[::1"}, 422, None),
        ({"client_name": "x" * 61}, 422, None),
    ):
        registration = {"client_name": "App", "redirect_uris": OOB, **changed}
        await world.nobody.refused("POST", "/api/v1/apps", status, error, data=registration)


@pytest.mark.parametrize(
    "scheme",
    [
        "javascript", "JavaScript", "vbscript", "data", "file", "blob", "about", "filesystem", "view-source", "View-Source", "jar",
        "mhtml", "ms-its", "chrome", "resource", "intent", "content", "mailto", "tel", "sms", "ws", "ftp",
    ],
)  # fmt: skip
async def test_no_redirect_leads_into_the_browser_itself(world: World, scheme: str) -> None:
    for uri in (f"{scheme}:x", f"{scheme}://x", f"{scheme}:", f"{scheme}:https://a.test/"):
        for sent in (
            {"json": {"client_name": "App", "redirect_uris": [CALLBACK, uri]}},
            {"data": {"client_name": "App", "redirect_uris": uri}},
        ):
            error = "Validation failed: Redirect URI must be an absolute URI."
            await world.nobody.refused("POST", "/api/v1/apps", 422, error, **sent)
    assert not await App.objects.filter(name="App").aexists()


async def test_an_app_that_registered_such_a_redirect_before_leads_nowhere(
    world: World, browser: Browser
) -> None:
    app = await register(world)
    uri = "view-source:https://a.test/"
    await App.objects.filter(client_id=app["client_id"]).aupdate(redirect_uris=[uri])
    answer = await browser.open(**{**asks(app), "redirect_uri": uri})
    assert answer.status_code == 422
    assert "Location" not in answer.headers


async def test_redirect_uris_as_a_json_list(world: World) -> None:
    app = await world.nobody.post(
        "/api/v1/apps",
        "CredentialApplication",
        json={"client_name": "App", "redirect_uris": [CALLBACK, OOB]},
    )
    assert app["redirect_uris"] == [CALLBACK, OOB]
    assert app["redirect_uri"] == f"{CALLBACK}\n{OOB}"
    assert app["scopes"] == ["read"]
