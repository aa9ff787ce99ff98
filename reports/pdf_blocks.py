"""The page's tree as the blocks that report.typ sets: what each is, and the words in it, never any markup of the words."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.pdf_characters import printable
from reports.pdf_tree import Node
from reports.tokens import LIGHT

Block = str | dict[str, Any]
LOOKS = frozenset(  # classes of which report.typ knows how they look; any other element looks as its tag does
    [
        "eyebrow",
        "meta",
        "lead",
        "banner",
        "note",
        "sources",
        "sub",
        "legend",
        "tally",
        "keep",
        "figure",
        "hash",
        "command",
        "rank",
        "step",
        "went",
        "name",
        "mix",
        "number",
        "tile",
        "claim",
        "head",
        "effect",
        "standout",
        "whole",
        "prose",
    ]
)
_LISTS = frozenset(["tiles", "ranked", "asked", "journey", "claims", "also", "bullets", "files", "checks", "agenda", "history"])
_IN_TWO = frozenset({"ranked", "asked", "journey", "checks"})
_SPLIT = frozenset({"columns", "cause", "matter", "charts"})
_BLOCK_CLASSES = frozenset({"sub", "mix", "command", "went"})
_UNSEEN = frozenset({"unseen", "skip", "sprite"})
_BLOCKS = frozenset(
    [
        "article",
        "blockquote",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "header",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "section",
        "table",
        "ul",
    ]
)
_COLOUR = re.compile(r"var\(--([\w-]+)\)")
_DOT = re.compile(r"h0(?![.\d])")  # a line of no length with round ends is a dot for browsers alone
_SYMBOL = re.compile(r'<symbol id="shape-([\w-]+)" viewBox="([\d ]+)">(.*?)</symbol>', re.DOTALL)
_LONG = re.compile(r"\S{8,}")
_NATURAL_BREAK = re.compile(r"(?<=[/_@=&?])(?=\w)")
BREAK_HERE = "\u200b"
KEPT_TOGETHER = 250  # characters of a paragraph that stays with its heading and with what follows
PIECE = 5  # characters of a word too long for its line between two places where it may be broken
LINE = 96  # characters of a line across the page
_SPACE_BETWEEN = " "


@dataclass(frozen=True)
class Setting:
    """What is known around an element: how many characters a word may have, where links can lead, and what is a table's cell."""

    room: int
    places: frozenset[str]
    is_cell: bool = False


def blocks_of(node: Node, setting: Setting) -> list[Block]:
    """Return the blocks and words in an element, in their order; unseen ones are left out."""
    found: list[Block] = []
    for kid in node.kids:
        if isinstance(kid, str):
            if words := _words(kid, setting.room):
                found.append(words)
        elif not _is_unseen(kid):
            block = _block(kid, setting)
            block["keeps_with_next"] = _is_heading(found) and len(kid.text) < KEPT_TOGETHER and kid.tag == "p"
            found.append(block)
    return [one for i, one in enumerate(found) if one != _SPACE_BETWEEN or not _is_between_blocks(found, i)]


def _is_unseen(node: Node) -> bool:
    """Return whether an element is for a screen alone; a heading never is, since bookmarks are made of headings."""
    return node.tag not in ("h2", "h3", "h4") and not _UNSEEN.isdisjoint(node.classes)


def _is_between_blocks(found: Sequence[Block], i: int) -> bool:
    """Return whether what stands at `i`, a space, is beside a block or at an end, where it would be an empty line."""
    beside = (found[i - 1] if i else None, found[i + 1] if i + 1 < len(found) else None)
    return any(one is None or (isinstance(one, dict) and one["block"]) for one in beside)


def _is_heading(found: Sequence[Block]) -> bool:
    last = next((one for one in reversed(found) if isinstance(one, dict)), None)
    return last is not None and last["kind"] in ("h2", "h3", "h4")


def _words(text: str, room: int) -> str:
    """Return a text as it is printed, its white space as one space, with places at which a word too long for its line may be broken."""
    spaced = printable(re.sub(r"[ \t\r\n\f]+", " ", text))
    return _LONG.sub(lambda word: _breakable(word[0], room), spaced)


def _breakable(word: str, room: int) -> str:
    if len(word) <= room:
        return word
    pieces = (_in_pieces(part, room) for part in _NATURAL_BREAK.split(word))
    return BREAK_HERE.join(piece for part in pieces for piece in part)


def _in_pieces(part: str, room: int) -> Sequence[str]:
    step = len(part) if len(part) <= room else PIECE
    return [part[i : i + step] for i in range(0, len(part), step)]


def _block(node: Node, setting: Setting) -> dict[str, Any]:
    return {"kind": _kind(node), "tag": node.tag, "block": _is_block(node), **_known(node), **_content(node, setting)}


def _kind(node: Node) -> str:
    """Return the class by which an element looks, after a dot, or its tag where it has none."""
    return next((f".{name}" for name in node.classes if name in LOOKS), node.tag)


def _is_block(node: Node) -> bool:
    """Return whether an element begins on a line of its own: by what it is, by its class, as a drawing with words, or by what is in it."""
    if node.tag == "svg":
        return any(kid.tag == "title" for kid in node.elements)
    return node.tag in _BLOCKS or not _BLOCK_CLASSES.isdisjoint(node.classes)


def has_blocks(node: Node) -> bool:
    """Return whether a block is in an element, however deep: it can then be no paragraph."""
    return any(_is_block(kid) or has_blocks(kid) for kid in node.elements)


def _content(node: Node, setting: Setting) -> dict[str, Any]:
    if node.tag in _MAKERS:
        return _MAKERS[node.tag](node, setting)
    if "sign" in node.classes:
        return _sign(node, setting)
    if not _SPLIT.isdisjoint(node.classes):
        return _split(node, setting)
    return {"body": blocks_of(node, setting), "has_blocks": node.tag == "p" and has_blocks(node)}


def _link(node: Node, setting: Setting) -> dict[str, Any]:
    """Return a link to a place of this report or to a file beside it; one to a row of a file is plain, as the figure that it bears."""
    address = node.attributes["href"]
    target = address if not address.startswith("#") or address[1:] in setting.places else ""
    is_plain = not target or (setting.is_cell and not target.startswith("#"))
    return {"kind": "link", "look": _kind(node), "to": target, "is_plain": is_plain, "body": blocks_of(node, setting)}


def _list(node: Node, setting: Setting) -> dict[str, Any]:
    name = next((name for name in node.classes if name in _LISTS), "bullets")
    item = _item_in_two if name in _IN_TWO else _item
    return {"kind": "list", "name": name, "is_ordered": node.tag == "ol", "items": [item(one, setting) for one in node.elements]}


def _item(node: Node, setting: Setting) -> dict[str, Any]:
    return {"body": blocks_of(node, setting), **_known(node)}


def _item_in_two(node: Node, setting: Setting) -> dict[str, Any]:
    """Return an item whose figures and signs stand at the end of its line, and its drawings and own list below."""
    if len(node.elements) == 1 and node.elements[0].tag == "a" and "name" in next(iter(node.elements[0].elements), node).classes:
        node = node.elements[0]  # the whole item is a link to its stage
    parts: dict[str, list[Node | str]] = {"body": [], "right": [], "below": []}
    for kid in node.elements:
        is_below = kid.tag == "ul" or "whole" in kid.classes or bool(parts["below"])
        parts["below" if is_below else "body" if not parts["body"] or "sub" in kid.classes else "right"].extend((kid, _SPACE_BETWEEN))
    told = {name: blocks_of(Node("div", {}, kids), setting) for name, kids in parts.items()}
    return {**told, **_known(node)}


def _known(node: Node) -> dict[str, str]:
    return {"id": node.attributes["id"]} if node.attributes.get("id") else {}


def _split(node: Node, setting: Setting) -> dict[str, Any]:
    halves = Setting(setting.room // 2, setting.places)
    name = next(name for name in node.classes if name in _SPLIT)
    return {"kind": "split", "name": name, "parts": [_block(part, halves) for part in node.elements], "length": len(node.text)}


def _sign(node: Node, setting: Setting) -> dict[str, Any]:
    """Return a sign: the shape that says it without words, its tone, and its word."""
    use = next((kid for kid in node.elements if kid.tag == "svg"), None)
    shape = re.search(r"#shape-([\w-]+)", use.drawing) if use else None
    words = [kid for kid in node.kids if kid is not use]
    tone = next((name for name in node.classes if name in ("good", "bad")), "neutral")
    return {"kind": "sign", "shape": shape[1] if shape else "", "tone": tone, "body": blocks_of(Node("span", {}, words), setting)}


def _terms(node: Node, setting: Setting) -> dict[str, Any]:
    pairs = [(one.elements[0], one.elements[1]) for one in node.elements if one.tag == "div"]
    plain = [one for one in node.elements if one.tag != "div"]
    pairs += list(zip(plain[::2], plain[1::2], strict=True))
    name = next((name for name in node.classes if name in ("trace", "short")), "facts")
    items = [[blocks_of(term, setting), blocks_of(said, setting)] for term, said in pairs]
    return {"kind": "terms", "name": name, "items": items, "is_cell": setting.is_cell}


# tables


def _table(node: Node, setting: Setting) -> dict[str, Any]:
    rows = {part.tag: list(part.all("tr")) for part in node.elements if part.tag in ("thead", "tbody", "tfoot")}
    captions = [kid for kid in node.elements if kid.tag == "caption" and not _UNSEEN.intersection(kid.classes)]
    heads = [cell for row in rows.get("thead", []) for cell in row.elements]
    body = [row.elements for row in rows.get("tbody", [])]
    widths = _widths(heads, [*body, *(row.elements for row in rows.get("tfoot", []))])
    rooms = [max(int(LINE * 1.15 * width / sum(widths)) - 2, 6) for width in widths]

    def cells(row: Node) -> dict[str, Any]:
        told = [_cell(cell, Setting(room, setting.places, is_cell=True)) for cell, room in zip(row.elements, rooms, strict=True)]
        length = max(len(cell.text) for cell in row.elements)
        return {"cells": told, "length": length, "is_standout": "standout" in row.classes, **_known(row)}

    return {
        "kind": "table",
        "caption": [blocks_of(caption, setting) for caption in captions],
        "widths": widths,
        "heads": [_cell(cell, Setting(room, setting.places, is_cell=True)) for cell, room in zip(heads, rooms, strict=True)],
        "rows": [cells(row) for row in rows.get("tbody", [])],
        "foot": [cells(row) for row in rows.get("tfoot", [])],
    }


def _cell(node: Node, setting: Setting) -> dict[str, Any]:
    return {"is_head": node.tag == "th", "is_number": "number" in node.classes, "body": blocks_of(node, setting)}


def _widths(heads: Sequence[Node], rows: Sequence[Sequence[Node]]) -> list[float]:
    """Return how wide each column is beside the others: wide enough for its longest word, and wider where its texts are long."""
    return [_width([head, *(row[i] for row in rows)]) for i, head in enumerate(heads)]


def _width(cells: Sequence[Node]) -> float:
    texts = [cell.text for cell in cells]
    longest_word = max((len(word) for text in texts for word in text.split()), default=1)
    longest_text = max(len(text) for text in texts)
    drawn = 14 if any("bar" in svg.classes for cell in cells for svg in cell.all("svg")) else 0
    return max(min(longest_word, 14) + 1, drawn, math.sqrt(min(longest_text, 400)) * 1.3, 5)


# drawings


def _picture(node: Node, setting: Setting) -> dict[str, Any]:
    """Return a drawing as an SVG file of its own in light colours, and its words; a drawing without words is an ornament."""
    name = next(iter(node.classes), "picture")
    words = ". ".join(kid.text.rstrip(".") for kid in node.elements)
    svg = {"svg": _alone(node.drawing), "words": printable(words)}
    return {"kind": "picture", "name": name, "is_cell": setting.is_cell, "room": setting.room, **svg}


def _alone(drawing: str) -> str:
    coloured = _COLOUR.sub(lambda name: LIGHT[name[1]], printable(drawing))
    coloured = _DOT.sub("h.01", coloured)
    return coloured.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def shapes_of(page: Node) -> Mapping[str, str]:
    """Return the drawings of the page's signs by name; the colour of each stands as COLOUR."""
    sprite = next(svg for svg in page.all("svg") if "sprite" in svg.classes)
    return {name: _shape(box, drawing) for name, box, drawing in _SYMBOL.findall(sprite.drawing)}


def _shape(box: str, drawing: str) -> str:
    style = "*{fill:none;stroke:COLOUR;stroke-width:2}.solid{fill:COLOUR}.mark{stroke:#ffffff}.spots{stroke-width:3.5;stroke-linecap:round}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><style>{style}</style>{_DOT.sub("h.01", drawing)}</svg>'


def drawn_logo(source: str) -> dict[str, Any] | None:
    """Return what kind of picture a look's logo is, and its bytes; None where there is none."""
    if not source:
        return None
    head, _, content = source.partition(";base64,")
    form = head.removeprefix("data:image/").removesuffix("+xml").replace("jpeg", "jpg")
    return {"form": form, "bytes": list(base64.b64decode(content))}  # numbers, because typst is handed texts alone


_MAKERS: Mapping[str, Callable[[Node, Setting], dict[str, Any]]] = {
    "svg": _picture,
    "img": lambda _node, _setting: {"kind": "logo"},
    "table": _table,
    "ul": _list,
    "ol": _list,
    "dl": _terms,
    "a": _link,
}
