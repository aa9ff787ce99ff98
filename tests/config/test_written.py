"""Numbers and days in every way that a programme can choose."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.look import Dates, Look, Numbers
from config.written import day, in_its_look, look_now, month, number, percent, written_as

FIFTH = date(2026, 3, 5)


@pytest.mark.parametrize("style", get_args(Numbers))
def test_a_number_is_written_as_the_choice_itself_is(style: Numbers) -> None:
    with written_as(Look(numbers=style)):
        plain = number("1,234.5").replace("\u00a0", " ").replace("\u2019", "'")
    assert plain == style


@pytest.mark.parametrize("style", get_args(Dates))
def test_a_day_is_written_as_the_choice_itself_is(style: Dates) -> None:
    with written_as(Look(dates=style)):
        assert day(FIFTH) == style


@pytest.mark.parametrize(
    ("style", "written"),
    [("5 March 2026", "Mar 2026"), ("March 5, 2026", "Mar 2026"), ("2026-03-05", "2026-03"), ("05.03.2026", "03.2026")],
)
def test_a_month_is_written_like_the_day(style: Dates, written: str) -> None:
    with written_as(Look(dates=style)):
        assert month(FIFTH) == written


def test_day_before_month_stays_day_before_month_where_both_could_be_either() -> None:
    for style, written in (("05.03.2026", "05.03.2026"), ("03/05/2026", "03/05/2026"), ("2026-03-05", "2026-03-05")):
        with written_as(Look.model_validate({"dates": style})):
            assert day(FIFTH) == written
            assert day(date(2026, 12, 31)) in ("31.12.2026", "12/31/2026", "2026-12-31")


def test_a_minus_is_a_minus_and_no_hyphen_in_every_style() -> None:
    for style in get_args(Numbers):
        with written_as(Look(numbers=style)):
            assert number("-0.4")[0] == "\u2212"


def test_a_share_in_a_sentence_has_the_decimal_sign_of_the_look_and_a_dash_where_there_is_none() -> None:
    with written_as(Look(numbers="1.234,5")):
        assert [percent(0.513), percent(0.8, 0), percent(None)] == ["51,3%", "80%", "\u2013"]
    assert percent(0.513) == "51.3%"


@given(st.integers(-(10**12), 10**12), st.sampled_from(get_args(Numbers)))
def test_no_digit_is_lost_or_added_in_any_style(value: int, style: Numbers) -> None:
    with written_as(Look(numbers=style)):
        written = number(f"{value:,}")
    assert "".join(character for character in written if character.isdigit()) == str(abs(value))


def _fail(written: str) -> None:
    assert written == "1\u00a0000"
    raise ZeroDivisionError


def test_a_block_inside_another_has_its_own_look_and_gives_the_outer_one_back_even_after_a_failure() -> None:
    with written_as(Look(numbers="1.234,5")):
        with pytest.raises(ZeroDivisionError), written_as(Look(numbers="1 234,5")):
            _fail(number("1,000"))
        assert number("1,000") == "1.000"
    assert look_now() == Look()


def test_a_function_is_written_in_the_look_of_its_first_argument_whatever_is_around_it() -> None:
    class Report:
        look = Look(numbers="1.234,5")

    @in_its_look
    def composed(_of: Report, text: str, *, ending: str = "") -> str:
        return number(text) + ending

    with written_as(Look(numbers="1'234.5")):
        assert composed(Report(), "1,234.5", ending="!") == "1.234,5!"
        assert number("1,234.5") == "1\u2019234.5"
