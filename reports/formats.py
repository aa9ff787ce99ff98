"""How numbers, dates and other people's words are written, the same on every page, mail and table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.written import MINUS, NO_BREAK_SPACE, day, in_its_look, look_now, month, number, written_as

__all__ = [
    "MINUS",
    "amount",
    "amount_range",
    "change",
    "change_range",
    "clean",
    "count",
    "counted",
    "day",
    "deadline",
    "decimal",
    "difference",
    "difference_range",
    "in_days",
    "in_its_look",
    "instant",
    "listed",
    "local_day",
    "look_now",
    "month",
    "number",
    "period",
    "rounded",
    "share",
    "share_range",
    "short_hash",
    "spoken",
    "written_as",
]

_TEXT_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# white space that becomes one plain space; what sets off thousands stays, so that no line ends inside a number
_SPACE = re.compile(rf"(?:(?<!\d){NO_BREAK_SPACE}|{NO_BREAK_SPACE}(?!\d)|[^\S{NO_BREAK_SPACE}])+")
MARKS_AT_MOST = 6  # on one letter; pointed and cantillated Hebrew has five at most


class _Style(NamedTuple):
    """How a figure of one unit is written."""

    ending: str = ""
    decimals: int = 1
    scale: float = 1.0
    is_signed: bool = False
    difference_ending: str = ""


_STYLES: Mapping[str, _Style] = {
    "share": _Style(" %", scale=100.0, difference_ending=" points"),
    "net promoter": _Style(is_signed=True, difference_ending=" points"),
    "score": _Style(decimals=2),
    "hours": _Style(" hours"),
    "working hours": _Style(" working hours"),
    "records": _Style(" records", decimals=0),
}


def clean(text: str) -> str:
    """Return `text` on one line: control characters and line breaks become single spaces.

    Controls that reverse the direction of what follows are dropped, so that no name can make the words
    after it read backwards (Unicode Technical Report 36, section 2.5). Of marks on one letter no more are
    kept than any language needs: heaps of them cover other lines, and reach out of the page.
    """
    if not text.isascii():
        text = _without_heaps(text)
    if text.isprintable():  # nearly all texts, and there is nothing to take out
        return " ".join(text.split())
    kept = (_readable(character) for character in text if character not in _TEXT_DIRECTION_CONTROLS)
    return _SPACE.sub(" ", "".join(kept)).strip()


def _without_heaps(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MARKS_AT_MOST:
            kept.append(character)
    return "".join(kept)


def _readable(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs" or _is_no_character(ord(character)):
        return "\ufffd"
    return " " if category in ("Cc", "Zl", "Zp") else character


def _is_no_character(code_point: int) -> bool:
    """Tell whether Unicode keeps a code point free for ever (23.7): HTML forbids to write it."""
    return code_point & 0xFFFE == 0xFFFE or 0xFDD0 <= code_point <= 0xFDEF


def amount(value: float | None, unit: str) -> str:
    """Return a figure with its unit as 51.3 %, 52.4 hours, 3.82, +23.4 (a net promoter score), or a dash where there is none."""
    if value is None:
        return "\u2013"
    style = _STYLES[unit]
    return f"{_number(value, style, is_signed=style.is_signed)}{style.ending}"


def amount_range(low: float | None, high: float | None, unit: str) -> str:
    """Return an interval as 48.0 to 54.6 %, 40.1 hours or more, at most 52.0 hours, or nothing where neither end is known."""
    style = _STYLES[unit]
    if low is not None and high is not None:
        return f"{_number(low, style, is_signed=style.is_signed)} to {amount(high, unit)}"
    if low is not None:
        return f"{amount(low, unit)} or more"
    return "" if high is None else f"at most {amount(high, unit)}"


def difference(value: float | None, unit: str) -> str:
    """Return a difference of two figures of one unit with its sign: +3.2 points, −4.1 hours, or a dash where there is none."""
    if value is None:
        return "\u2013"
    style = _STYLES[unit]
    return f"{_number(value, style, is_signed=True)}{style.difference_ending or style.ending}"


def difference_range(low: float | None, high: float | None, unit: str) -> str:
    """Return an interval of differences as +0.4 to +6.0, in the unit of the difference beside it, or nothing where there is none."""
    if low is None or high is None:
        return ""
    style = _STYLES[unit]
    return f"{_number(low, style, is_signed=True)} to {_number(high, style, is_signed=True)}"


def _number(value: float, style: _Style, *, is_signed: bool) -> str:
    text = f"{value * style.scale:{'+' if is_signed else ''},.{style.decimals}f}"
    return number(text if text.strip("+-0.") else text.lstrip("+-"))


def share(value: float | None) -> str:
    """Return a share of 0 to 1 as 51.3 %, or a dash where there is none."""
    return amount(value, "share")


def share_range(low: float | None, high: float | None) -> str:
    """Return an interval of shares as 48.0 to 54.6 %, or nothing where there is none."""
    return amount_range(low, high, "share")


def change(value: float | None) -> str:
    """Return a difference of shares (-1 to 1) as +3.2 points, or a dash where there is none."""
    return difference(value, "share")


def change_range(low: float | None, high: float | None) -> str:
    """Return an interval of differences, in points, as +0.4 to +6.0, or nothing where there is none."""
    return difference_range(low, high, "share")


def count(value: int) -> str:
    """Return a whole number with its thousands set off: 21,365."""
    return number(f"{value:,}")


def counted(value: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: 1 case, 21,365 cases; `plural` defaults to singular and s."""
    return f"{count(value)} {singular if value == 1 else plural or singular + 's'}"


def decimal(value: float, places: int) -> str:
    """Return a number without a unit, with so many decimal places and its thousands set off: 1,234.5."""
    return number(f"{value:,.{places}f}")


def rounded(value: float, unit: str) -> str:
    """Return what stands at a chart's axis: no more digits than it needs, and of a share percent: 12.5 %, 1,200."""
    return f"{number(f'{value * 100:.4g}')} %" if unit == "share" else number(f"{value:,.6g}")


def in_days(hours: float | None) -> str:
    """Return hours of the calendar as days where they are two days or more (8.8 days), otherwise nothing."""
    return "" if hours is None or hours < 48 else f"{decimal(hours / 24, 1)} days"


def deadline(value: date, *, is_overdue: bool) -> str:
    """Return by when something is due, or since when it is overdue."""
    return f"overdue since {day(value)}" if is_overdue else f"by {day(value)}"


def instant(value: datetime, timezone: str) -> str:
    """Return an instant on the clock of `timezone`, as 12 January 2026, 09:00 (Europe/London)."""
    local = value.astimezone(ZoneInfo(timezone))
    return f"{day(local)}, {local:%H:%M} ({timezone})"


def local_day(value: datetime, timezone: str) -> str:
    """Return the day of an instant on the clock of `timezone`, as 12 January 2026."""
    return day(value.astimezone(ZoneInfo(timezone)))


def period(starts: datetime, ends: datetime, timezone: str) -> str:
    """Return the days from `starts` until before `ends`, as 1 October 2025 to 31 December 2025."""
    zone = ZoneInfo(timezone)
    return f"{day(starts.astimezone(zone))} to {day((ends - timedelta(microseconds=1)).astimezone(zone))}"


def listed(parts: Iterable[str]) -> str:
    """Return parts as a list in a sentence: a, b and c."""
    items = list(parts)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


def spoken(name: str) -> str:
    """Return a value of a closed set as people say it: in progress for in_progress."""
    return name.replace("_", " ")


def short_hash(digest: str) -> str:
    """Return the first twelve digits of a hash, enough to recognise it by eye."""
    return digest[:12]
