"""The allow-list for the style sheets of domains: properties, values, selectors, and bounds of numbers. All else is removed."""

import re

MAX_LENGTH = 20_000
FAMILIES = (
    "background border border-top border-bottom border-left border-right border-inline border-block outline"
)
PROPERTIES = frozenset(
    f"""color {FAMILIES} box-shadow text-shadow accent-color caret-color
    border-radius border-top-left-radius border-top-right-radius border-bottom-left-radius border-bottom-right-radius
    border-color border-style border-width border-spacing border-collapse outline-offset
    {" ".join(f"{one}-{part}" for one in FAMILIES.split() for part in ("color", "style", "width"))}
    background-image background-size background-position background-repeat background-clip background-origin
    font-family font-size font-style font-weight font-variant font-variant-numeric font-stretch
    letter-spacing word-spacing line-height text-align text-decoration text-decoration-color text-decoration-line
    text-decoration-style text-decoration-thickness text-underline-offset text-transform text-wrap
    hyphens list-style-type tab-size color-scheme
    padding padding-top padding-bottom padding-left padding-right padding-inline padding-block
    margin margin-top margin-bottom margin-left margin-right margin-inline margin-block
    gap row-gap column-gap""".split()
)
# those of static/css/site/tokens.css, without the motions
VARIABLES = frozenset(
    "--" + name.replace("_", "-")
    for name in [
        "accent",
        "on_accent",
        "link",
        "ground",
        "surface",
        "raised",
        "line",
        "edge",
        "button_edge",
        "text",
        "soft",
        "tint",
        "like",
        "boost",
        "danger",
        "good",
        "t1",
        "t2",
        "t3",
        "t4",
        "t5",
        "t6",
        "t7",
        "t8",
        "t9",
        "l1",
        "l2",
        "l3",
        "l4",
        "s1",
        "s2",
        "s3",
        "s4",
        "s5",
        "s6",
        "s7",
        "s8",
        "gutter",
        "r1",
        "r2",
        "r3",
        "r4",
        "r5",
        "e1",
        "e2",
    ]
)
# none of them can name an address
FUNCTIONS = frozenset(
    [
        "rgb",
        "rgba",
        "hsl",
        "hsla",
        "hwb",
        "lab",
        "lch",
        "oklab",
        "oklch",
        "color",
        "color-mix",
        "light-dark",
        "var",
        "linear-gradient",
        "radial-gradient",
        "conic-gradient",
        "repeating-linear-gradient",
        "repeating-radial-gradient",
        "repeating-conic-gradient",
    ]
)
PSEUDO_CLASSES = frozenset(
    [
        "root",
        "hover",
        "focus",
        "focus-visible",
        "focus-within",
        "active",
        "link",
        "any-link",
        "disabled",
        "enabled",
        "checked",
        "first-child",
        "last-child",
        "only-child",
        "first-of-type",
        "last-of-type",
        "empty",
    ]
)
PSEUDO_FUNCTIONS = frozenset(("not", "is", "where"))
PSEUDO_ELEMENTS = frozenset(("marker", "selection", "placeholder", "first-letter", "first-line"))
MEDIA = frozenset(
    [
        "screen",
        "all",
        "not",
        "and",
        "only",
        "min-width",
        "max-width",
        "prefers-color-scheme",
        "light",
        "dark",
        "prefers-reduced-motion",
        "reduce",
        "no-preference",
        "print",
    ]
)
# Lengths that can't lay one part of a page over another. A number is one of these without a unit, as in line heights and colours.
MOST_OF_UNIT = {
    "": 1000.0,
    "%": 200.0,
    "px": 64.0,
    "rem": 4.0,
    "em": 4.0,
    "ch": 8.0,
    "pt": 48.0,
    "deg": 360.0,
    "turn": 1.0,
}
MOST_OF_WIDTH = {"px": 4000.0, "rem": 300.0, "em": 300.0}  # in the condition of @media
# What hides or moves words: shadows and outlines may be near only, type has a size of its own, and text is opaque.
NEAR = {
    "text-shadow": {"px": 3.0, "rem": 0.2, "em": 0.2},
    "outline-offset": {"px": 8.0, "rem": 0.5, "em": 0.5},
    "outline": {"px": 8.0, "rem": 0.5, "em": 0.5},
    "outline-width": {"px": 8.0, "rem": 0.5, "em": 0.5},
    "letter-spacing": {"px": 8.0, "rem": 0.5, "em": 0.5},
    "word-spacing": {"px": 16.0, "rem": 1.0, "em": 1.0},
}
SIZES = frozenset(("font-size", *(f"--t{number}" for number in range(1, 10))))
OF_SIZES = {
    "px": (10.0, 48.0),
    "rem": (0.625, 3.0),
    "pt": (8.0, 36.0),
}  # from, to; relative ones would add up
LEAST_LINE_HEIGHT = 1.0
MOST_IDS, MOST_CLASSES = 1, 4  # of a selector: more would win over every rule of ours
LINE_HEIGHTS = frozenset(("line-height", "--l1", "--l2", "--l3", "--l4"))
MOST_OF_LINE_HEIGHT = 4.0
MAY_BE_NEGATIVE = frozenset(("letter-spacing", "word-spacing"))
NAME = re.compile(r"[A-Za-z_-][\w-]{0,63}", re.ASCII)
COLOR = re.compile(r"[0-9a-fA-F]{3,8}")
FONT = re.compile(r"[\w .-]{1,60}")
