"""Every style sheet takes its sizes, line heights, distances, radii, shadows, scrims and durations from the scales of static/css/site/tokens.css."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_CSS = Path(__file__).resolve().parents[3] / "static/css"
_TOKENS = (_CSS / "site/tokens.css").read_text()
_SCALES = {name: set(re.findall(rf"--({name}\d):", _TOKENS)) for name in "tlsremdi"}
_DECLARATION = re.compile(r"([\w-]+):\s*([^;{}]+)")
_LENGTH = re.compile(r"(?<![\w.-])-?(\d*\.?\d+)(rem|em|px|vh|vw|dvh)\b")
_PIXELS = {"rem": 16, "em": 16, "px": 1}
_LARGEST = 24  # of the space scale: above it a distance is the measure of something else, such as the tab bar's height
_HAIRLINE = 3


def _wrong_size(value: str) -> bool:
    # `code` and pictures go by the text around them
    return bool(re.search(r"\d(rem|px)", value))


def _wrong_space(value: str) -> bool:
    value = re.sub(r"\b(?:min|max)\((?:[^()]|\([^()]*\))*\)", "", value)
    return any(
        _HAIRLINE < float(number) * _PIXELS.get(unit, 100) <= _LARGEST
        for number, unit in _LENGTH.findall(value)
    )


def _wrong_radius(value: str) -> bool:
    return any(not re.fullmatch(r"0|\d+%|inherit|var\(--r\d\)", part) for part in value.split())


def _wrong_shadow(value: str) -> bool:
    """Rings, and bars of which the shadow is a copy, are drawings: they have no blur."""
    while (plain := re.sub(r"\([^()]*\)", "", value)) != value and not value.startswith("var(--e"):
        value = plain
    drawing = re.compile(r"(inset )?0 0 0 \d+px( \S+)?|0 [\d.]+rem")
    return not re.fullmatch(r"none|var\(--e\d\)", value) and not all(
        drawing.fullmatch(part) for part in value.split(", ")
    )


def _wrong_line_height(value: str) -> bool:
    # a length is the height of a row
    return bool(re.fullmatch(r"[\d.]+", value)) and value != "0"


def _wrong_time(value: str) -> bool:
    return bool(re.search(r"(?<![\w-])\d*\.?\d+m?s\b", value))


_RULES = (
    (r"font(-size)?", _wrong_size),
    (r"(padding|margin)(-[\w-]+)?|(row-|column-)?gap", _wrong_space),
    (r"border-([\w-]+-)?radius", _wrong_radius),
    (r"line-height", _wrong_line_height),
    (r"box-shadow", _wrong_shadow),
    (r"(transition|animation)(-[\w-]+)?", _wrong_time),
)


def _breaches(css: str) -> Iterator[str]:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    for name, value in _DECLARATION.findall(css):
        if any(re.fullmatch(pattern, name) and is_wrong(value.strip()) for pattern, is_wrong in _RULES):
            yield f"{name}: {value.strip()}"
    yield from re.findall(r"rgba?\([^()]*\)", css if "--e1:" not in css else "")
    for selector, body in re.findall(r"([^{}]*)\{([^{}]*)\}", css):
        if selector.strip().endswith("svg"):
            yield from re.findall(r"\b(?:width|height): (?!1px)[\d.]+(?:rem|px)\b", body)
    known = {one for scale in _SCALES.values() for one in scale}
    yield from (
        f"--{one} is no token" for one in re.findall(r"var\(--([tlsremdi]\d+)", css) if one not in known
    )


@pytest.mark.parametrize(
    "sheet", sorted(_CSS.rglob("*.css")), ids=lambda path: path.relative_to(_CSS).as_posix()
)
def test_sheets_write_nothing_out_that_is_a_token(sheet: Path) -> None:
    assert list(_breaches(sheet.read_text())) == []


def test_scales_have_their_steps() -> None:
    assert {name: len(steps) for name, steps in _SCALES.items()} == {
        "t": 9,
        "l": 5,
        "s": 8,
        "r": 5,
        "e": 2,
        "m": 5,
        "d": 4,
        "i": 3,
    }


@pytest.mark.parametrize(
    "declaration",
    [
        "font-size: .8rem",
        "font: 15px/1.4 serif",
        "padding: 0 .7rem",
        "margin-inline-start: -.5rem",
        "gap: 7px",
        "padding-inline: calc(var(--gutter) - .55rem)",
        "border-radius: 10px",
        "border-end-start-radius: .3rem",
        "box-shadow: 0 2px 4px #000",
        "transition: opacity .15s",
        "animation: turn 200ms ease-out",
        "padding: var(--s9)",
        "line-height: 1.3",
        "background: rgb(0 0 0 / 50%)",
        "width: var(--i9)",
    ],
)
def test_what_is_written_out_is_found(declaration: str) -> None:
    assert list(_breaches(f"a {{ {declaration} }}"))


@pytest.mark.parametrize(
    "declaration",
    [
        "padding: 0 1px 2px 50%",
        "margin: 0 auto calc(-1 * var(--s3))",
        "margin-bottom: -3rem",
        "padding-bottom: calc(var(--s5) + env(safe-area-inset-bottom))",
        "border-radius: var(--r3) var(--r3) 0 0",
        "box-shadow: inset 0 0 0 2px var(--link)",
        "font-size: .9em",
    ],
)
def test_what_is_no_step_of_a_scale_may_be_written_out(declaration: str) -> None:
    assert list(_breaches(f"a {{ {declaration} }}")) == []


def test_icons_have_a_size_of_the_scale_or_that_of_their_text() -> None:
    assert list(_breaches(".a > svg { width: 1.6rem }"))
    assert list(_breaches(".a > svg { width: 1.1em; height: var(--i2) } .b svg + span { width: 1px }")) == []


def test_base_colours_are_in_oklch() -> None:
    for sheet in ("site/tokens.css", "contrast.css"):
        css = re.sub(r"/\*.*?\*/", "", (_CSS / sheet).read_text(), flags=re.DOTALL)
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", css)) <= {"#fff", "#000"}, sheet
