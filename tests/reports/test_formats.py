from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import formats


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.5133, "51.3 %"), (0.0, "0.0 %"), (1.0, "100.0 %"), (None, "–")],
)
def test_a_share_is_written_with_one_decimal_and_a_space(value: float | None, written: str) -> None:
    assert formats.share(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.032, "+3.2 points"), (-0.128, "−12.8 points"), (0.0, "0.0 points"), (-0.0001, "0.0 points"), (None, "–")],
)
def test_a_change_bears_its_sign_and_nothing_bears_none(value: float | None, written: str) -> None:
    assert formats.change(value) == written


def test_intervals_name_their_unit_once_and_are_empty_without_ends() -> None:
    assert formats.share_range(0.48, 0.546) == "48.0 to 54.6 %"
    assert formats.change_range(-0.004, 0.06) == "−0.4 to +6.0"
    assert formats.share_range(None, None) == formats.change_range(None, None) == ""


def test_counts_have_commas_and_nouns_follow_their_number() -> None:
    assert formats.count(21365) == "21,365"
    assert [formats.counted(n, "case") for n in (0, 1, 1200)] == ["0 cases", "1 case", "1,200 cases"]
    assert formats.counted(2, "more", "more") == "2 more"


def test_an_instant_is_written_on_the_programmes_own_clock() -> None:
    assert formats.instant(datetime(2026, 7, 1, 3, 30, tzinfo=UTC), "America/New_York") == "30 June 2026, 23:30 (America/New_York)"


def test_a_period_ends_with_its_last_day_although_its_end_is_exclusive() -> None:
    zone = ZoneInfo("Europe/London")
    starts, ends = datetime(2026, 1, 1, tzinfo=zone), datetime(2026, 4, 1, tzinfo=zone)
    assert formats.period(starts.astimezone(UTC), ends.astimezone(UTC), "Europe/London") == "1 January 2026 to 31 March 2026"


def test_every_month_is_written_in_english_whatever_the_machine_speaks() -> None:
    months = [formats.day(date(2026, month, 1)).split()[1] for month in range(1, 13)]
    assert months[0] == "January"
    assert months[11] == "December"
    assert len(set(months)) == 12


def test_a_list_reads_like_a_sentence() -> None:
    assert [formats.listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_a_name_that_reverses_direction_no_longer_does() -> None:
    assert formats.clean("invoice\u202egpj.exe") == "invoicegpj.exe"
    assert formats.clean("\u2067abc\u2069") == "abc"


def test_line_breaks_of_every_kind_become_one_space() -> None:
    assert formats.clean("a\r\nBcc: b\u2028c\u0085d\x00e\te") == "a Bcc: b c d e e"


@given(st.text())
def test_a_cleaned_text_is_one_line_without_controls_and_stays_as_it_is(text: str) -> None:
    cleaned = formats.clean(text)
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cs", "Zl", "Zp"}
    assert len(cleaned.splitlines()) <= 1
    assert formats.clean(cleaned) == cleaned
