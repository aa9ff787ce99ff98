"""What is true of generated quarters by construction, in a form that can be written as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tasks.demo.actions import OPENED_IN, OUTCOMES, actions_of
from tasks.demo.cases import CASE
from tasks.demo.plan import (
    AS_OF,
    CAUSE_EVENTS,
    CAUSES,
    CHANGES,
    COMPLAINTS_SET_ASIDE,
    CYCLES,
    STANDARDS,
    SURVEY_SET_ASIDE,
    PlannedCause,
    PlannedStandard,
    SetAside,
)
from tasks.demo.quarters import Quarter
from tasks.demo.survey import ANSWER, BLANK, GOOD_SCORE, NOT_USED, QUESTIONS


def truth_of(seed: int, quarters: Sequence[Quarter]) -> dict[str, Any]:
    """Return the planted truths of the quarters.

    standards: id, touchpoint, meaning, verdict by cycle, figures (n, met, share) by cycle;
    changes: standard, touchpoint, cycle, verdict; causes: id, title, touchpoint, records (ids) and status by
    cycle; effects: finding, opened_in, cycle and verdict of what people declared done; rows: source to cycle to
    counts, named as in SourceAccount; personal: planted emails, phones, names.
    """
    return {
        "seed": seed,
        "cycles": list(CYCLES),
        "as_of": {cycle: instant.isoformat() for cycle, instant in AS_OF.items()},
        "standards": [_standard(standard, quarters) for standard in STANDARDS],
        "changes": [_change(standard, cycle, verdict) for (standard, cycle), verdict in CHANGES.items()],
        "causes": [_cause(cause, quarters) for cause in CAUSES],
        "effects": [
            {"finding": finding, "opened_in": OPENED_IN, "cycle": cycle, "verdict": verdict}
            for finding, (cycle, verdict) in OUTCOMES.items()
        ],
        "rows": _rows(quarters),
        "personal": _personal(quarters),
    }


def _standard(standard: PlannedStandard, quarters: Sequence[Quarter]) -> dict[str, Any]:
    return {
        "id": standard.id,
        "touchpoint": standard.touchpoint,
        "meaning": standard.meaning,
        "verdicts": dict(zip(CYCLES, standard.verdicts, strict=True)),
        "figures": {quarter.cycle: _figure(standard.id, quarter) for quarter in quarters},
    }


def _figure(standard: str, quarter: Quarter) -> dict[str, Any]:
    """Return n, met and share of one standard in one quarter, as decided at the quarter's own as-of."""
    decided, kept = _decided_and_kept(standard, quarter)
    n, met = int(decided.sum()), int((decided & kept).sum())
    return {"n": n, "met": met, "share": met / n}


def _decided_and_kept(standard: str, quarter: Quarter) -> tuple[pd.Series, pd.Series]:
    cases = quarter.cases
    is_case, is_due, touchpoint, number = cases["kind"] == CASE, cases["is_due"], cases["touchpoint"], cases["case_number_given"]
    of_cases = {
        "answered": (is_due, cases["is_on_time"]),
        "acknowledged": (is_case, cases["is_prompt"]),
        "case-number": (is_case & (number != ""), number == "yes"),
        "assistance-settled": (is_due & (touchpoint == "assistance"), cases["is_on_time"]),
        "sailing-settled": (is_case & (touchpoint == "sailing"), cases["is_quick"]),
        "refund-settled": (is_due & (touchpoint == "refunds"), cases["is_on_time"]),
    }
    return of_cases[standard] if standard in of_cases else _scored_and_good(standard, quarter.answers)


def _scored_and_good(standard: str, answers: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    column = next(column for column, _, decides in QUESTIONS.values() if decides == standard)
    is_scored = (answers["kind"] == ANSWER) & ~answers[column].isin([BLANK, NOT_USED])
    return is_scored, answers[column] >= GOOD_SCORE


def _change(standard: str, cycle: str, verdict: str) -> dict[str, Any]:
    touchpoint = next(planned.touchpoint for planned in STANDARDS if planned.id == standard)
    return {"standard": standard, "touchpoint": touchpoint, "cycle": cycle, "verdict": verdict}


def _cause(cause: PlannedCause, quarters: Sequence[Quarter]) -> dict[str, Any]:
    records = {quarter.cycle: _records(cause.id, quarter) for quarter in quarters}
    return {
        "id": cause.id,
        "title": cause.title,
        "touchpoint": cause.touchpoint,
        "records": records,
        "status": {cycle: _status(cause.id, cycle, bool(records[cycle])) for cycle in CYCLES},
    }


def _records(cause: str, quarter: Quarter) -> list[str]:
    cases, answers = quarter.cases, quarter.answers
    return [*cases.loc[cases["cause"] == cause, "case_no"], *answers.loc[answers["cause"] == cause, "answer_no"]]


def _status(cause: str, cycle: str, is_there: bool) -> str:
    return CAUSE_EVENTS.get((cause, cycle), "steady" if is_there else "absent")


def _rows(quarters: Sequence[Quarter]) -> dict[str, dict[str, dict[str, int]]]:
    complaints, survey = {}, {}
    for quarter in quarters:
        ahead = COMPLAINTS_SET_ASIDE.next_quarter if quarter.cycle != CYCLES[-1] else 0
        complaints[quarter.cycle] = _account(len(quarter.complaints) + ahead, COMPLAINTS_SET_ASIDE, ahead)
        survey[quarter.cycle] = _account(len(quarter.survey), SURVEY_SET_ASIDE, 0)
    people = {quarter.cycle: _account(len(actions_of(quarter.cycle)), SetAside(), 0) for quarter in quarters}
    return {"complaints": complaints, "survey": survey, "people": people}


def _account(read: int, set_aside: SetAside, outside_period: int) -> dict[str, int]:
    parts = {
        "filtered": set_aside.staff_log,
        "outside_period": outside_period,
        "duplicates": set_aside.copies,
        "quarantined": set_aside.quarantined,
    }
    return {"read": read, **parts, "accepted": read - sum(parts.values())}


def _personal(quarters: Sequence[Quarter]) -> dict[str, list[str]]:
    planted = [item for quarter in quarters for item in quarter.personal]
    return {kind: sorted({value for name, value in planted if name == kind}) for kind in ("emails", "phones", "names")}
