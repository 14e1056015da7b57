"""The camera of a phone, as a source of pictures for a post."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.photos import photo
from tests.pages.browser.town import DESK, PHONE, faults_of, listen
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_phone_takes_a_photo(town: Server, visit: Visit) -> None:
    for options, is_phone in (
        ({"viewport": PHONE, "has_touch": True, "is_mobile": True}, True),
        ({"viewport": DESK}, False),
    ):
        page = await visit("ana", **options)
        heard = listen(page)
        await page.goto(f"{town.base_url}/compose")
        async with page.expect_file_chooser() as chosen:
            await page.locator("summary", has_text="Pictures, video or audio").click()
        file = {"name": "a.png", "mimeType": "image/png", "buffer": photo(300, 200)}
        await (await chosen.value).set_files([file])  # type: ignore[list-item]
        await expect(page.locator(".file-row textarea")).to_have_count(1)
        button = page.get_by_role("button", name="Take a photo")
        if is_phone:
            async with page.expect_file_chooser() as shot:
                await button.click()
            camera = (await shot.value).element
            assert await camera.get_attribute("capture") == "environment"
            assert await camera.get_attribute("accept") == "image/*"
            await (await shot.value).set_files([file])  # type: ignore[list-item]
            await expect(page.locator(".file-row textarea")).to_have_count(2)
            assert await faults_of(page) == []
        else:
            await expect(button).to_be_hidden()
        assert heard == []


async def test_the_handle_of_a_profile_is_copied(town: Server, visit: Visit) -> None:
    page = await visit("bob", permissions=["clipboard-read", "clipboard-write"])
    await page.goto(f"{town.base_url}/@ana")
    await page.wait_for_load_state("networkidle")
    handle = await page.locator(".profile .handle [dir=ltr]").inner_text()
    await page.get_by_label("More about @ana").first.click()
    await page.get_by_role("link", name="Copy handle").click()
    await expect(page.locator("#toast")).to_contain_text("Copied.")
    assert await page.evaluate("navigator.clipboard.readText()") == handle
