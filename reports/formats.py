"""How numbers, dates and other people's words are written, the same on every page, mail and table."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

# Month names of our own: strftime's depend on the machine's locale.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_TEXT_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MINUS = "\u2212"


def clean(text: str) -> str:
    """Return `text` on one line: control characters and line breaks become single spaces.

    Controls that reverse the direction of what follows are dropped, so that no name can make the words
    after it read backwards (Unicode Technical Report 36, section 2.5).
    """
    kept = (_readable(character) for character in text if character not in _TEXT_DIRECTION_CONTROLS)
    return " ".join("".join(kept).split())


def _readable(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    return " " if category in ("Cc", "Zl", "Zp") else character


def share(value: float | None) -> str:
    """Return a share of 0 to 1 as 51.3 %, or a dash where there is none."""
    return "\u2013" if value is None else f"{value * 100:.1f} %"


def share_range(low: float | None, high: float | None) -> str:
    """Return an interval of shares as 48.0 to 54.6 %, or nothing where there is none."""
    return "" if low is None or high is None else f"{low * 100:.1f} to {high * 100:.1f} %"


def change(value: float | None) -> str:
    """Return a difference of shares (-1 to 1) as +3.2 points, or a dash where there is none."""
    return "\u2013" if value is None else f"{_signed(value)} points"


def change_range(low: float | None, high: float | None) -> str:
    """Return an interval of differences, in points, as +0.4 to +6.0, or nothing where there is none."""
    return "" if low is None or high is None else f"{_signed(low)} to {_signed(high)}"


def _signed(value: float) -> str:
    text = f"{value * 100:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", _MINUS)


def count(value: int) -> str:
    """Return a whole number with commas between thousands: 21,365."""
    return f"{value:,}"


def counted(value: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: 1 case, 21,365 cases; `plural` defaults to singular and s."""
    return f"{count(value)} {singular if value == 1 else plural or singular + 's'}"


def day(value: date) -> str:
    """Return a day as 12 January 2026."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def deadline(value: date, *, is_overdue: bool) -> str:
    """Return by when something is due, or since when it is overdue."""
    return f"overdue since {day(value)}" if is_overdue else f"by {day(value)}"


def instant(value: datetime, timezone: str) -> str:
    """Return an instant on the clock of `timezone`, as 12 January 2026, 09:00 (Europe/London)."""
    local = value.astimezone(ZoneInfo(timezone))
    return f"{day(local)}, {local:%H:%M} ({timezone})"


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
