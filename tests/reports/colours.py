"""What a colour is to a reader: contrast, how colour-blind readers see it, and how far two are apart; all by published formulas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Rgb = tuple[float, float, float]  # 0 to 1, as written (gamma-encoded) unless said otherwise

# Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency", table 1, severity 1.0
COLOUR_BLIND: Mapping[str, Sequence[Rgb]] = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
_TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))  # sRGB, D65
_WHITE = (0.95047, 1.0, 1.08883)


def rgb(colour: str) -> Rgb:
    """Return #17579c as three numbers."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def linear(colour: Rgb) -> Rgb:
    """Return the colour as amounts of light (IEC 61966-2-1)."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, definitions of contrast ratio and relative luminance)."""
    light, dark = sorted((_luminance(linear(rgb(colour))) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(light: Rgb) -> float:
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def seen_by(kind: str, colour: str) -> Rgb:
    """Return a colour as amounts of light, as a reader of that kind sees it; the matrices are applied to light."""
    seen = _times(COLOUR_BLIND[kind], linear(rgb(colour)))
    red, green, blue = (min(1.0, max(0.0, part)) for part in seen)
    return red, green, blue


def lab(light: Rgb) -> Rgb:
    """Return amounts of light as CIE L*a*b* under D65."""
    x, y, z = (_bent(part / white) for part, white in zip(_times(_TO_XYZ, light), _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _bent(part: float) -> float:
    return math.cbrt(part) if part > (6 / 29) ** 3 else part / (3 * (6 / 29) ** 2) + 4 / 29


def _times(matrix: Sequence[Rgb], colour: Rgb) -> Rgb:
    first, second, third = (sum(weight * part for weight, part in zip(row, colour, strict=True)) for row in matrix)
    return first, second, third


def distance(one: Rgb, other: Rgb) -> float:
    """Return CIEDE2000 between two L*a*b* colours (Sharma, Wu and Dalal 2005, equations 2 to 22); 2 or so is just seen."""
    chroma = (math.hypot(one[1], one[2]) + math.hypot(other[1], other[2])) / 2
    stretch = 1.5 - 0.5 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    (c1, h1), (c2, h2) = ((math.hypot(a * stretch, b), math.degrees(math.atan2(b, a * stretch)) % 360) for _, a, b in (one, other))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = _mean_hue(h1, h2) if c1 * c2 else h1 + h2
    lightness, mean = (one[0] + other[0]) / 2, (c1 + c2) / 2
    weight = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    rotated = -2 * math.sqrt(mean**7 / (mean**7 + 25**7)) * math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2))))
    by_lightness = (other[0] - one[0]) / (1 + 0.015 * (lightness - 50) ** 2 / math.sqrt(20 + (lightness - 50) ** 2))
    by_chroma = (c2 - c1) / (1 + 0.045 * mean)
    by_hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * mean * weight)
    return math.sqrt(by_lightness**2 + by_chroma**2 + by_hue**2 + rotated * by_chroma * by_hue)


def _mean_hue(one: float, other: float) -> float:
    if abs(one - other) <= 180:
        return (one + other) / 2
    return (one + other + (360 if one + other < 360 else -360)) / 2
