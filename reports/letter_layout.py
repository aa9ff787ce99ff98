"""How a letter is laid out: one content, rendered as plain text that stands alone and as HTML with the same words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from reports.charts import described, signals_in_words
from reports.formats import clean
from reports.letter_style import inlined, style_sheet
from reports.pictures import chart_png
from reports.rendering import render
from tasks.results import Attachment, Chart, Letter, Picture

TEXT_WIDTH = 76
LEAD_CHARACTERS = 2_000  # of the headline that stands alone where a mail would be too large
PICTURE_LEFT_OUT = "The picture is left out, because with it this mail would be larger than 200 KB."
REST_LEFT_OUT = "Only the headline is here, because the whole mail would be larger than 200 KB."
_PICTURE_SCALE = 2.0  # pixels of the picture for each of the chart's, so that it is sharp on fine screens


@dataclass(frozen=True)
class Item:
    """One thing in a list: what it is, what is to be said of it, customers' words, whole; what is asked, and a command to copy."""

    head: str
    lines: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    asked: str = ""
    command: str = ""
    link: str | None = None
    tone: str = ""  # of the first line: good, bad or neither


@dataclass(frozen=True)
class Section:
    """A titled list, and the sentence that stands there when it is empty."""

    title: str
    items: tuple[Item, ...]
    when_empty: str = ""


@dataclass(frozen=True)
class Tile:
    """A number with what it counts."""

    number: str
    label: str


@dataclass(frozen=True)
class Content:
    """What a letter says, whoever it goes to."""

    subject: str
    heading: str
    lead: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...] = ()
    link: str | None = None
    tiles: tuple[Tile, ...] = ()
    chart: Chart | None = None  # with at least one point
    attachments: tuple[Attachment, ...] = ()
    notice: str = ""

    @property
    def chart_title(self) -> str:
        """What the picture is of; nothing where there is none."""
        return self.chart.title if self.chart else ""

    @property
    def chart_words(self) -> str:
        """What the picture shows; nothing where there is none."""
        return described(self.chart) if self.chart else ""

    @property
    def chart_caption(self) -> str:
        """What to see in the picture: which points say something, and what the dotted line is."""
        parts = [signals_in_words(self.chart), "dotted: the target" if self.chart.target is not None else ""] if self.chart else []
        return "; ".join(part for part in parts if part)


def letter_of(content: Content, audience: str, recipient: str) -> Letter:
    """Return the letter to one address; no value in it can add a line to a header or a tag to its HTML.

    Its lighter forms leave out the picture, then all but the headline and the link, and say so.
    """
    plain = replace(content, chart=None)
    alone = replace(
        plain,
        lead=textwrap.shorten(clean(content.lead), LEAD_CHARACTERS, placeholder=" …"),
        sections=(),
        tiles=(),
        attachments=(),
        notice=REST_LEFT_OUT,
    )
    letter = _letter(alone, audience, recipient, None)
    if content.chart:
        letter = _letter(replace(plain, notice=PICTURE_LEFT_OUT), audience, recipient, letter)
    return _letter(content, audience, recipient, letter)


def _letter(content: Content, audience: str, recipient: str, lighter: Letter | None) -> Letter:
    picture = Picture(png=chart_png(content.chart, _PICTURE_SCALE)) if content.chart else None
    page = render("letter.html.jinja", content=content, picture=picture, style=style_sheet())
    return Letter(
        audience=audience,
        recipient=recipient,
        subject=clean(content.subject),
        text="\n".join(_text_lines(content)) + "\n",
        html=inlined(page.decode()),
        pictures=(picture,) if picture else (),
        attachments=content.attachments,
        lighter=lighter,
    )


def _text_lines(content: Content) -> Iterator[str]:
    heading = clean(content.heading)
    yield from (heading, "=" * min(len(heading), TEXT_WIDTH), "")
    yield from _wrapped(content.lead)
    yield from _apart(_wrapped(content.notice))
    yield from _apart([line for tile in content.tiles for line in _wrapped(f"{tile.number} {tile.label}", first="- ", later="  ")])
    for section in content.sections:
        yield from ("", section.title.upper())
        yield from chain.from_iterable(map(_item_lines, section.items)) if section.items else _wrapped(section.when_empty)
    yield from _apart([*_wrapped(content.chart_title), *_wrapped(content.chart_words, first="  ", later="  ")])
    yield from _apart(["The report:", clean(content.link)] if content.link else [])
    for line in content.closing:
        yield from _apart(_wrapped(line))


def _apart(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def _item_lines(item: Item) -> Iterator[str]:
    yield from _wrapped(item.head, first="- ", later="  ")
    for line in item.lines:
        yield from _wrapped(line, first="  ", later="  ")
    for quote in item.quotes:
        yield from _wrapped(f"\u201c{clean(quote)}\u201d", first="  > ", later="  > ")
    yield from _wrapped(item.asked, first="  ", later="  ")
    yield from (f"  {clean(whole)}" for whole in (item.command, item.link) if whole)  # whole, so that it can be copied


def _wrapped(text: str, first: str = "", later: str = "") -> list[str]:
    return textwrap.wrap(
        clean(text), TEXT_WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
