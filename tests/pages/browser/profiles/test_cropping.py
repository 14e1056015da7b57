"""The part of a new avatar or header that is shown, chosen in a real browser: by mouse, keys, slider and fingers."""

import io
import re

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.media import files
from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, let_in, listen
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

ICON, HEADER = "Profile picture (optional)", "Header picture (optional)"


async def choose(page: Page, town: Server, label: str, size: tuple[int, int] = (900, 300)) -> Locator:
    """Open the settings, choose a picture (red on the left, blue on the right), and return its frame."""
    await page.goto(f"{town.base_url}/settings")
    file = {"name": "a.png", "mimeType": "image/png", "buffer": files.image(size, "PNG")}
    await page.get_by_label(label, exact=True).set_input_files(file)  # type: ignore[arg-type]
    return page.get_by_role("group", name="Visible part of the picture")


async def saved(page: Page, town: Server, kind: str) -> tuple[str, ...]:
    """Save, and return the colours of the picture on the left and on the right of the profile's page."""
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Profile saved.")).to_be_visible()
    await page.goto(f"{town.base_url}/@ana")
    address = await page.locator(f".profile {kind}").first.get_attribute("src")
    assert address
    if not address.startswith("http"):
        address = town.base_url + address
    content = await (await page.context.request.get(address)).body()
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    shades = [picture.getpixel((at, picture.height // 2)) for at in (3, picture.width - 3)]
    return tuple("red" if shade[0] > shade[2] else "blue" for shade in shades)  # type: ignore[index]


async def parts(page: Page, kind: str) -> list[float]:
    field = page.locator(f"[name={kind}_crop]")
    await expect(field).to_have_value(re.compile(r"^[\d.]+,[\d.]+,[\d.]+,[\d.]+$"))
    return [float(part) for part in (await field.input_value()).split(",")]


async def test_a_picture_is_dragged_and_zoomed(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    frame = await choose(page, town, ICON)
    await expect(frame).to_be_visible()
    assert await parts(page, "icon") == pytest.approx([1 / 3, 0, 1 / 3, 1], abs=0.001)
    assert await faults_of(page) == []
    box = await frame.bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.move(*middle)
    await page.mouse.down()
    await page.mouse.move(middle[0] - box["width"] / 4, middle[1], steps=4)
    await page.mouse.up()
    assert (await parts(page, "icon"))[0] == pytest.approx(1 / 3 + 1 / 12, abs=0.005)
    await page.mouse.wheel(0, 100)
    assert await parts(page, "icon") == pytest.approx([5 / 12, 0, 1 / 3, 1], abs=0.005), "the page scrolls"
    await frame.scroll_into_view_if_needed()
    await frame.focus()
    await frame.hover()
    await page.mouse.wheel(0, -300)
    await expect(page.get_by_role("slider", name="Zoom")).not_to_have_value("1")
    assert (await parts(page, "icon"))[3] < 0.6
    await frame.click(position={"x": box["width"] - 8, "y": box["height"] / 2})  # goes to the middle
    await page.mouse.move(*middle)
    assert (await parts(page, "icon"))[0] > 0.5
    assert await saved(page, town, "img.avatar") == ("blue", "blue")
    assert heard == []


async def test_a_header_is_cut_by_keys_alone(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE)
    heard = listen(page)
    frame = await choose(page, town, HEADER, (600, 600))
    assert await parts(page, "image") == pytest.approx([0, 1 / 3, 1, 1 / 3], abs=0.001)
    assert await faults_of(page) == []
    await page.get_by_label(HEADER, exact=True).focus()
    await page.keyboard.press("Tab")
    await expect(frame).to_be_focused()
    for _ in range(12):
        await page.keyboard.press("+")
    for _ in range(30):
        await page.keyboard.press("ArrowLeft")
    left, _top, width, height = await parts(page, "image")
    assert (left, width) == (0, pytest.approx(3 * height, abs=0.001))
    assert width < 0.4
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("slider", name="Zoom")).to_be_focused()
    await page.keyboard.press("End")
    assert (await parts(page, "image"))[2] == pytest.approx(1 / 6, abs=0.001)
    assert await saved(page, town, "img.banner") == ("red", "red")
    assert heard == []


async def test_two_fingers_zoom(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE, has_touch=True)
    frame = await choose(page, town, ICON, (600, 600))
    await frame.scroll_into_view_if_needed()
    box = await frame.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    devtools = await page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 30), ("touchMove", 50), ("touchMove", 60), ("touchEnd", 0)):
        points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}] if apart else []
        await devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert await parts(page, "icon") == pytest.approx([0.25, 0.25, 0.5, 0.5], abs=0.02)


async def test_what_is_no_picture_has_no_frame(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await let_in(page, town, "ana")
    frame = await choose(page, town, ICON)
    await expect(frame).to_be_visible()
    file = {"name": "a.heic", "mimeType": "image/heic", "buffer": b"unknown to the browser"}
    await page.get_by_label(ICON, exact=True).set_input_files(file)  # type: ignore[arg-type]
    await expect(frame).to_be_hidden()
    await expect(page.locator("[name=icon_crop]")).to_have_value("")


async def test_the_middle_is_shown_without_scripts(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE, java_script_enabled=False, reduced_motion="no-preference")
    frame = await choose(page, town, ICON)
    await expect(frame).to_have_count(0)
    assert await saved(page, town, "img.avatar") == ("red", "blue")
