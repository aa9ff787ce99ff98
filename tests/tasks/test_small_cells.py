"""Small cells: nothing of too few customers is published, and nothing that was taken out can be worked out again."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import tables
from reports.page import render_report
from reports.workbook import workbook_xlsx
from tasks.inference import wilson
from tasks.results import (
    CauseSlice,
    CauseStandard,
    Change,
    Compliance,
    Contribution,
    CycleSummary,
    Effect,
    PipeCount,
    Restatement,
    Theme,
    TimeTo,
    WeekCount,
)
from tasks.small_cells import (
    HIDDEN,
    hidden_parts,
    hidden_standards,
    is_hidden,
    without_hidden_cases,
    without_hidden_causes,
    without_small_cells,
)
from tests.reports import sample_loop, samples

SUPPLY = next(row for row in samples.STANDARDS if row.standard == "supply-back")  # 6 of 7 kept, 2 pending
LEAKS = next(row for row in samples.STANDARDS if row.standard == "leaks")
WHOLE = sample_loop.SUMMARY


def with_standard(row: Compliance, **update: Any) -> CycleSummary:
    return WHOLE.model_copy(update={"standards": (row.model_copy(update=update), LEAKS)})


def first_row(summary: CycleSummary) -> Compliance:
    return summary.standards[0]


def test_the_figures_of_a_standard_of_too_few_customers_go_and_its_row_stays() -> None:
    row = first_row(without_small_cells(with_standard(SUPPLY, n=4, met=1, pending=2, excluded=9), 5))
    assert (row.standard, row.verdict, row.note, is_hidden(row)) == ("supply-back", "too_few", HIDDEN, True)
    assert (row.n, row.met, row.pending, row.excluded) == (0, 0, 0, 0)
    empty = ("share", "low", "high", "p", "share_if_pending_met", "share_if_pending_missed", "customers", "n_effective")
    assert [getattr(row, name) for name in empty] == [None] * len(empty)


@pytest.mark.parametrize(
    ("update", "is_taken_out"),
    [
        ({"n": 5, "met": 5}, False),
        ({"n": 4, "met": 4}, True),
        ({"n": 40, "met": 2}, False),
        ({"n": 40, "met": 30, "customers": 4}, True),
        ({"n": 40, "met": 30, "customers": 5}, False),
        ({"n": 0, "met": 0, "pending": 0}, False),
        ({"n": 0, "met": 0, "pending": 3}, True),
    ],
)
def test_a_group_is_small_by_its_customers_and_nobody_is_no_small_group(update: dict[str, Any], is_taken_out: bool) -> None:
    assert is_hidden(first_row(without_small_cells(with_standard(SUPPLY, **update), 5))) == is_taken_out


def test_in_the_csv_file_what_was_taken_out_is_an_empty_cell_and_no_zero() -> None:
    previous = Change(against="2025Q3", verdict="cannot_tell", n=3, met=2, share=2 / 3, change=-0.4, low=-0.8, high=0.2, p=0.3)
    told = without_small_cells(with_standard(SUPPLY, n=4, met=1, previous=previous), 5)
    line = dict(zip(*(row.split(",") for row in tables.compliance_csv(told).decode().splitlines()[:2]), strict=True))
    names = ("n", "met", "pending", "excluded", "share", "p", "previous_n", "previous_met", "previous_share", "change", "change_p")
    assert [line[name] for name in names] == [""] * len(names)
    assert (line["verdict"], line["note"]) == ("too_few", HIDDEN)


def test_a_change_goes_where_either_of_its_quarters_is_small() -> None:
    earlier = Change(against="2025Q3", verdict="worsened", n=4, met=4, share=1.0, change=-0.49, low=-0.6, high=-0.2, p=0.02)
    later = first_row(without_small_cells(with_standard(LEAKS, previous=earlier), 5)).previous
    assert later == earlier.model_copy(
        update={"n": 0, "met": 0, "share": None, "change": None, "low": None, "high": None, "p": None, "note": HIDDEN}
    )
    now = first_row(without_small_cells(with_standard(SUPPLY, n=3, met=3, previous=LEAKS.previous), 5)).previous
    assert now is not None
    assert (now.n, now.met, now.change, now.p) == (588, 377, None, None)


def test_a_small_cause_counts_as_texts_without_a_cause_and_every_sum_stays() -> None:
    themes = (
        Theme(label="Bills", causes=("2025Q1-02",), size=228, share=228 / 2190, low=0.09, high=0.12),
        Theme(label="Water", causes=("2025Q1-01", "2025Q2-04"), size=346, share=346 / 2190, low=0.14, high=0.17),
        Theme(label="Pressure", causes=("2025Q2-04",), size=4, share=4 / 2190, low=0.0, high=0.01),
    )
    before = WHOLE.model_copy(update={"themes": themes})
    after = without_small_cells(before, 5)
    assert [cause.id for cause in before.causes if cause not in after.causes] == ["2025Q2-04"]
    assert after.data.without_cause == before.data.without_cause + 4
    assert (
        sum(cause.size for cause in after.causes) + after.data.without_cause
        == sum(cause.size for cause in before.causes) + before.data.without_cause
    )
    low, high = wilson(342, 2190)
    assert [theme.label for theme in after.themes] == ["Bills", "Water"]
    assert (after.themes[1].size, after.themes[1].low, after.themes[1].high) == (342, float(low), float(high))
    assert after.cause_notes == ("One cause of fewer than 5 customers: left out, the texts counted as texts without a cause.",)


def test_a_cause_keeps_only_the_parts_that_are_large_enough_and_weeks_where_all_are() -> None:
    def part(name: str, records: int) -> Contribution:
        return Contribution(id=name, records=records, share=records / 342)

    weeks = tuple(WeekCount(week=date(2025, 10, 6 + 7 * i), records=records) for i, records in enumerate((0, 40, 5)))
    update = {
        "touchpoints": (part("a", 300), part("b", 30), part("c", 9), part("d", 3)),
        "slices": tuple(CauseSlice(dimension="d", value="v", records=n, share=0.1, elsewhere_share=0.1, p=0.1) for n in (4, 5)),
        "standards": tuple(CauseStandard(standard="s", title="t", n=n, missed=1, elsewhere_share=0.1, p=0.1) for n in (4, 5)),
        "weeks": weeks,
    }
    cause = WHOLE.causes[0].model_copy(update=update)
    told = without_small_cells(WHOLE.model_copy(update={"causes": (cause,)}), 5).causes[0]
    assert [one.id for one in told.touchpoints] == ["a", "b"]  # 3 with 9: either could be any of 1 to 4 and the rest of 12
    assert (told.weeks, [one.records for one in told.slices], [one.n for one in told.standards]) == (weeks, [5], [5])
    cause = cause.model_copy(update={"weeks": (*weeks, WeekCount(week=date(2025, 10, 27), records=1))})
    assert without_small_cells(WHOLE.model_copy(update={"causes": (cause,)}), 5).causes[0].weeks == ()


def test_a_cause_of_many_records_that_few_customers_made_is_left_out() -> None:
    loud = WHOLE.causes[0].model_copy(update={"customers": 4})
    assert loud.size == 342
    told = without_small_cells(WHOLE.model_copy(update={"causes": (loud, *WHOLE.causes[1:])}), 5)
    assert loud.id not in {cause.id for cause in told.causes}
    assert (told.data.without_cause or 0) >= 342


def test_an_earlier_size_that_is_small_goes_with_its_change() -> None:
    cause = WHOLE.causes[0].model_copy(update={"previous_size": 4})
    told = without_small_cells(WHOLE.model_copy(update={"causes": (cause,)}), 5).causes[0]
    assert (told.size, told.previous_size, told.previous_share, told.change, told.change_low, told.p) == (342, *[None] * 5)


def test_rare_ways_in_are_added_up_and_the_total_stays() -> None:
    def pipe(name: str, records: int, *, is_internal: bool = False) -> PipeCount:
        return PipeCount(pipe=name, channel="", is_internal=is_internal, records=records)

    pipes = (pipe("complaint", 2000), pipe("visit", 2, is_internal=True), pipe("call", 60), pipe("social", 3))
    data = WHOLE.data.model_copy(update={"pipes": pipes})
    told = without_small_cells(WHOLE.model_copy(update={"data": data}), 5).data.pipes
    assert [(one.pipe, one.records) for one in told] == [("complaint", 2000), ("rarer ways", 65)]


def test_times_slices_restatements_and_effects_of_too_few_are_not_told() -> None:
    def time(place: str, n: int) -> TimeTo:
        return WHOLE.times[0].model_copy(update={"touchpoint": place, "n": n})

    (*_, sliced) = WHOLE.slices
    (*_, restated) = WHOLE.restatements
    effect = Effect(verdict="cannot_tell", cycle="2025Q4", change=0.1, before=0.2, after=0.3, n_before=300, n_after=3)
    follow_up = WHOLE.follow_ups[0].model_copy(update={"effect": effect, "customers": 2})
    small: list[Restatement] = [restated.model_copy(update={"n": 3, "published_n": 30}), restated.model_copy(update={"published_n": 1})]
    told = without_small_cells(
        WHOLE.model_copy(
            update={
                "times": (time("all", 163), time("a", 100), time("b", 40), time("c", 20), time("d", 3)),
                "slices": (sliced, sliced.model_copy(update={"customers": 4}), sliced.model_copy(update={"n": 1730})),
                "restatements": (*small, restated.model_copy(update={"n": 50, "published_n": 49})),
                "follow_ups": (follow_up,),
            }
        ),
        5,
    )
    assert [one.touchpoint for one in told.times] == ["all", "a", "b"]
    assert told.slices == (sliced,)  # on-time has 1,732 cases: two others beside the third
    assert [one.n for one in told.restatements] == [50]
    found = told.follow_ups[0].effect
    assert found is not None
    assert (told.follow_ups[0].customers, found.change, found.before, found.after, found.n_before, found.n_after) == (
        0,
        None,
        None,
        None,
        300,
        0,
    )


def test_a_point_of_few_cases_is_left_out_with_another_of_its_quarter() -> None:
    chart = next(one for one in WHOLE.charts if one.subject == "standard:friendly:phone-line")  # by month, from January 2024
    sizes = (50, 40, 3, 50, 60, 70)
    points = tuple(point.model_copy(update={"n": n}) for point, n in zip(chart.points, sizes, strict=False))
    told = without_small_cells(WHOLE.model_copy(update={"charts": (chart.model_copy(update={"points": points}),)}), 5).charts[0]
    assert [point.n for point in told.points] == [50, 50, 60, 70]
    assert told.note.endswith(f"Points {HIDDEN} are left out.")


def test_what_was_taken_out_is_taken_out_of_the_cases_too() -> None:
    told = without_small_cells(with_standard(SUPPLY, n=4, met=1), 5)
    assert hidden_standards(told.standards) == {("supply-back", "supply")}
    cases = pd.DataFrame({"standard": ["supply-back", "supply-back", "leaks"], "touchpoint": ["supply", "bill", "supply"], "n": [1, 2, 3]})
    assert without_hidden_cases(cases, told)["n"].tolist() == [2, 3]
    assignments = pd.DataFrame({"record_id": ["a", "b", "c"], "cause_id": ["2025Q2-04", "2025Q1-01", ""]})
    assert without_hidden_causes(assignments, told)["cause_id"].tolist() == ["", "2025Q1-01", ""]


@pytest.mark.parametrize("at_least", [3, 4])
def test_nobody_who_knows_the_rule_can_work_out_a_hidden_part(at_least: int) -> None:
    views: dict[tuple[Any, ...], list[tuple[int, ...]]] = {}
    for parts in (2, 3, 4):
        for sizes in itertools.product(range(3 * at_least), repeat=parts):
            hidden = hidden_parts(sizes, at_least)
            shown = tuple(size for place, size in enumerate(sizes) if place not in hidden)
            views.setdefault((parts, hidden, shown, sum(sizes)), []).append(sizes)
    known = [
        (view, place)
        for view, worlds in views.items()
        for place in view[1]
        if view[3] >= 2 * at_least and len({world[place] for world in worlds}) == 1 and worlds[0][place] < at_least
    ]
    assert len(views) > 1000
    assert known == []


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 8), st.integers(0, 20))
def test_no_small_part_is_shown_and_where_none_is_small_all_are(sizes: list[int], at_least: int, rest: int) -> None:
    hidden = hidden_parts(sizes, at_least, rest)
    assert {place for place, size in enumerate(sizes) if 0 < size < at_least} <= hidden
    assert not any(sizes[place] == 0 for place in hidden)
    assert bool(hidden) == any(0 < size < at_least for size in sizes)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 700))
def test_no_figure_that_is_told_is_small_and_what_was_done_once_is_done(at_least: int) -> None:
    told = without_small_cells(WHOLE, at_least)
    counts = [row.n for row in told.standards] + [one.n for row in told.standards for one in (row.previous, row.year_ago) if one]
    counts += [one.size for one in told.causes] + [part.records for one in told.causes for part in one.touchpoints]
    counts += [one.n for one in (*told.slices, *told.times)] + [point.n for chart in told.charts for point in chart.points]
    counts += [one.records for one in told.data.pipes[:-1]] + [one.n for one in told.restatements]
    assert not [count for count in counts if 0 < count < at_least]
    assert without_small_cells(told, at_least).model_copy(update={"cause_notes": ()}) == told.model_copy(update={"cause_notes": ()})


def test_where_one_customer_is_enough_everything_stays() -> None:
    assert without_small_cells(WHOLE, 1) == WHOLE


def test_every_report_can_be_rendered_of_what_is_left() -> None:
    for at_least in (5, 100, 100_000):
        told = without_small_cells(WHOLE, at_least)
        assert CycleSummary.model_validate_json(told.model_dump_json()) == told
        assert render_report(told)
        assert workbook_xlsx(told)
        assert tables.summary_json(told)
