"""One cell of the workbook: a number, a date, a yes or no, or a text that nothing can run."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.columns import LIST_SEPARATOR
from reports.tables import DECIMALS
from tasks.spreadsheets import FORMULA_STARTS

TEXT_AT_MOST = 32_767  # characters of a cell (Microsoft, "Excel specifications and limits")
# what XML 1.0 cannot hold (section 2.2), and carriage returns, which it reads as line feeds
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Style:
    """What cells are written with: the programme's zone, and the formats by name."""

    zone: ZoneInfo
    formats: Mapping[str, Format]


def write_cell(page: Worksheet, place: tuple[int, int], value: object, number_format: str, style: Style) -> int:
    """Write one value as what it is, and return how many characters wide it is; what is not there stays an empty cell."""
    if isinstance(value, list | tuple):
        value = LIST_SEPARATOR.join(value)
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return 0
    if isinstance(value, bool):
        page.write_boolean(*place, value, style.formats["text"])
        return 5
    if isinstance(value, int | float):
        page.write_number(*place, round(value, DECIMALS), style.formats[number_format])
        return 10
    if isinstance(value, date):
        return _write_date(page, place, value, style)
    return write_text(page, place, str(value), style)


def write_text(page: Worksheet, place: tuple[int, int], text: str, style: Style, name: str = "text") -> int:
    """Write a text and return its length; one that begins like a formula stays text even when somebody edits its cell."""
    written = legible(text)
    page.write_string(*place, written, style.formats["quoted" if written.startswith(FORMULA_STARTS) else name])
    return len(written)


def legible(text: str) -> str:
    """Return a text as a cell can hold it: nothing that XML forbids, and an ellipsis where it is too long."""
    kept = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return kept if len(kept) <= TEXT_AT_MOST else f"{kept[: TEXT_AT_MOST - 1]}\u2026"


def _write_date(page: Worksheet, place: tuple[int, int], value: date, style: Style) -> int:
    """Write a day, or an instant on the clock of the programme's zone; one without a zone is of UTC."""
    if not isinstance(value, datetime):
        page.write_datetime(*place, value, style.formats["date"])
        return 10
    known = value if value.tzinfo else value.replace(tzinfo=UTC)
    page.write_datetime(*place, known.astimezone(style.zone).replace(tzinfo=None, microsecond=0), style.formats["datetime"])
    return 19
