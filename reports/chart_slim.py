"""Vega's SVG made small: no empty groups, roles or backgrounds, one path for all marks that look alike, tenths of a pixel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.etree import ElementTree

from markupsafe import Markup, escape

_SVG = "{http://www.w3.org/2000/svg}"
_COMMANDS = re.compile(r"([a-df-zA-DF-Z])([^a-df-zA-DF-Z]*)")
_NUMBERS = re.compile(r"-?[\d.]+(?:e-?\d+)?")
_LOOKS = ("fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "text-anchor")
_DEFAULTS: Mapping[str, str] = {"fill": "none", "stroke": "none", "stroke-width": "1", "text-anchor": "start"}
Point = tuple[int, int]  # in tenths of a pixel, so that sums are exact


@dataclass(frozen=True)
class _Leaf:
    """One thing that is drawn: a path, or words at a place."""

    look: tuple[tuple[str, str], ...]
    path: str
    words: str = ""
    at: Point = (0, 0)


def slim(svg: str) -> Markup:
    """Return what is drawn in an SVG of Vega's as the content of an <svg> of the same size, in the same order.

    It is made for lines, texts and paths of straight lines and Bezier curves: ValueError where a path holds anything else.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314 - made by Vega a moment ago, from our own specification
    drawn = groupby(_leaves(root, (0.0, 0.0)), lambda leaf: (leaf.look, bool(leaf.words)))
    return Markup("").join(_element(look, list(leaves)) for (look, _), leaves in drawn)


def _leaves(parent: ElementTree.Element, origin: tuple[float, float]) -> Iterator[_Leaf]:
    for element in parent:
        moved = _numbers(element.get("transform", ""))
        place = (origin[0] + moved[0], origin[1] + moved[1]) if moved else origin
        if element.tag == f"{_SVG}g":
            yield from _leaves(element, place)
        elif element.get("class") not in ("background", "foreground"):
            yield _leaf(element, place)


def _leaf(element: ElementTree.Element, origin: tuple[float, float]) -> _Leaf:
    looks = ((name, element.get(name, "")) for name in _LOOKS)
    look = tuple((name, value) for name, value in looks if value and value != _DEFAULTS.get(name))
    if element.tag == f"{_SVG}text":
        return _Leaf(look, "", element.text or "", _tenths(origin, (0.0, 0.0)))
    if element.tag == f"{_SVG}line":
        return _Leaf(look, _short_path(f"M0,0L{element.get('x2', '0')},{element.get('y2', '0')}", origin))
    return _Leaf(look, _short_path(element.get("d", ""), origin))


def _element(look: Sequence[tuple[str, str]], leaves: Sequence[_Leaf]) -> Markup:
    attributes = Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in look)
    if not leaves[0].words:
        return Markup('<path{} d="{}"/>').format(attributes, "".join(leaf.path for leaf in leaves))
    texts = (
        Markup('<text x="{}" y="{}">{}</text>').format(_pixels(leaf.at[0]), _pixels(leaf.at[1]), _unbroken(leaf.words)) for leaf in leaves
    )
    return Markup("<g{}>{}</g>").format(attributes, Markup("").join(texts))


def _unbroken(words: str) -> Markup:
    return escape(words.replace(" %", "\u00a0%"))


def _short_path(path: str, origin: tuple[float, float]) -> str:
    """Return a path of absolute M, L, C and Z moved to where it stands, in relative commands."""
    written, here = [], (0, 0)
    for command, text in _COMMANDS.findall(path):
        if command not in "MLCZ":
            raise ValueError(f"a path of Vega's holds {command}, which was never asked for")
        points = [_tenths(origin, pair) for pair in _pairs(_numbers(text))]
        if command == "M":
            written.append(f"M{_joined(points[0])}")
        elif command == "L":
            written.append(_straight(here, points[0]))
        elif command == "C":
            written.append("c" + _joined(*((x - here[0], y - here[1]) for x, y in points)))
        else:
            written.append("z")
        here = points[-1] if points else here
    return "".join(written)


def _straight(here: Point, there: Point) -> str:
    across, down = there[0] - here[0], there[1] - here[1]
    if not down:
        return f"h{_pixels(across)}"
    return f"l{_joined((across, down))}" if across else f"v{_pixels(down)}"


def _numbers(text: str) -> list[float]:
    return [float(number) for number in _NUMBERS.findall(text)]


def _pairs(numbers: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _tenths(origin: tuple[float, float], place: tuple[float, float]) -> Point:
    return round(10 * (origin[0] + place[0])), round(10 * (origin[1] + place[1]))


def _pixels(tenths: int) -> str:
    return f"{tenths / 10:g}"


def _joined(*points: Point) -> str:
    return " ".join(_pixels(number) for point in points for number in point).replace(" -", "-")
