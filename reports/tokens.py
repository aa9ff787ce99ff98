"""The look in one place: colours in light and dark, sizes of type, spaces and fonts; page, mail and PDF take theirs from here.

Blue says good and orange says bad, which readers who cannot tell red from green still tell apart; a shape and a word say the same.
`tests/reports/test_tokens.py` holds every pair that is used to WCAG 2.2, and the two accents apart for three kinds of colour blindness.
"""

from __future__ import annotations

from collections.abc import Mapping

Palette = Mapping[str, str]

# names say what a colour is for: ground under everything, paper of panels, sunk of commands; ink and muted write; line and track divide
LIGHT: Palette = {
    "ground": "#f4f5f7",
    "paper": "#ffffff",
    "sunk": "#eef1f5",
    "ink": "#17202c",
    "muted": "#526072",
    "line": "#d5dbe3",
    "good": "#17579c",
    "good-soft": "#e4eef9",
    "bad": "#a34200",
    "bad-soft": "#fdeee2",
    "track": "#c3ccd8",
}
DARK: Palette = {
    "ground": "#11161d",
    "paper": "#19212b",
    "sunk": "#212b37",
    "ink": "#e9eef5",
    "muted": "#a9b5c5",
    "line": "#36424f",
    "good": "#8fc0f7",
    "good-soft": "#1b3350",
    "bad": "#f6ab6c",
    "bad-soft": "#43290f",
    "track": "#52606f",
}
# in rem, of which one is the reader's own text size
TYPE_REM: Mapping[str, float] = {"small": 0.8125, "body": 0.9375, "large": 1.125, "title": 1.5, "huge": 2.0}
SPACE_REM: Mapping[str, float] = {"s1": 0.25, "s2": 0.5, "s3": 0.75, "s4": 1.0, "s5": 1.5, "s6": 2.5, "s7": 4.0}
FONTS: Mapping[str, str] = {
    "sans": 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif',
    "mono": 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace',
}
PIXELS_A_REM = 16


def custom_properties() -> str:
    """Return the tokens as CSS custom properties, dark ones where a screen asks for them; print is always light."""
    sizes = {name: f"{size:g}rem".replace("0.", ".", 1) for name, size in (*TYPE_REM.items(), *SPACE_REM.items())}
    dark = f"@media screen and (prefers-color-scheme: dark) {{\n{_root(DARK)}}}\n"
    return _root({**LIGHT, **sizes, **FONTS}) + dark


def pixels(size: str) -> float:
    """Return a size of type or space in pixels at the usual text size, for media that know no rem."""
    return PIXELS_A_REM * {**TYPE_REM, **SPACE_REM}[size]


def _root(values: Mapping[str, str]) -> str:
    return ":root { " + " ".join(f"--{name}: {value};" for name, value in values.items()) + " }\n"
