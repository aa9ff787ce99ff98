"""The demo's table of planted against found: it agrees with a perfect report and notices each kind of error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest
from pydantic import BaseModel

from tasks.demo.compare import Comparison, compare
from tasks.demo.generate import generate
from tasks.results import Cause, CauseStatus, Change, Compliance, CycleSummary, DataQuality, Effect, FollowUp, Quote, SourceAccount, Trace

LAST = "2025Q4"
STATUSES: Mapping[str, CauseStatus] = {"appeared": "new", "grown": "growing", "cured": "gone", "steady": "cannot_tell"}


class Report(BaseModel):
    """What a run hands to the comparison."""

    model_config = {"arbitrary_types_allowed": True}
    summaries: dict[str, CycleSummary]
    assignments: dict[str, pd.DataFrame]

    def change(self, cycle: str, **parts: Any) -> Report:
        changed = self.summaries[cycle].model_copy(update=parts)
        return self.model_copy(update={"summaries": {**self.summaries, cycle: changed}})


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return generate(7).truth


@pytest.fixture
def report(truth: dict[str, Any]) -> Report:
    """Return a report that found everything that was planted."""
    assigned = {
        cycle: [{"record_id": record, "cause_id": cause["id"]} for cause in truth["causes"] for record in cause["records"][cycle]]
        for cycle in truth["cycles"]
    }
    return Report(
        summaries={cycle: perfect_summary(truth, cycle) for cycle in truth["cycles"]},
        assignments={cycle: pd.DataFrame([*rows, {"record_id": "other", "cause_id": ""}]) for cycle, rows in assigned.items()},
    )


def perfect_summary(truth: Mapping[str, Any], cycle: str) -> CycleSummary:
    instant = datetime.fromisoformat(truth["as_of"][cycle])
    none = {"stages": (), "departments": (), "touchpoints": (), "restatements": (), "families": ()}
    return CycleSummary(
        programme="caldersound-ferries", title="Caldersound Ferries", cycle=cycle, edition=cycle, is_draft=False, timezone="Europe/London",
        starts=instant, ends=instant, as_of=instant, headline="", trace=Trace(programme_sha256="", snapshot=(), versions={}), **none,
        standards=tuple(perfect_compliance(truth, standard, cycle) for standard in truth["standards"]),
        follow_ups=tuple(perfect_effect(planted, cycle) for planted in truth["effects"]),
        causes=tuple(cause for cause in (perfect_cause(planted, cycle) for planted in truth["causes"]) if cause),
        data=DataQuality(
            accounts=perfect_accounts(truth, cycle), rules=(), gate=(), unplaced=0, records=0, ratings=0, texts=0, without_cause=0, praise=0
        ),
    )  # fmt: skip


def perfect_effect(planted: Mapping[str, Any], cycle: str) -> FollowUp:
    effect = Effect(verdict=planted["verdict"], cycle=cycle, change=0.1) if cycle >= planted["cycle"] else None
    return FollowUp(
        id=f"fu-{planted['finding']}", finding=planted["finding"], kind="corrective", status="done", title="", opened_in=planted["opened_in"],
        last_seen_in=cycle, times_seen=1, stages=(), touchpoints=(), owner="", departments=(), due=date(2025, 5, 1), evidence="", effect=effect,
    )  # fmt: skip


def perfect_compliance(truth: Mapping[str, Any], standard: Mapping[str, Any], cycle: str) -> Compliance:
    figure = standard["figures"][cycle]
    planted = next((change for change in truth["changes"] if (change["standard"], change["cycle"]) == (standard["id"], cycle)), None)
    return Compliance(
        standard=standard["id"], title="", touchpoint=standard["touchpoint"], stage="", **figure, low=figure["share"], high=figure["share"],
        target=0.5, verdict=standard["verdicts"][cycle], p=None, pending=0, excluded=0,
        share_if_pending_met=None, share_if_pending_missed=None,
        previous=Change(against="", verdict=planted["verdict"] if planted else "cannot_tell", change=0.2), year_ago=None,
    )  # fmt: skip


def perfect_cause(planted: Mapping[str, Any], cycle: str) -> Cause | None:
    status, size = planted["status"][cycle], len(planted["records"][cycle])
    if status == "absent":
        return None
    quotes = (Quote(record_id=record, text="Write to [email].") for record in planted["records"][cycle][:1])
    return Cause(
        id=planted["id"], label=planted["title"], first_seen=cycle, size=size, share=0, low=0, high=0,
        status=STATUSES[status], quotes=tuple(quotes),
    )  # fmt: skip


def perfect_accounts(truth: Mapping[str, Any], cycle: str) -> tuple[SourceAccount, ...]:
    return tuple(
        SourceAccount(source=source, cycle=cycle, place="", sha256="", collapsed=0, **rows[cycle]) for source, rows in truth["rows"].items()
    )


def disagreements(truth: Mapping[str, Any], report: Report) -> list[str]:
    return [row.what for row in rows_of(truth, report) if not row.is_agreed]


def rows_of(truth: Mapping[str, Any], report: Report) -> tuple[Comparison, ...]:
    return compare(truth, tuple(report.summaries.values()), report.assignments)


def with_standard(report: Report, standard: str, edit: Callable[[Compliance], Compliance]) -> Report:
    rows = report.summaries[LAST].standards
    return report.change(LAST, standards=tuple(edit(row) if row.standard == standard else row for row in rows))


def with_cause(report: Report, cycle: str, cause_id: str, **parts: Any) -> Report:
    causes = report.summaries[cycle].causes
    return report.change(cycle, causes=tuple(cause.model_copy(update=parts) if cause.id == cause_id else cause for cause in causes))


def test_a_perfect_report_agrees_in_every_row_of_one_screen(truth: dict[str, Any], report: Report) -> None:
    rows = rows_of(truth, report)
    assert [row.what for row in rows if not row.is_agreed] == []
    assert 12 <= len(rows) <= 24
    assert len({row.what for row in rows}) == len(rows)


def test_the_order_of_the_summaries_does_not_matter(truth: dict[str, Any], report: Report) -> None:
    assert compare(truth, tuple(reversed(report.summaries.values())), report.assignments) == rows_of(truth, report)


def test_a_wrong_verdict_is_noticed(truth: dict[str, Any], report: Report) -> None:
    wrong = with_standard(report, "answered", lambda row: row.model_copy(update={"verdict": "uncertain"}))
    assert disagreements(truth, wrong) == [f"{LAST} standard answered"]


def test_a_single_case_too_many_is_noticed(truth: dict[str, Any], report: Report) -> None:
    wrong = with_standard(report, "acknowledged", lambda row: row.model_copy(update={"n": row.n + 1}))
    assert disagreements(truth, wrong) == [f"{LAST} standard acknowledged"]


def test_a_change_that_was_not_seen_is_noticed(truth: dict[str, Any], report: Report) -> None:
    unseen = Change(against="2025Q3", verdict="cannot_tell")
    wrong = with_standard(report, "wifi", lambda row: row.model_copy(update={"previous": unseen}))
    assert disagreements(truth, wrong) == [f"{LAST} change of wifi"]


def test_two_causes_found_as_one_are_noticed(truth: dict[str, Any], report: Report) -> None:
    table = report.assignments["2025Q1"]
    merged = table.assign(cause_id=table["cause_id"].replace("phone-queue", "charged-twice"))
    wrong = report.model_copy(update={"assignments": {**report.assignments, "2025Q1": merged}})
    assert disagreements(truth, wrong) == ["root causes told apart"]


def test_a_cause_in_two_halves_is_noticed(truth: dict[str, Any], report: Report) -> None:
    table = report.assignments[LAST].copy()
    is_food = table["cause_id"] == "cold-food"
    table.loc[is_food & (is_food.cumsum() % 2 == 0), "cause_id"] = "second-half"
    wrong = report.model_copy(update={"assignments": {**report.assignments, LAST: table}})
    assert disagreements(truth, wrong) == ["root causes told apart"]


@pytest.mark.parametrize(
    ("cycle", "cause_id", "parts"),
    [
        ("2025Q3", "app-code", {"status": "cannot_tell"}),
        (LAST, "refund-waiting", {"status": "cannot_tell"}),
        (LAST, "refund-waiting", {"size": 110}),
        (LAST, "wifi", {"status": "cannot_tell", "size": 5}),
        (LAST, "wifi", {"status": "shrinking", "size": 60}),
    ],
)
def test_a_cause_whose_course_was_not_seen_is_noticed(
    truth: dict[str, Any], report: Report, cycle: str, cause_id: str, parts: dict[str, Any]
) -> None:
    assert disagreements(truth, with_cause(report, cycle, cause_id, **parts)) == [f"{cycle} cause {cause_id}"]


def test_a_cause_that_was_there_before_has_not_appeared(truth: dict[str, Any], report: Report) -> None:
    new = next(cause for cause in report.summaries["2025Q3"].causes if cause.id == "app-code")
    wrong = report.change("2025Q2", causes=(*report.summaries["2025Q2"].causes, new))
    assert disagreements(truth, wrong) == ["2025Q3 cause app-code"]


@pytest.mark.parametrize("kind", ["emails", "phones", "names"])
def test_personal_data_left_in_a_quote_is_noticed_in_any_case(truth: dict[str, Any], report: Report, kind: str) -> None:
    quotes = (Quote(record_id="1", text=f"REACH ME: {truth['personal'][kind][0].upper()}!"),)
    assert disagreements(truth, with_cause(report, "2025Q2", "cold-food", quotes=quotes)) == ["personal data in quotes"]


def test_a_report_without_quotes_proves_no_masking(truth: dict[str, Any], report: Report) -> None:
    for cycle, summary in report.summaries.items():
        report = report.change(cycle, causes=tuple(cause.model_copy(update={"quotes": ()}) for cause in summary.causes))
    assert disagreements(truth, report) == ["personal data in quotes"]


def test_a_fix_that_was_not_judged_as_planted_is_noticed(truth: dict[str, Any], report: Report) -> None:
    changed = tuple(one.model_copy(update={"effect": None}) for one in report.summaries[LAST].follow_ups)
    assert disagreements(truth, report.change(LAST, follow_ups=changed)) == [f"{LAST} fix of wifi"]


def test_a_lost_row_is_noticed(truth: dict[str, Any], report: Report) -> None:
    data = report.summaries[LAST].data
    first, *others = data.accounts
    fewer = first.model_copy(update={"duplicates": first.duplicates - 1})
    wrong = report.change(LAST, data=data.model_copy(update={"accounts": (fewer, *others)}))
    assert disagreements(truth, wrong) == ["copied rows set aside"]


def test_files_of_earlier_quarters_read_again_are_not_counted_twice(truth: dict[str, Any], report: Report) -> None:
    data, earlier = report.summaries[LAST].data, report.summaries["2025Q3"].data.accounts
    again = report.change(LAST, data=data.model_copy(update={"accounts": data.accounts + earlier}))
    assert rows_of(truth, again) == rows_of(truth, report)


def test_what_was_not_run_does_not_agree(truth: dict[str, Any]) -> None:
    assert not any(row.is_agreed for row in compare(truth, (), {}))


def test_a_missing_last_quarter_cures_nothing(truth: dict[str, Any], report: Report) -> None:
    del report.summaries[LAST]
    rows = {row.what: row for row in rows_of(truth, report)}
    assert not rows[f"{LAST} cause wifi"].is_agreed


def test_a_comparison_cannot_be_changed(truth: dict[str, Any], report: Report) -> None:
    row = rows_of(truth, report)[0]
    assert replace(row, found="else") != row
    with pytest.raises(AttributeError):
        row.is_agreed = True  # type: ignore[misc]
