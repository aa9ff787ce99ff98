"""From counts to verdicts and changes, worked by hand, with the corner cases in which a report goes wrong most easily."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.periods import Quarter, same_age
from config.programme import Programme
from tasks.intake import empty_ratings
from tasks.results import Cause, Compliance
from tasks.standards.compliance import Assessment, Earlier, assess, restate
from tasks.standards.counts import count, decide_outcomes, empty_counts
from tasks.standards.measures import OUTCOMES
from tests.programmes import programme, standard

NOTHING = Earlier("2025Q4", None, "2025Q4 was never run")
Figures = tuple[int, ...]


def house(standards: int = 1, target: float = 0.8, **rules: int) -> Programme:
    """Return a programme with so many standards over all touchpoints, s0 and so on."""
    return programme(standards=[standard(id=f"s{n}", target_share=target) for n in range(standards)], rules=rules)


def counts(*figures: Figures) -> pd.DataFrame:
    """Return counts of standards s0, s1, ...: met, missed, and where wanted pending and excluded."""
    rows = [(f"s{n}", "all", pd.Timestamp("2026-01-05"), *one, *[0] * (4 - len(one))) for n, one in enumerate(figures)]
    return pd.concat([empty_counts(), pd.DataFrame(rows, columns=["standard", "touchpoint", "week", *OUTCOMES])]).astype(
        empty_counts().dtypes
    )


def assessed(*figures: Figures, earlier: Earlier = NOTHING, year_ago: Earlier = NOTHING, causes: Any = (), **parts: Any) -> Assessment:
    return assess(counts(*figures), earlier, year_ago, causes, house(**({"standards": len(figures)} | parts)))


def verdict(met: int, missed: int, **parts: Any) -> str:
    return assessed((met, missed), **parts).standards[0].verdict


# figures


def test_figures_of_a_standard_are_those_worked_by_hand() -> None:
    row = assessed((81, 182, 20, 7), target=0.5).standards[0]
    assert (row.n, row.met, row.pending, row.excluded, row.target) == (263, 81, 20, 7, 0.5)
    assert row.share == pytest.approx(81 / 263)
    assert (round(row.low or 0, 4), round(row.high or 0, 4)) == (0.2553, 0.3662)  # Newcombe (1998), table I
    assert row.share_if_pending_met == pytest.approx(101 / 283)
    assert row.share_if_pending_missed == pytest.approx(81 / 283)
    assert (row.standard, row.title, row.touchpoint, row.stage) == ("s0", "s0", "all", "all")


def test_weeks_add_up() -> None:
    first, second = counts((10, 5)), counts((20, 15)).assign(week=pd.Timestamp("2026-01-12"))
    row = assess(pd.concat([first, second]), NOTHING, NOTHING, (), house()).standards[0]
    assert (row.met, row.n) == (30, 50)


def test_a_figure_of_one_touchpoint_bears_its_stage_and_its_title() -> None:
    one = programme(standards=[standard(title="In time", touchpoints=["lounge", "site"])])
    rows = assess(empty_counts(), NOTHING, NOTHING, (), one).standards
    assert [(row.touchpoint, row.stage, row.title) for row in rows] == [("lounge", "sail", "In time"), ("site", "book", "In time")]


# verdicts


@pytest.mark.parametrize(
    ("met", "missed", "target", "expected"),
    [
        (100, 0, 0.8, "met"),
        (0, 100, 0.8, "not_met"),
        (80, 20, 0.8, "uncertain"),
        (88, 12, 0.8, "met"),  # z = 2, p = 0.0455
        (87, 13, 0.8, "uncertain"),  # z = 1.75
        (72, 28, 0.8, "not_met"),
        (73, 27, 0.8, "uncertain"),
        (100, 0, 1.0, "uncertain"),  # nothing speaks against it, and no number of cases proves "always"
        (99, 1, 1.0, "not_met"),
        (0, 100, 0.0, "uncertain"),
        (1, 99, 0.0, "met"),
    ],
)
def test_the_verdict_is_that_of_the_score_test_at_five_per_cent(met: int, missed: int, target: float, expected: str) -> None:
    assert verdict(met, missed, target=target) == expected


@pytest.mark.parametrize(
    ("figures", "share"), [((0, 0), None), ((1, 0), 1.0), ((0, 1), 0.0), ((9, 0), 1.0), ((0, 0, 50), None), ((0, 0, 0, 50), None)]
)
def test_too_few_decided_cases_are_said_to_be_too_few(figures: Figures, share: float | None) -> None:
    row = assessed(figures).standards[0]
    assert (row.verdict, row.share, row.p, row.note) == ("too_few", share, None, "")


def test_how_few_is_too_few_is_the_programmes_to_say() -> None:
    assert verdict(9, 0) == "too_few"
    assert verdict(10, 0) != "too_few"
    assert verdict(1, 0, too_few_below=1) == "uncertain"
    assert verdict(49, 0, too_few_below=50) == "too_few"


def test_a_standard_without_any_record_is_there_and_named() -> None:
    row = assess(empty_counts(), NOTHING, NOTHING, (), house()).standards[0]
    assert (row.standard, row.n, row.share, row.low, row.high, row.verdict) == ("s0", 0, None, None, None, "too_few")
    assert (row.share_if_pending_met, row.share_if_pending_missed) == (None, None)


def test_where_all_are_pending_the_share_may_still_become_anything() -> None:
    row = assessed((0, 0, 40)).standards[0]
    assert (row.share, row.share_if_pending_met, row.share_if_pending_missed) == (None, 1.0, 0.0)


# many at once


def test_one_of_many_that_stands_out_as_chance_allows_is_uncertain_and_the_page_says_why() -> None:
    alone = assessed((88, 12))
    assert (alone.standards[0].verdict, alone.standards[0].note) == ("met", "")
    among_twenty = assessed((88, 12), *[(80, 20)] * 19)
    assert (among_twenty.standards[0].verdict, among_twenty.standards[0].note) == ("uncertain", "one of 20 looked at")
    assert among_twenty.standards[0].p == alone.standards[0].p  # printed figures are uncorrected
    assert among_twenty.standards[0].low == alone.standards[0].low
    assert {row.note for row in among_twenty.standards[1:]} == {""}


def test_many_that_stand_out_together_carry_each_other() -> None:
    assert {row.verdict for row in assessed(*[(88, 12)] * 20).standards} == {"met"}


def test_what_has_too_few_cases_does_not_count_as_looked_at() -> None:
    found = assessed((88, 12), *[(5, 0)] * 19)
    assert found.standards[0].verdict == "met"
    assert [(family.name, family.tests, family.rejected) for family in found.families] == [("verdicts", 1, 1), ("changes", 0, 0)]


# changes


def before(*figures: Figures, cycle: str = "2025Q4") -> Earlier:
    return Earlier(cycle, counts(*figures))


def test_a_change_is_told_with_its_interval() -> None:
    change = assessed((56, 14), earlier=before((48, 32))).standards[0].previous
    assert change is not None
    assert (change.against, change.n, change.met) == ("2025Q4", 80, 48)
    assert change.share == 0.6
    assert change.change == pytest.approx(0.2)
    assert (round(change.low or 0, 4), round(change.high or 0, 4)) == (0.0524, 0.3339)  # Newcombe (1998), table II, case a
    assert change.verdict == "improved"


def changed(now: Figures, then: Figures, **parts: Any) -> str:
    row = assessed(now, earlier=before(then), **parts).standards[0].previous
    assert row is not None
    return row.verdict


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        ((80, 20), (60, 40), "improved"),
        ((60, 40), (80, 20), "worsened"),
        ((80, 20), (80, 20), "cannot_tell"),
        ((70, 30), (60, 40), "cannot_tell"),
        ((100, 0), (100, 0), "cannot_tell"),
        ((9, 0), (0, 100), "cannot_tell"),  # too few now
        ((100, 0), (0, 9), "cannot_tell"),  # too few then
        ((100, 0), (0, 0, 500), "cannot_tell"),  # nothing decided then
    ],
)
def test_a_change_is_called_one_only_where_chance_does_not_explain_it(now: Figures, then: Figures, expected: str) -> None:
    assert changed(now, then) == expected


def test_a_quarter_that_cannot_be_compared_says_why() -> None:
    change = assessed((80, 20)).standards[0].previous
    assert change is not None
    assert (change.verdict, change.note, change.against) == ("not_comparable", "2025Q4 was never run", "2025Q4")
    assert (change.n, change.share, change.change, change.p) == (0, None, None, None)


def test_the_year_before_is_compared_as_the_quarter_before_is() -> None:
    found = assessed((80, 20), earlier=before((60, 40)), year_ago=before((95, 5), cycle="2025Q1")).standards[0]
    assert found.previous is not None
    assert found.year_ago is not None
    assert (found.previous.verdict, found.year_ago.verdict, found.year_ago.against) == ("improved", "worsened", "2025Q1")


def cause(p: float | None, status: Any = "cannot_tell", change: float | None = 0.1) -> Cause:
    return Cause(id="2025Q4-01", label="A", first_seen="2025Q4", size=9, share=0.1, low=0, high=1, status=status, change=change, p=p)


def test_quarter_year_and_cause_sizes_are_one_family() -> None:
    now, then = (73, 27), (60, 40)  # p = 0.051; with a case more it is 0.035
    assert changed(now, then) == "cannot_tell"
    now = (74, 26)
    assert changed(now, then) == "improved"
    beside_three = assessed(now, earlier=before(then), causes=[cause(0.9)] * 3)
    previous = beside_three.standards[0].previous
    assert previous is not None
    assert (previous.verdict, previous.note) == ("cannot_tell", "one of 4 looked at")
    assert beside_three.families[1].tests == 4
    assert changed(now, then, causes=[cause(0.001)] * 3) == "improved"


@pytest.mark.parametrize(
    ("given_cause", "expected"),
    [
        (cause(0.001), "growing"),
        (cause(0.001, change=-0.1), "shrinking"),
        (cause(0.2), "cannot_tell"),
        (cause(None, change=None), "cannot_tell"),
        (cause(0.001, status="new"), "new"),
        (cause(0.001, status="gone", change=-0.1), "gone"),
    ],
)
def test_a_cause_grows_or_shrinks_only_where_the_family_says_so(given_cause: Cause, expected: str) -> None:
    assert assessed((80, 20), causes=[given_cause]).causes[0].status == expected


figures = st.tuples(st.integers(0, 300), st.integers(0, 300))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(figures, figures), min_size=1, max_size=6), st.sampled_from([0.0, 0.5, 0.8, 1.0]))
def test_no_verdict_ever_contradicts_the_interval_that_is_printed_beside_it(pairs: list[tuple[Figures, Figures]], target: float) -> None:
    found = assessed(*[now for now, _ in pairs], earlier=before(*[then for _, then in pairs]), target=target)
    for row in found.standards:
        assert row.verdict != "met" or (row.low is not None and row.low >= target and (row.share or 0) > target)
        assert row.verdict != "not_met" or (row.high is not None and row.high <= target and (row.share or 0) < target)
        assert row.previous is not None
        assert row.previous.verdict != "improved" or (row.previous.low or 0) > 0
        assert row.previous.verdict != "worsened" or (row.previous.high or 0) < 0
    assert found.families[0].tests == sum(row.p is not None for row in found.standards)


# equal age and restatement


def feedback(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["occurred_at", "due_at", "resolved_at"])
    times = {name: pd.to_datetime(table[name], utc=True).astype("datetime64[us, UTC]") for name in ("occurred_at", "due_at", "resolved_at")}
    return table.assign(record_id=[str(n) for n in range(len(rows))], source="cases", category="counter", **times)


def test_the_earlier_quarter_is_recounted_as_it_stood_equally_many_days_after_its_own_end() -> None:
    earlier = feedback(
        ("2025-12-20", "2025-12-27", "2025-12-24"),  # met
        ("2025-12-20", "2025-12-27", "2026-01-20"),  # missed
        ("2025-12-30", "2026-01-10", "2026-01-15"),  # due on the tenth day after the end, and done only on the fifteenth: missed
        ("2025-12-30", "2026-01-14", "2026-01-02"),  # due a day later than the twelve days: pending then, though done
    )
    house_of_one, as_of = house(), datetime(2026, 4, 13, tzinfo=UTC)  # twelve days after the end of 2026Q1, less four hours
    instant = same_age(as_of, Quarter(2026, 1), Quarter(2025, 4), house_of_one.zone, "january")
    assert instant == datetime(2026, 1, 13, 1, tzinfo=UTC)  # 20:00 in New York, in winter as in summer
    at_equal_age = count(decide_outcomes(earlier, empty_ratings().drop(columns="cycle"), house_of_one, instant))
    known_now = count(decide_outcomes(earlier, empty_ratings().drop(columns="cycle"), house_of_one, as_of))
    assert at_equal_age[list(OUTCOMES)].sum().tolist() == [1, 2, 1, 0]
    assert known_now[list(OUTCOMES)].sum().tolist() == [2, 2, 0, 0]


def published(**figures: Any) -> Compliance:
    fixed = {"touchpoint": "all", "stage": "all", "title": "", "share": None, "low": None, "high": None, "target": 0.8, "excluded": 0}
    rest = {"verdict": "met", "p": None, "share_if_pending_met": None, "share_if_pending_missed": None, "previous": None, "year_ago": None}
    return Compliance.model_validate(fixed | rest | figures)


def test_each_earlier_quarter_is_restated_beside_what_was_published_then_newest_first() -> None:
    now = {"2025Q3": counts((90, 10), (1, 1)), "2025Q4": counts((70, 20, 10), (2, 2))}
    then = {"2025Q4": [published(standard="s0", n=60, met=50, pending=40)]}
    rows = restate(now, then, house(standards=2))
    assert [row.model_dump(exclude={"touchpoint"}) for row in rows] == [
        {"cycle": "2025Q4", "standard": "s0", "n": 90, "met": 70, "pending": 10, **_then(60, 50, 40)},
        {"cycle": "2025Q4", "standard": "s1", "n": 4, "met": 2, "pending": 0, **_then(None, None, None)},
        {"cycle": "2025Q3", "standard": "s0", "n": 100, "met": 90, "pending": 0, **_then(None, None, None)},
        {"cycle": "2025Q3", "standard": "s1", "n": 2, "met": 1, "pending": 0, **_then(None, None, None)},
    ]


def _then(n: int | None, met: int | None, pending: int | None) -> dict[str, int | None]:
    return {"published_n": n, "published_met": met, "published_pending": pending}


def test_a_figure_of_another_touchpoint_is_not_mistaken_for_what_was_published() -> None:
    rows = restate({"2025Q4": counts((1, 1))}, {"2025Q4": [published(standard="s0", touchpoint="counter", n=9, met=9, pending=0)]}, house())
    assert [row.published_n for row in rows] == [None]


def test_without_earlier_quarters_nothing_is_restated() -> None:
    assert restate({}, {}, house()) == ()
