"""Joining in a real browser, which solves the puzzle of the form while one fills it in."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import faults_of, listen
from tests.support.browser import new_context
from tests.support.servers import Server
from users.logins.services.sign_up import UNSOLVED_PER_NETWORK

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_browser_joins_where_those_without_an_answer_may_not(
    town: Server, visit: Visit, chromium_process: Browser
) -> None:
    staff = await visit("ana")
    await staff.goto(f"{town.base_url}/admin/domains")
    await staff.get_by_role("link", name=re.compile("^Edit")).first.click()
    await staff.get_by_label("Who may sign up").select_option("open")
    await staff.get_by_role("button", name="Save").first.click()
    page = await (await new_context(chromium_process)).new_page()
    heard = listen(page)
    for number in range(UNSOLVED_PER_NETWORK + 1):
        plain = await page.context.request.get(f"{town.base_url}/sign-up")
        token = next(one["value"] for one in await page.context.cookies() if one["name"] == "csrftoken")
        assert plain.ok
        form = {
            "username": f"early{number}",
            "email": f"early{number}@example.org",
            "password": "seven small boats",
        }
        answer = await page.context.request.post(
            f"{town.base_url}/sign-up",
            form={**form, "csrfmiddlewaretoken": token},
            headers={"origin": town.base_url},
        )
    assert answer.status == 429, "all tries without an answer are used up"
    await page.goto(f"{town.base_url}/sign-up")
    await page.get_by_label("Username").fill("quail")
    await page.get_by_label("E-mail address").fill("quail@example.org")
    await page.get_by_label("Password").fill("seven small boats")
    assert await faults_of(page) == []
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_text("quail@example.org")).to_be_visible()
    assert [one for one in heard if "Service Worker" not in one] == []
    await page.context.close()
