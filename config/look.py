"""How a programme's reports look: its logo, and how numbers and dates are written."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from config.model import Model

Numbers = Literal["1,234.5", "1.234,5", "1 234,5", "1'234.5"]
Dates = Literal["5 March 2026", "5 Mar 2026", "2026-03-05", "March 5, 2026", "05.03.2026", "03/05/2026"]
LOGO_BYTES_AT_MOST = 64 * 1024
_DATA_URI = re.compile(r"data:image/(?:png|jpeg|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}")
_SVG_ROOT = re.compile(rb"<svg[\s>]")
_SVG_NAMESPACE = b"http://www.w3.org/2000/svg"


def _one_of(choices: Sequence[str]) -> BeforeValidator:
    """Return a check that says all choices as they are written; YAML reads 2026-03-05 as a date, which is taken for its text."""

    def check(value: Any) -> Any:
        text = value.isoformat() if isinstance(value, date) else value
        if text not in choices:
            listed = ", ".join(f'"{choice}"' for choice in choices)
            raise PydanticCustomError("look", "this must be one of {listed}, in quotes", {"listed": listed})
        return text

    return BeforeValidator(check)


def _is_logo(value: str) -> str:
    if value and not _DATA_URI.fullmatch(value):
        raise PydanticCustomError("logo", "this must be the name of a picture beside the programme file")
    return value


class Look(Model):
    """How everything that people look at is written and headed; figures in CSV, JSON and workbook cells stay machine numbers."""

    logo: Annotated[str, AfterValidator(_is_logo)] = Field(
        default="", description="Name of a PNG, JPEG or SVG file beside this one, of at most 64 KB; it heads the report."
    )
    numbers: Annotated[Numbers, _one_of(get_args(Numbers))] = Field(default="1,234.5", description="How numbers are written.")
    dates: Annotated[Dates, _one_of(get_args(Dates))] = Field(default="5 March 2026", description="How dates are written.")


def logo_of(content: bytes) -> str:
    """Return a picture as a data URI; ValueError says in words why it can be no logo.

    The kind is read from the content, whatever the file is called. An SVG is shown by <img> alone, where no script of it runs and
    nothing outside of it is fetched.
    """
    if len(content) > LOGO_BYTES_AT_MOST:
        raise ValueError(f"has {len(content):,} bytes, and a logo may have {LOGO_BYTES_AT_MOST:,}; make it smaller")
    kind = _kind_of(content)
    if kind is None:
        raise ValueError("is no PNG, JPEG or SVG picture; save it as one of these")
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _kind_of(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    root = _SVG_ROOT.search(content)
    return "svg+xml" if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and root and _SVG_NAMESPACE in content else None
