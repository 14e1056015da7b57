"""Settings of appearance: what a page says of itself, for whom, and that colours stay readable."""

import colorsys
import re

import pytest

from tests.pages.conftest import Site, Visitor
from users.domains.models import DEFAULT_ACCENT
from users.logins.models import User
from web.frame.colors import contrast, stylesheet

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
PLAIN = '<html lang="en" >'


async def look(visitor: Visitor, **wish: str) -> str:
    """Choose how pages look; return the first page after that."""
    answer = await visitor.post(
        "/settings/appearance", data={"theme": "system", "text_size": "normal", **wish}
    )
    assert answer.status_code == 303
    return (await visitor.get("/local", headers=PAGE)).text


def sheet(page: str, name: str) -> str:
    """Return the link to a style sheet; empty without one."""
    found = re.search(rf'<link[^>]*href="[^"]*/{name}\.[^"]*"[^>]*>', page)
    return found[0] if found else ""


async def test_a_theme_is_on_every_page_of_the_person_and_of_nobody_else(site: Site) -> None:
    assert PLAIN in await look(site.member)
    page = await look(site.member, theme="dark", text_size="large", is_compact="on")
    assert '<html lang="en" data-theme="dark" data-text="large" data-density="compact">' in page
    assert '<meta name="color-scheme" content="dark">' in page
    assert sheet(page, "appearance")
    for visitor in (site.nobody, site.moderator):
        other = (await visitor.get("/local", headers=PAGE)).text
        assert PLAIN in other
        assert '<meta name="color-scheme" content="light dark">' in other
        assert not sheet(other, "appearance")
    form = (await site.member.get("/settings/appearance", headers=PAGE)).text
    for value in ("dark", "large"):
        assert f'<option value="{value}" selected>' in form
    assert PLAIN in await look(site.member)


async def test_contrast_is_for_those_who_choose_it_and_for_devices_that_ask(site: Site) -> None:
    asked = 'media="(prefers-contrast: more)"'
    assert asked in sheet((await site.nobody.get("/local", headers=PAGE)).text, "contrast")
    assert asked in sheet(await look(site.member, theme="light"), "contrast")
    page = await look(site.member, theme="contrast")
    assert asked not in sheet(page, "contrast")
    assert '<meta name="color-scheme" content="light dark">' in page


@pytest.mark.parametrize(
    "forged", [{"theme": '"><script>'}, {"text_size": "200%"}, {"theme": ""}, {"text_size": ""}]
)
async def test_forged_appearance_settings_are_refused(site: Site, forged: dict[str, str]) -> None:
    wish = {"theme": "dark", "text_size": "small", **forged}
    answer = await site.member.post("/settings/appearance", data=wish, headers=PAGE)
    assert answer.status_code == 422
    assert PLAIN in answer.text
    assert (
        await User.objects.filter(theme="system", text_size="normal").acount() == await User.objects.acount()
    )


@pytest.mark.parametrize("accent", [DEFAULT_ACCENT, "#ffff00", "#000000", "#ffffff", "#ff0000", "#7f7f7f"])
def test_links_of_high_contrast_can_be_read_whatever_a_domains_colour_is(accent: str) -> None:
    strong = re.search(r"--strong: light-dark\((#\w{6}), (#\w{6})\)", stylesheet(accent))
    assert strong
    for color, ground in zip(strong.groups(), ((242, 242, 242), (22, 22, 22)), strict=True):
        red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
        assert contrast((red, green, blue), ground) >= 7


@pytest.mark.parametrize("accent", ["#ffee00", "#ff0000", "#0f6b78", "#5b4bd8", "#0000ff"])
def test_links_keep_the_hue_of_the_domains_colour(accent: str) -> None:
    links = re.search(r"--link: light-dark\(#(\w{6}), #(\w{6})\)", stylesheet(accent))
    assert links
    hues = [
        colorsys.rgb_to_hls(*(part / 255 for part in bytes.fromhex(color)))[0]
        for color in (accent[1:], *links.groups())
    ]
    for hue, ground in zip(hues[1:], ((238, 236, 248), (42, 38, 58)), strict=True):
        color = bytes.fromhex(links[1] if ground[0] > 200 else links[2])
        assert contrast((color[0], color[1], color[2]), ground) >= 4.5
        apart = abs(hue - hues[0])
        assert min(apart, 1 - apart) < 0.06, "a screen's blue bends a little in OKLCH"


def test_loud_colours_are_calmed_and_pale_ones_are_seen_in_links() -> None:
    def saturation(accent: str) -> float:
        link = re.search(r"--link: light-dark\(#(\w{6})", stylesheet(accent))
        assert link
        return colorsys.rgb_to_hls(*(part / 255 for part in bytes.fromhex(link[1])))[2]

    assert saturation("#ff0000") < 0.75
    assert saturation("#6a7476") > 0.2 > colorsys.rgb_to_hls(0x6A / 255, 0x74 / 255, 0x76 / 255)[2]
    assert saturation("#777777") == 0, "grey has no hue"
