"""A reply that was begun in one browser, in the reply box of another."""

import re

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, listen, write
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_reply_begun_on_the_phone_is_offered_at_the_desk(town: Server, visit: Visit) -> None:
    phone, desk = await visit("bob", viewport=PHONE), await visit("bob")
    heard = listen(desk)
    address = await write(await visit("ana"), town, "Who answers on two devices?")
    words = "You have a draft of this reply."
    await phone.goto(address)
    await phone.locator("#answer .send > a").click()
    text = phone.locator(".composing textarea[name=text]")
    await expect(phone.locator(".composing input[name=draft]")).not_to_have_value("")
    await text.press_sequentially("half a thought")
    await expect(phone.locator("#draft-state")).to_have_text("Draft saved")

    await desk.goto(address)
    await desk.locator("#answer textarea").click()
    note = desk.locator(".composing .note", has_text=words)
    await expect(note).to_be_visible()
    assert await faults_of(desk) == []
    await note.get_by_role("link", name="Continue your draft").click()
    await expect(desk).to_have_url(re.compile(r"/compose\?draft="))
    await expect(desk.locator("textarea[name=text]")).to_have_value("@ana half a thought")

    # the browser that has it restores it itself
    await phone.reload()
    await phone.locator("#answer .send > a").click()
    await expect(text).to_have_value("@ana half a thought")
    await expect(phone.get_by_text("Your draft was restored.")).to_be_visible()
    await expect(phone.get_by_text(words)).to_have_count(0)
    assert heard == []
