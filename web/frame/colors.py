"""The domain's colours, and the stylesheet values derived from them.

Whatever colour an admin chooses, text stays readable: colours are moved towards black or white until they meet WCAG's 4.5:1.
"""

import re

from users.domains.models import DEFAULT_ACCENT

COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_ENOUGH = 4.6
_STRONG = 7.1  # WCAG's 7:1, for those who want high contrast
_STEPS = 40
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_LIGHTEST_GROUND, _DARKEST_GROUND = (238, 236, 248), (42, 38, 58)  # backgrounds of links, including tints
_STRONG_LIGHT, _STRONG_DARK = (242, 242, 242), (22, 22, 22)  # --raised of contrast.css

type Rgb = tuple[int, int, int]


def _rgb(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: Rgb) -> float:
    """Return the relative luminance as WCAG 2.2 defines it, 0 to 1."""
    parts = [c / 255 for c in color]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _readable(color: Rgb, ground: Rgb, towards: Rgb, enough: float = _ENOUGH) -> Rgb:
    """Return the colour, moved towards black or white until it can be read on `ground`."""
    for step in range(_STEPS + 1):
        red, green, blue = (round(c + (t - c) * step / _STEPS) for c, t in zip(color, towards, strict=True))
        mixed = red, green, blue
        if contrast(mixed, ground) >= enough:
            return mixed
    return towards


def css_color(color: Rgb) -> str:
    """Return a colour as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def ground_of(color: str) -> Rgb:
    """Return the accent colour as the background of a white drawing: the domain's own, or darker until white is visible on it."""
    return _readable(_rgb(color if COLOR.fullmatch(color) else DEFAULT_ACCENT), _WHITE, _BLACK)


def stylesheet(color: str) -> str:
    """Return the custom properties derived from an accent colour `#rrggbb`."""
    accent = _rgb(color)
    on_accent = _WHITE if contrast(accent, _WHITE) >= _ENOUGH else (20, 18, 26)
    if contrast(accent, on_accent) < _ENOUGH:
        accent = _readable(accent, _WHITE, _BLACK)
        on_accent = _WHITE
    on_light = _readable(accent, _LIGHTEST_GROUND, _BLACK)
    on_dark = _readable(accent, _DARKEST_GROUND, _WHITE)
    strong = (
        _readable(accent, _STRONG_LIGHT, _BLACK, _STRONG),
        _readable(accent, _STRONG_DARK, _WHITE, _STRONG),
    )
    return (
        f":root {{ --accent: {css_color(accent)}; --on-accent: {css_color(on_accent)};"
        f" --link: light-dark({css_color(on_light)}, {css_color(on_dark)});"
        f" --strong: light-dark({css_color(strong[0])}, {css_color(strong[1])}) }}\n"
    )
