"""How a letter is laid out: one content, rendered as plain text that stands alone and as HTML with the same words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from reports.formats import clean
from reports.rendering import render
from tasks.results import Letter

TEXT_WIDTH = 76


@dataclass(frozen=True)
class Item:
    """One thing in a list: what it is, what is to be said of it, and a customer's words."""

    head: str
    lines: tuple[str, ...] = ()
    quote: str = ""


@dataclass(frozen=True)
class Section:
    """A titled list, and the sentence that stands there when it is empty."""

    title: str
    items: tuple[Item, ...]
    when_empty: str = ""


@dataclass(frozen=True)
class Content:
    """What a letter says, whoever it goes to."""

    subject: str
    heading: str
    lead: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...] = ()
    link: str | None = None


def letter_of(content: Content, audience: str, recipient: str) -> Letter:
    """Return the letter to one address; no value in it can add a line to a header or a tag to its HTML."""
    return Letter(
        audience=audience,
        recipient=recipient,
        subject=clean(content.subject),
        text="\n".join(_text_lines(content)) + "\n",
        html=render("letter.html.jinja", content=content).decode(),
    )


def _text_lines(content: Content) -> Iterator[str]:
    heading = clean(content.heading)
    yield from (heading, "=" * len(heading), "")
    yield from _wrapped(content.lead)
    for section in content.sections:
        yield from ("", section.title.upper())
        for item in section.items:
            yield from _item_lines(item)
        if not section.items:
            yield from _wrapped(section.when_empty)
    if content.link:
        yield from ("", "The report:", clean(content.link))
    for line in content.closing:
        yield ""
        yield from _wrapped(line)


def _item_lines(item: Item) -> Iterator[str]:
    yield from _wrapped(item.head, first="- ", later="  ")
    for line in item.lines:
        yield from _wrapped(line, first="  ", later="  ")
    if item.quote:
        yield from _wrapped(f"\u201c{clean(item.quote)}\u201d", first="  > ", later="  > ")


def _wrapped(text: str, first: str = "", later: str = "") -> list[str]:
    return textwrap.wrap(
        clean(text), TEXT_WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
