"""The check report's page read as a tree, from which the PDF is set: the same words and numbers, because they are the same page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

_VOID = frozenset({"br", "img", "link", "meta"})


@dataclass
class Node:
    """An element: its attributes, and what is in it; a drawing (svg) is kept as it is written, without its words."""

    tag: str
    attributes: dict[str, str]
    kids: list[Node | str] = field(default_factory=list)
    drawing: str = ""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names by which the page's style sheet knows it."""
        return tuple(self.attributes.get("class", "").split())

    @property
    def elements(self) -> list[Node]:
        """The elements directly in it."""
        return [kid for kid in self.kids if isinstance(kid, Node)]

    @property
    def text(self) -> str:
        """All words in it, on one line."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for kid in self.kids:
            if isinstance(kid, str):
                yield kid
            else:
                yield from kid._texts()

    def all(self, *tags: str) -> Iterator[Node]:
        """Yield the elements of these tags, however deep; of any tag where none is named."""
        for kid in self.elements:
            if not tags or kid.tag in tags:
                yield kid
            yield from kid.all(*tags)

    def first(self, *tags: str) -> Node | None:
        """Return the first element of these tags, however deep."""
        return next(self.all(*tags), None)


def read_page(page: bytes) -> Node:
    """Return the tree of a page of ours, in which every element is closed; ValueError where one is not."""
    reader = _Reader()
    reader.feed(page.decode())
    reader.close()
    if len(reader.open) != 1:
        raise ValueError(f"the page does not close <{reader.open[-1].tag}>")
    return reader.open[0]


class _Reader(HTMLParser):
    """Builds the tree; in a drawing only title and desc are read, all else is kept as written, since XML minds upper case."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("page", {})]
        self.svg: Node | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        if self.svg is not None and tag not in ("title", "desc"):
            self.svg.drawing += self.get_starttag_text() or ""
            return
        self.open[-1].kids.append(node)
        if tag not in _VOID:
            self.open.append(node)
        if tag == "svg":
            self.svg = node
            node.drawing = self.get_starttag_text() or ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.svg is not None:
            self.svg.drawing += self.get_starttag_text() or ""
        else:
            self.open[-1].kids.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self.svg is not None and tag not in ("title", "desc"):
            self.svg.drawing += f"</{tag}>"
            if tag != "svg":
                return
            self.svg = None
        if self.open.pop().tag != tag:
            raise ValueError(f"the page closes <{tag}> where another element is open")

    def handle_data(self, data: str) -> None:
        if self.svg is None or self.open[-1] is not self.svg:
            self.open[-1].kids.append(data)
        else:
            self.svg.drawing += escape(data)
