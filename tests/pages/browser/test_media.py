"""Players of our own, and the colours of pictures, in a real browser."""

import io
import shutil
import wave

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from core.media.child.blurhash import blurhash
from core.pages.static_files import assets
from tests.pages.browser.town import DESK, faults_of, let_in, listen
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers, pytest.mark.slow]

_ADD = """(html) => {
    document.querySelector("main").insertAdjacentHTML("afterbegin", html);
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: document.querySelector("main").firstElementChild } }));
}"""


def silence(seconds: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000 * seconds)
    return file.getvalue()


@pytest.fixture
async def page(town: Server, browser: BrowserContext) -> Page:
    page = await browser.new_page()
    await page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    await page.wait_for_load_state()
    return page


async def test_one_sound_plays_at_a_time_and_by_keys(page: Page) -> None:
    async def serve(route: Route) -> None:
        await route.fulfill(body=silence(60), content_type="audio/wav")

    heard = listen(page)
    await page.route("**/*.wav", serve)
    html = "".join(
        f'<figure><audio src="/{name}.wav" controls preload="none" aria-label="{name}"></audio></figure>'
        for name in ("one", "two")
    )
    await page.evaluate(_ADD, f'<div class="media media-2">{html}</div>')
    one, two = (page.get_by_role("group", name=name) for name in ("one", "two"))
    await one.get_by_role("button", name="Play").click()
    await expect(one.get_by_role("button", name="Pause")).to_be_visible()
    await expect(one.locator(".time")).to_contain_text("/ 01:00")
    await two.get_by_role("button", name="Play").click()
    await expect(two.get_by_role("button", name="Pause")).to_be_visible()
    await expect(one.get_by_role("button", name="Play")).to_be_visible()
    place = two.get_by_role("slider", name="Position")
    await place.focus()
    await page.keyboard.press("l")
    await wait_until(lambda: page.evaluate("document.querySelectorAll('audio')[1].currentTime >= 10"))
    assert await page.evaluate("document.activeElement.matches('input')"), "the page's own keys are not meant"
    await page.keyboard.press("m")
    await expect(two.get_by_role("button", name="Unmute")).to_be_visible()
    await page.keyboard.press("k")
    await expect(two.get_by_role("button", name="Play")).to_be_visible()
    bar, whole = [await two.locator(part).bounding_box() for part in (".bar", "xpath=.")]
    assert bar
    assert whole
    assert bar["width"] == whole["width"], "its colours are not those of players of other sites"
    assert heard == []


async def test_the_badge_of_a_picture_that_cannot_be_loaded_leaves_its_description_legible(
    page: Page,
) -> None:
    await page.route("**/gone.png", lambda route: route.fulfill(status=404, body="gone"))
    badge = '<details class="alt"><summary>ALT</summary><p>A cat</p></details>'
    figure = f'<figure><a href="/gone.png"><img src="/gone.png" alt="A cat"></a>{badge}</figure>'
    await page.evaluate(_ADD, f'<div class="media media-1">{figure}</div>')
    await wait_until(lambda: page.evaluate("document.querySelector('.media img').complete"))
    box = await page.locator(".media summary").first.bounding_box()
    figure_box = await page.locator(".media figure").first.bounding_box()
    assert box is not None
    assert figure_box is not None
    assert box["y"] >= figure_box["y"] + 20, "below a line of text"


async def test_a_drawn_sound_fills_as_it_plays(page: Page) -> None:
    await page.route("**/*.wav", lambda route: route.fulfill(body=silence(2), content_type="audio/wav"))
    wave = '<svg class="wave" viewBox="0 0 4 36" preserveAspectRatio="none"><path d="M1 8v20M3 0v36"/></svg>'
    html = f'<figure>{wave}<audio src="/one.wav" controls preload="none" aria-label="one"></audio></figure>'
    await page.evaluate(_ADD, f'<div class="media media-1">{html}</div>')
    one = page.get_by_role("group", name="one")
    whole, played = one.locator(".wave:not(.played)"), one.locator(".wave.played")
    await expect(whole).to_be_visible()
    assert await whole.bounding_box() == await played.bounding_box(), "one over the other"
    cut = "() => getComputedStyle(document.querySelector('.wave.played')).clipPath"
    assert "100%" in await page.evaluate(cut)
    await one.get_by_role("button", name="Play").click()
    await wait_until(lambda: page.evaluate("document.querySelector('audio').ended"))
    await wait_until(lambda: page.evaluate(f"['inset(0px)', 'inset(0px 0% 0px 0px)'].includes(({cut})())"))


async def test_media_pauses_when_scrolled_out_of_view(page: Page) -> None:
    await page.route("**/*.wav", lambda route: route.fulfill(body=silence(60), content_type="audio/wav"))
    html = '<figure><audio src="/one.wav" controls preload="none" aria-label="one"></audio></figure>'
    await page.evaluate(_ADD, f'<div class="media media-1">{html}</div>')
    await page.get_by_role("group", name="one").get_by_role("button", name="Play").click()
    await wait_until(lambda: page.evaluate("!document.querySelector('audio').paused"))
    await page.evaluate("document.querySelector('.feed').lastElementChild.scrollIntoView()")
    await wait_until(lambda: page.evaluate("document.querySelector('audio').paused"))


async def test_colours_stand_in_for_a_picture_until_it_has_come(page: Page) -> None:
    hash_ = blurhash(bytes((200, 40, 90)) * 1024, 32, 32)
    found = await page.evaluate(
        "async ([script, hash]) => Array.from((await import(script)).pixels(hash))",
        [assets().url("js/reading/media.js"), hash_],
    )
    for place, meant in enumerate((200, 40, 90)):
        middle = found[4 * (32 * 20 + 20) + place]
        assert abs(middle - meant) < 20, (place, middle)
    waiting: list[Route] = []
    await page.route("**/late.png", lambda route: waiting.append(route))
    html = f'<figure data-blur="{hash_}"><a href="/late.png"><img src="/late.png" alt="Late" width="40" height="40"></a></figure>'
    await page.evaluate(_ADD, f'<div class="media media-1">{html}</div>')
    await expect(page.locator("figure > canvas.blur")).to_be_visible()
    await wait_until(lambda: bool(waiting))
    await waiting[0].abort()
    await expect(page.locator("figure > canvas.blur")).to_have_count(0)


async def test_hashes_that_are_none_do_nothing(page: Page) -> None:
    script = assets().url("js/reading/media.js")
    for hash_ in ("", "00", "é" * 30, "L" * 500, "00000!", "~" * 6):
        assert await page.evaluate(
            "async ([script, hash]) => (await import(script)).pixels(hash) === null", [script, hash_]
        )


@pytest.mark.parametrize("page_of", ["page", "page_without_scripts"])
async def test_captions_are_typed_beside_a_sound_and_shown(
    town: Server, page: Page, page_without_scripts: Page, page_of: str
) -> None:
    """The player of a page without scripts is the browser's, which reads the same captions."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed: `make test` installs it")
    writer = page if page_of == "page" else page_without_scripts
    heard = listen(writer)
    await let_in(writer, town, "ana")
    await writer.goto(f"{town.base_url}/compose")
    await writer.fill("textarea[name=text]", f"A voice on the {page_of}")
    await writer.locator("summary", has_text="Pictures, video or audio").click()
    sound = {"name": "a.wav", "mimeType": "audio/wav", "buffer": silence(3)}
    await writer.locator("details.files input[type=file]").first.set_input_files([sound])  # type: ignore[list-item]
    if page_of != "page":
        await writer.get_by_role("button", name="Upload without posting").click()
    row = writer.locator(".file-row:has([name=media])")
    await row.get_by_text("Captions", exact=True).click(timeout=30_000)
    await row.get_by_label("Or type them").fill("WEBVTT\n\n00:00.000 --> 00:03.000\nGood <b>morning</b>")
    await row.get_by_label("Language").select_option("de")
    if writer is page:
        assert await faults_of(page) == []
    await row.locator("textarea").first.fill("A voice says good morning")
    await writer.get_by_role("button", name="Post", exact=True).click()
    await writer.wait_for_url("**/@ana/*", timeout=30_000)
    await expect(writer.locator("article.focus track")).to_have_attribute("srclang", "de")
    assert heard == []
    await page.goto(writer.url)
    player = page.locator("article.focus .player")
    await player.get_by_role("button", name="Captions").click()
    await expect(player.get_by_role("button", name="Captions")).to_have_attribute("aria-pressed", "true")
    await player.get_by_role("button", name="Play").click()
    await expect(player.locator(".said b")).to_have_text("morning")
    await player.get_by_role("button", name="Captions").click()
    await expect(player.locator(".said")).to_be_empty()
