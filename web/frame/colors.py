"""The domain's colours, and the stylesheet values derived from them.

Whatever colour an admin chooses, text stays readable: it keeps its hue, and its lightness in OKLCH (CSS Color 4) is moved until it meets
WCAG's 4.5:1.
"""

import math
import re

from users.domains.models import DEFAULT_ACCENT

COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_ENOUGH = 4.6
_STRONG = 7.1  # WCAG's 7:1, for those who want high contrast
_STEPS = 40
_MIN_CHROMA, _MAX_CHROMA = 0.04, 0.17  # of links: no shouting, and still a colour
_WHITE = (255, 255, 255)
_LIGHTEST_GROUND, _DARKEST_GROUND = (238, 236, 248), (42, 38, 58)  # backgrounds of links, including tints
_STRONG_LIGHT, _STRONG_DARK = (242, 242, 242), (22, 22, 22)  # --raised of contrast.css

type Rgb = tuple[int, int, int]


def _rgb(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: Rgb) -> float:
    """Return the relative luminance as WCAG 2.2 defines it, 0 to 1."""
    red, green, blue = _linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(color: Rgb) -> tuple[float, float, float]:
    """Return the colour without sRGB's gamma, each part 0 to 1."""
    red, green, blue = ((c / 255) for c in color)
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue))  # type: ignore[return-value]


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _oklch(color: Rgb) -> tuple[float, float, float]:
    """Return lightness 0 to 1, chroma, and hue in radians, by the matrices of CSS Color 4, section "Sample code"."""
    red, green, blue = _linear(color)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        math.hypot(a, b),
        math.atan2(b, a),
    )


def _from_oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    """Return the nearest colour of that lightness and hue that screens can show: with less chroma where there is none with as much."""
    while True:
        a, b = chroma * math.cos(hue), chroma * math.sin(hue)
        long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        parts = (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )
        if chroma <= 0 or all(-0.0005 <= part <= 1.0005 for part in parts):
            break
        chroma -= 0.005
    red, green, blue = (min(1.0, max(0.0, part)) for part in parts)
    return tuple(  # type: ignore[return-value]
        round(255 * (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055))
        for c in (red, green, blue)
    )


def _readable(color: Rgb, ground: Rgb, enough: float = _ENOUGH) -> Rgb:
    """Return the colour with the nearest lightness that can be read on `ground`: darker on a light one, lighter on a dark one."""
    if contrast(color, ground) >= enough:
        return color
    lightness, chroma, hue = _oklch(color)
    end = 0.0 if _luminance(ground) > 0.18 else 1.0
    for step in range(1, _STEPS):
        moved = _from_oklch(lightness + (end - lightness) * step / _STEPS, chroma, hue)
        if contrast(moved, ground) >= enough:
            return moved
    return _from_oklch(end, 0, 0)


def _clamped(color: Rgb) -> Rgb:
    """Return the colour with a chroma fit for words. Greys stay grey: they have no hue."""
    lightness, chroma, hue = _oklch(color)
    wanted = min(_MAX_CHROMA, max(_MIN_CHROMA, chroma))
    return color if chroma < 0.005 or wanted == chroma else _from_oklch(lightness, wanted, hue)


def css_color(color: Rgb) -> str:
    """Return a colour as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def ground_of(color: str) -> Rgb:
    """Return the accent colour as the background of a white drawing: the domain's own, or darker until white is visible on it."""
    return _readable(_rgb(color if COLOR.fullmatch(color) else DEFAULT_ACCENT), _WHITE)


def stylesheet(color: str) -> str:
    """Return the rule of a domain's pages: custom properties derived from its accent colour `#rrggbb`."""
    return f":root {{ {_properties(color)} }}\n"


def tint_class(color: str) -> str:
    """Return the class of what has the colours of another domain than the page."""
    return f"of-{color[1:].lower()}" if COLOR.fullmatch(color) else ""


def tint_rules(color: str) -> str:
    """Return the rules of such a class: the account switcher and the rows of its menu. On phones only the picture is coloured."""
    name = f".{tint_class(color)}"
    return (
        f"{name} {{ {_properties(color)}; --tint: color-mix(in oklab, var(--accent) 11%, transparent) }}\n"
        f".menu .others {name} {{ background: var(--tint) }}\n"
        f".menu .others {name}:hover {{ background: color-mix(in oklab, var(--accent) 14%, transparent) }}\n"
        f"@media (max-width: 49.99rem) {{ .switcher > {name} > .avatar {{ outline: 2px solid var(--accent) }} }}\n"
    )


def _properties(color: str) -> str:
    accent = _rgb(color)
    on_accent = _WHITE if contrast(accent, _WHITE) >= _ENOUGH else (20, 18, 26)
    if contrast(accent, on_accent) < _ENOUGH:
        accent = _readable(accent, _WHITE)
        on_accent = _WHITE
    words = _clamped(accent)
    on_light, on_dark = _readable(words, _LIGHTEST_GROUND), _readable(words, _DARKEST_GROUND)
    strong = _readable(words, _STRONG_LIGHT, _STRONG), _readable(words, _STRONG_DARK, _STRONG)
    return (
        f"--accent: {css_color(accent)}; --on-accent: {css_color(on_accent)};"
        f" --link: light-dark({css_color(on_light)}, {css_color(on_dark)});"
        f" --strong: light-dark({css_color(strong[0])}, {css_color(strong[1])})"
    )
