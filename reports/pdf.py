"""The check report as a PDF for the file: the page's own words and figures, set for paper, tagged for those who listen to it."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from config.errors import InputError
from config.look import Look
from reports.formats import clean
from reports.page import render_report
from reports.pdf_blocks import LINE, Block, Setting, blocks_of, drawn_logo, shapes_of
from reports.pdf_characters import MISSING, printable, without_marks
from reports.pdf_folds import with_folds_behind
from reports.pdf_tree import Node, read_page
from reports.tokens import LIGHT
from tasks.results import CycleSummary

STANDARDS = ("ua-1", "a-2a")  # PDF/UA-1 for reading aids, PDF/A-2a for the archive
RUNNING = 80  # characters of the title at the head of a page
_NOTICE = (
    f"Some characters that people wrote are in none of this document\u2019s typefaces; {MISSING} stands for each. They are shown in ",
    Node("a", {"href": "index.html"}, ["index.html"]),
    ".",
)
_LOGO_ALONE = b"""#let logo = json("report.json")
#set document(title: "logo")
#image(bytes(logo.bytes), format: logo.form, alt: "logo")"""
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_MEDIA = re.compile(r"@[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")  # what holds for some screens alone
_DRAWN = re.compile(r"\.(?:bar|spark|control|spots)\b")
_DECLARATION = re.compile(r"(?:stroke|fill|font-size|text-anchor)[\w-]*:[^;}]+")
_COLOUR = re.compile(r"var\(--([\w-]+)\)")


def report_pdf(summary: CycleSummary) -> bytes:
    """Return the check report as one PDF (PDF/UA-1 and PDF/A-2a) with everything that its page says.

    The same summary gives the same bytes on any machine: typst sets it with the typefaces inside it, and its date is the as-of.
    A character that they lack is printed as MISSING, and the report says so.
    """
    import typst

    report = _report(summary, read_page(render_report(summary)))
    content, timestamp = json.dumps(report, ensure_ascii=False), int(summary.as_of.timestamp())
    try:
        return _typeset(_template(), content, timestamp)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
    return _typeset(_template(), without_marks(content), timestamp)


def _typeset(main: bytes, content: str, timestamp: int) -> bytes:
    """Return what typst makes of a template and the report.json that it reads; TypstError where it can make nothing of them."""
    import typst

    compiled: Any = typst.compile  # its types know nothing of several files
    sources = {"main": main, "report.json": content.encode()}
    made: bytes = compiled(sources, root=_folder(), ignore_system_fonts=True, pdf_standards=list(STANDARDS), timestamp=timestamp)
    return made


def check_logo(look: Look) -> None:
    """Raise InputError where a programme has a logo that cannot be drawn."""
    if not look.logo:
        return
    import typst

    try:
        _typeset(_LOGO_ALONE, json.dumps(drawn_logo(look.logo)), 0)
    except typst.TypstError as error:
        raise InputError(f"The programme's logo cannot be drawn ({error}); save it anew as a PNG, JPEG or SVG file.") from error


@cache
def _template() -> bytes:
    return files("reports").joinpath("templates", "report.typ").read_bytes()


def _folder() -> str:
    """Return the one folder of which typst could read files: it holds nothing but our own templates."""
    return str(files("reports").joinpath("templates"))


def _report(summary: CycleSummary, page: Node) -> dict[str, Any]:
    """Return what report.typ reads: the blocks in their order, and how they look."""
    day = summary.as_of.astimezone(ZoneInfo(summary.timezone))
    title = printable(clean(summary.title))
    return {
        "title": printable(clean(f"{summary.title} {summary.edition}: check report")),
        "running": title if len(title) <= RUNNING else f"{title[:RUNNING]}\u2026",
        "edition": f"Check report {summary.edition}",
        "description": printable(clean(summary.headline)),
        "date": {name: getattr(day, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "logo": drawn_logo(summary.look.logo),
        "colours": dict(LIGHT),
        "style": _style(),
        "shapes": dict(shapes_of(page)),
        "parts": _parts(page),
    }


def _parts(page: Node) -> list[Block]:
    setting = Setting(LINE, frozenset(node.attributes["id"] for node in page.all() if node.attributes.get("id")))
    frame = with_folds_behind(next(node for node in page.all("div") if "frame" in node.classes))
    parts = blocks_of(frame, setting)
    if MISSING in json.dumps(parts, ensure_ascii=False):
        head = next(part for part in parts if isinstance(part, dict) and part["kind"] == "header")
        head["body"] += blocks_of(Node("div", {}, [Node("p", {"class": "note"}, [*_NOTICE])]), setting)
    return parts


@cache
def _style() -> str:
    """Return what the style sheet says of drawings, in light colours."""
    sheet = files("reports").joinpath("templates", "style.css").read_text(encoding="utf-8")
    rules = (
        (name.strip(), ";".join(_DECLARATION.findall(said)))
        for name, said in _RULE.findall(_MEDIA.sub("", sheet))
        if _DRAWN.match(name.strip())
    )
    told = "".join(f"{name}{{{said}}}" for name, said in rules if said)
    return _COLOUR.sub(lambda name: LIGHT[name[1]], told) + "text{font-family:Libertinus Serif}"
