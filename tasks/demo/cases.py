"""The complaints of one quarter: what they are about, when they were opened, answered and settled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasks.demo.plan import (
    AS_OF,
    ASSISTANCE_COMPLAINTS,
    ASSORTED_COMPLAINTS,
    CASES_WITHOUT_PROMISE,
    CAUSES,
    COMPLAINTS_SET_ASIDE,
    CYCLES,
    FIRST_DAYS,
    HOLIDAYS,
    SHARES,
    SUBJECTS,
    WORKING_DAYS_PROMISED,
    WORKING_DAYS_PROMISED_ELSEWHERE,
)
from tasks.demo.quotas import choose, choose_share

Times = npt.NDArray[np.datetime64]
Numbers = npt.NDArray[np.integer[Any]]

CASE = "case"
_CALENDAR = np.busdaycalendar(holidays=np.array(HOLIDAYS, dtype="datetime64[D]"))
_DAY_WEIGHTS = np.array([1.1, 1.0, 1.0, 1.0, 1.2, 0.8, 0.6])  # Monday to Sunday
_WAKING_MINUTES = (390, 1380)  # 06:30 to 23:00: clear of the hour that summer time takes and gives
_OFFICE_MINUTES = (545, 990)  # 09:05 to 16:30
_CLOSING_MINUTE = 1020
_ON_TIME_WHILE_PENDING = 0.8
_NEVER_SETTLED = 0.12
_WITHOUT_CASE_NUMBER_ANSWER = 11
_MISFILED_SHARE = 0.05
_CHANNELS = ("Web form", "Telephone", "E-mail", "Letter", "Counter")
_CHANNEL_WEIGHTS = (0.46, 0.22, 0.2, 0.04, 0.08)
AREAS = ("North Sound", "Inner Isles", "Outer Isles")


def quarter_days(cycle: str) -> Times:
    """Return the days of a quarter."""
    at = CYCLES.index(cycle)
    return np.arange(FIRST_DAYS[at], FIRST_DAYS[at + 1], dtype="datetime64[D]")


def random_instants(cycle: str, count: int, rng: np.random.Generator) -> Times:
    """Return so many local instants of a quarter, in order, to the minute; fewer at weekends."""
    days = quarter_days(cycle)
    weights = _DAY_WEIGHTS[(days.astype("int64") + 3) % 7]  # 1970-01-01 was a Thursday
    chosen = rng.choice(days, size=count, p=weights / weights.sum())
    return np.sort(_at(chosen, rng.integers(*_WAKING_MINUTES, size=count)))


def plan_cases(cycle: str, first_number: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return a row a complaint, in the order of opening, as it stood at the last quarter's as-of.

    Columns: kind (CASE, or why the row must not count), cause ("" where none is planted), touchpoint, subject;
    case_no, opened, promised, acknowledged, settled (local, NaT where not there), received_by, area,
    case_number_given; is_due (decided at the quarter's own as-of), is_on_time, is_quick, is_prompt.
    """
    labels = pd.DataFrame(list(_labels(cycle)), columns=["kind", "cause", "touchpoint", "subject"])
    table = labels.iloc[rng.permutation(len(labels))].reset_index(drop=True)
    table["case_no"] = [f"C25-{number:05d}" for number in range(first_number, first_number + len(table))]
    table["opened"] = random_instants(cycle, len(table), rng)
    table["received_by"] = np.where(table["kind"] == "staff_log", "Staff log", rng.choice(_CHANNELS, size=len(table), p=_CHANNEL_WEIGHTS))
    table["area"] = rng.choice(AREAS, size=len(table))
    table["subject"] = table["subject"].where(
        rng.random(len(table)) >= _MISFILED_SHARE, table["touchpoint"].map(lambda name: SUBJECTS[name][0])
    )
    return _with_case_numbers(_with_times(_with_outcomes(_with_promises(table, cycle, rng), cycle, rng), rng), cycle, rng)


def _labels(cycle: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield kind, cause, touchpoint and subject of every row."""
    at = CYCLES.index(cycle)
    for cause in CAUSES:
        yield from [(CASE, cause.id, cause.touchpoint, cause.subject)] * cause.complaints[at]
    for touchpoint, count in ASSORTED_COMPLAINTS.items():
        yield from [(CASE, "", touchpoint, SUBJECTS[touchpoint][0])] * count
    yield from [(CASE, "", "assistance", SUBJECTS["assistance"][0])] * ASSISTANCE_COMPLAINTS
    for kind in ("staff_log", "closed_before_opened", "unreadable_opened", "unreadable_settled"):
        yield from [(kind, "", "terminal", SUBJECTS["terminal"][0])] * getattr(COMPLAINTS_SET_ASIDE, kind)


def _with_promises(table: pd.DataFrame, cycle: str, rng: np.random.Generator) -> pd.DataFrame:
    days = table["touchpoint"].map(WORKING_DAYS_PROMISED).fillna(WORKING_DAYS_PROMISED_ELSEWHERE).to_numpy("int64")
    promised = _at(_working_days_after(table["opened"], days), np.full(len(table), _CLOSING_MINUTE))
    without = choose(((table["kind"] == CASE) & (table["touchpoint"] != "assistance")).to_numpy(), CASES_WITHOUT_PROMISE, rng)
    promised[without] = np.datetime64("NaT")
    is_due = (table["kind"] == CASE) & (promised < _local(cycle))
    return table.assign(promised=promised, is_due=is_due, working_days=days)


def _with_outcomes(table: pd.DataFrame, cycle: str, rng: np.random.Generator) -> pd.DataFrame:
    """Decide by quota which cases keep which promise; among those due refunds have a quota of their own."""
    is_case, is_due = (table["kind"] == CASE).to_numpy(), table["is_due"].to_numpy()
    is_refund, is_sailing = ((table["touchpoint"] == name).to_numpy() for name in ("refunds", "sailing"))
    is_quick = choose_share(is_case & is_sailing, SHARES["sailing-settled"][cycle], rng)
    early = is_quick | (table["touchpoint"] == "assistance").to_numpy()
    refunds = choose_share(is_due & is_refund, SHARES["refund-settled"][cycle], rng)
    others = round(SHARES["answered"][cycle] * int(is_due.sum())) - int(refunds.sum())
    is_on_time = refunds | choose(is_due & ~is_refund, others, rng, early) | choose_share(~is_due, _ON_TIME_WHILE_PENDING, rng, early)
    is_prompt = choose_share(is_case, SHARES["acknowledged"][cycle], rng)
    return table.assign(is_on_time=is_on_time, is_quick=is_quick, is_prompt=is_prompt | ~is_case)


def _with_times(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add when each case was acknowledged and settled, as far as it was by the last as-of.

    All lie at least a working day clear of the limit that they keep or break.
    """
    promised, quick = table["working_days"].to_numpy(), table["is_quick"].to_numpy()
    is_slow_sailing = ((table["touchpoint"] == "sailing") & ~table["is_quick"]).to_numpy()
    earliest = np.select([quick, is_slow_sailing], [2, 9], 2)
    latest = np.where(quick, 3, promised - 1)
    on_time = rng.integers(earliest, latest + 1)
    late = promised + rng.integers(2, 22, size=len(table))
    settled = _office_time(table["opened"], np.where(table["is_on_time"], on_time, late), rng)
    settled[~table["is_on_time"].to_numpy() & (rng.random(len(table)) < _NEVER_SETTLED)] = np.datetime64("NaT")
    acknowledged = _office_time(table["opened"], np.where(table["is_prompt"], 1, rng.integers(4, 9, size=len(table))), rng)
    acknowledged[~table["is_prompt"].to_numpy() & (acknowledged > settled)] = np.datetime64("NaT")
    last = _local(CYCLES[-1])
    return table.assign(acknowledged=_known_at(acknowledged, last), settled=_known_at(settled, last))


def _with_case_numbers(table: pd.DataFrame, cycle: str, rng: np.random.Generator) -> pd.DataFrame:
    is_case = (table["kind"] == CASE).to_numpy()
    is_blank = choose(is_case, _WITHOUT_CASE_NUMBER_ANSWER, rng)
    is_given = choose_share(is_case & ~is_blank, SHARES["case-number"][cycle], rng)
    return table.assign(case_number_given=np.select([is_blank, is_given], ["", "yes"], "no"))


def _local(cycle: str) -> np.datetime64:
    """Return a quarter's as-of on the local clock."""
    return np.datetime64(AS_OF[cycle].replace(tzinfo=None), "m")


def _known_at(times: Times, as_of: np.datetime64) -> Times:
    return np.where(times <= as_of, times, np.datetime64("NaT"))


def _working_days_after(opened: pd.Series, days: Numbers) -> Times:
    return np.busday_offset(opened.to_numpy("datetime64[D]"), days, roll="backward", busdaycal=_CALENDAR)


def _office_time(opened: pd.Series, days: Numbers, rng: np.random.Generator) -> Times:
    return _at(_working_days_after(opened, days), rng.integers(*_OFFICE_MINUTES, size=len(opened)))


def _at(days: Times, minutes: Numbers) -> Times:
    return np.asarray(days.astype("datetime64[m]") + minutes.astype("timedelta64[m]"))
