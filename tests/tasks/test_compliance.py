"""From counts to verdicts and changes, worked by hand, with the corner cases in which a report goes wrong most easily."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.periods import Quarter, same_age
from config.programme import Programme
from tasks.results import Cause, Change, Compliance, Value
from tasks.standards.compliance import Assessment, Earlier, assess, restate
from tasks.standards.counts import COLUMNS, Tally, empty_counts, merge, tally_of
from tasks.standards.measures import OUTCOMES
from tests.programmes import programme, standard
from tests.tasks.counting import NO_RATINGS, answers, source_of, survey_of
from tests.tasks.counting import feedback as feedback_of

NOTHING = Earlier("2025Q4", None, "2025Q4 was never run")
Figures = tuple[int, ...]


def house(standards: int = 1, target: float = 0.8, **rules: int) -> Programme:
    """Return a programme with so many standards over all touchpoints, s0 and so on."""
    return programme(standards=[standard(id=f"s{n}", target_share=target) for n in range(standards)], rules=rules)


EMPTY = merge([])


def of_tables(**tables: pd.DataFrame) -> Tally:
    """Return a tally of these tables and otherwise empty ones."""
    given = {name: table[list(COLUMNS[name])].astype(dict(COLUMNS[name])) for name, table in tables.items()}
    return Tally(**({field.name: getattr(EMPTY, field.name) for field in fields(Tally)} | given))


def counts(*figures: Figures, week: str = "2026-01-05") -> Tally:
    """Return counts of standards s0, s1, ...: met, missed, and where wanted pending and excluded."""
    day, month = pd.Timestamp(week), pd.Timestamp("2026-01-01")
    rows = [(f"s{n}", "all", day, month, *one, *[0] * (4 - len(one))) for n, one in enumerate(figures)]
    return of_tables(counts=pd.DataFrame(rows, columns=list(empty_counts().columns)))


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
    first, second = counts((10, 5)), counts((20, 15), week="2026-01-12")
    row = assess(merge([first, second]), NOTHING, NOTHING, (), house()).standards[0]
    assert (row.met, row.n) == (30, 50)


def test_a_figure_of_one_touchpoint_bears_its_stage_and_its_title() -> None:
    one = programme(standards=[standard(title="In time", touchpoints=["lounge", "site"])])
    rows = assess(EMPTY, NOTHING, NOTHING, (), one).standards
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
    row = assess(EMPTY, NOTHING, NOTHING, (), house()).standards[0]
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
        (cause(0.001, status="growing"), "growing"),
        (cause(0.001, status="shrinking", change=-0.1), "shrinking"),
        (cause(0.2, status="growing"), "cannot_tell"),
        (cause(None, change=None), "cannot_tell"),
        (cause(0.001, status="new"), "new"),
        (cause(0.001, status="gone", change=-0.1), "gone"),
    ],
)
def test_a_cause_grows_or_shrinks_only_where_the_family_says_so(given_cause: Cause, expected: str) -> None:
    assert assessed((80, 20), causes=[given_cause]).causes[0].status == expected


figures = st.tuples(st.integers(0, 300), st.integers(0, 300))


@settings(max_examples=12, deadline=None)
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


def feedback(*rows: tuple[str, str, str]) -> pd.DataFrame:
    names = ("occurred_at", "due_at", "resolved_at")
    return feedback_of(*(dict(zip(names, row, strict=True)) for row in rows))


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
    at_equal_age = tally_of(earlier, NO_RATINGS, house_of_one, instant).counts
    known_now = tally_of(earlier, NO_RATINGS, house_of_one, as_of).counts
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
    assert [row.model_dump(exclude={"touchpoint", "value", "published_value"}) for row in rows] == [
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


# changes that do not matter


def test_a_change_that_lies_wholly_within_what_matters_is_no_material_change() -> None:
    change = assessed((8000, 2000), earlier=before((8010, 1990))).standards[0].previous
    assert change is not None
    assert change.verdict == "no_material_change"
    assert change.low is not None
    assert change.high is not None
    assert -0.02 < change.low < 0 < change.high < 0.02


def test_a_change_that_is_certain_and_smaller_than_what_matters_says_both() -> None:
    change = assessed((80_500, 19_500), earlier=before((80_000, 20_000))).standards[0].previous
    assert change is not None
    assert (change.verdict, change.note) == ("improved", "smaller than what matters")
    assert changed((82_500, 17_500), (80_000, 20_000)) == "improved"


@pytest.mark.parametrize(("margin", "expected"), [(0.0, "cannot_tell"), (0.02, "no_material_change")])
def test_how_much_matters_is_the_programmes_to_say(margin: float, expected: str) -> None:
    assert changed((8000, 2000), (8010, 1990), material_change_share=margin) == expected


def test_few_cases_are_never_said_not_to_have_changed() -> None:
    assert changed((9, 0), (9, 0), material_change_share=1.0) == "cannot_tell"


# figures that are no shares

MEDIAN = {"median": ["occurred_at", "resolved_at"], "at_most": "2 days"}
MEAN = {"mean": ["occurred_at", "resolved_at"], "at_most": "2 days", "up_to": "10 days"}
PROMOTERS = {"net_promoter": "recommend", "at_least": 20}
SCORE = {"mean_rating": "recommend", "at_least": 7}
DATES: dict[str, Any] = {"week": pd.Timestamp("2026-01-05"), "month": pd.Timestamp("2026-01-01"), "standard": "s0", "touchpoint": "all"}


def of_figure(measure: dict[str, Any], **rules: Any) -> Programme:
    one = standard(id="s0", measure=measure, target_share=None)
    asked = survey_of({"question": "recommend", "scale": [0, 10]})
    return programme(sources=[source_of("resolved_at"), asked], standards=[one], rules=rules)


def durations(*hours: float, waiting: int = 0, until: float = 240) -> Tally:
    """Return cases done after so many hours, and some that wait for `until` hours."""
    minutes = [round(60 * one) for one in hours] + [round(60 * until)] * waiting
    done = [1] * len(hours) + [0] * waiting
    table = pd.DataFrame({"minutes": minutes, "done": done, "waiting": [1 - one for one in done]}).assign(**DATES)
    return of_tables(durations=table)


def scores(promoters: int, passives: int, detractors: int) -> Tally:
    table = pd.DataFrame({"score_milli": [10_000, 7000, 0], "n": [promoters, passives, detractors], "weight": 10_000})
    return of_tables(scores=table.assign(**DATES))


def figure(tally: Tally, measure: dict[str, Any], earlier: Earlier = NOTHING, **rules: Any) -> tuple[Compliance, Value, Change]:
    row = assess(tally, earlier, NOTHING, (), of_figure(measure, **rules)).standards[0]
    assert row.value is not None
    assert row.previous is not None
    return row, row.value, row.previous


@pytest.mark.parametrize(
    ("measure", "hours", "expected"),
    [
        (MEDIAN, np.linspace(10, 30, 40), "met"),
        (MEDIAN, np.linspace(60, 90, 40), "not_met"),
        (MEDIAN, np.linspace(30, 66, 40), "uncertain"),
        (MEDIAN, np.linspace(10, 30, 9), "too_few"),
        (MEAN, np.linspace(10, 30, 40), "met"),
        (MEAN, np.linspace(60, 90, 40), "not_met"),
    ],
)
def test_of_times_the_shorter_is_the_better(measure: dict[str, Any], hours: Any, expected: str) -> None:
    row, value, _ = figure(durations(*hours), measure)
    assert row.verdict == expected
    assert (row.share, row.low, row.high, row.target, row.share_if_pending_met) == (None,) * 5
    assert (value.unit, value.target, value.n, value.is_higher_better) == ("hours", 48, len(hours), False)
    assert value.value == pytest.approx(np.mean(hours) if "mean" in measure else np.median(hours), abs=0.6)


def test_a_median_that_is_not_reached_is_longer_than_promised_and_has_no_value() -> None:
    row, value, _ = figure(durations(*np.linspace(10, 30, 10), waiting=90), MEDIAN)
    assert (value.value, value.n, row.verdict) == (None, 100, "not_met")


@pytest.mark.parametrize(
    ("votes", "expected"), [((70, 20, 10), "met"), ((20, 20, 60), "not_met"), ((45, 30, 25), "uncertain"), ((9, 0, 0), "too_few")]
)
def test_of_scores_the_higher_is_the_better(votes: tuple[int, int, int], expected: str) -> None:
    row, value, _ = figure(scores(*votes), PROMOTERS)
    assert row.verdict == expected
    assert value.value == pytest.approx(100 * (votes[0] - votes[2]) / sum(votes))
    assert (value.unit, value.target, value.is_higher_better) == ("net promoter", 20, True)


@pytest.mark.parametrize(
    ("now", "then", "measure", "expected"),
    [
        (durations(*np.linspace(10, 30, 60)), durations(*np.linspace(60, 90, 60)), MEDIAN, "improved"),
        (durations(*np.linspace(60, 90, 60)), durations(*np.linspace(10, 30, 60)), MEDIAN, "worsened"),
        (durations(*np.linspace(60, 90, 60)), durations(*np.linspace(10, 30, 60)), MEAN, "worsened"),
        (durations(*np.linspace(10, 60, 20)), durations(*np.linspace(12, 62, 20)), MEAN, "cannot_tell"),
        (scores(70, 20, 10), scores(10, 20, 70), PROMOTERS, "improved"),
        (scores(10, 20, 70), scores(70, 20, 10), PROMOTERS, "worsened"),
        (scores(10, 20, 70), scores(70, 20, 10), SCORE, "worsened"),
        (scores(5000, 4000, 1000), scores(5000, 4000, 1000), PROMOTERS, "no_material_change"),
        (scores(5000, 4000, 1000), scores(5000, 4000, 1000), SCORE, "no_material_change"),
        (scores(50, 40, 10), EMPTY, PROMOTERS, "cannot_tell"),
        (durations(*np.linspace(10, 30, 10), waiting=90), durations(*np.linspace(10, 30, 60)), MEDIAN, "cannot_tell"),
    ],
)
def test_a_change_of_a_figure_is_better_or_worse_as_its_measure_says(
    now: Tally, then: Tally, measure: dict[str, Any], expected: str
) -> None:
    _, value, change = figure(now, measure, Earlier("2025Q4", then))
    assert change.verdict == expected
    assert change.share is None
    if change.change is not None:
        assert value.value is not None
        assert change.value is not None
        assert change.change == pytest.approx(value.value - change.value)


def test_a_figure_that_is_no_share_is_restated_too() -> None:
    one = of_figure(PROMOTERS)
    then = assess(scores(40, 30, 30), NOTHING, NOTHING, (), one).standards
    rows = restate({"2025Q4": scores(50, 30, 20), "2025Q3": EMPTY}, {"2025Q4": then}, one)
    assert [(row.cycle, row.value, row.published_value) for row in rows] == [
        ("2025Q4", pytest.approx(30), pytest.approx(10)),
        ("2025Q3", None, None),
    ]


# weights and customers who come back


def test_a_weighted_share_stands_beside_the_plain_one_and_says_of_how_many_cases_it_is() -> None:
    """40 answers of weight 3, all kept, and 60 of weight 1, all missed: 120 / 180 kept, 180² / (360 + 60) = 77.14 cases (Kish)."""
    sums = {"n": 100, "weight": 1_800_000, "weight_squared": 42_000_000_000, "value": 1_200_000}
    weights = pd.DataFrame([{"standard": "s0", "touchpoint": "all"} | sums])
    row = assess(of_tables(counts=counts((40, 60)).counts, weights=weights), NOTHING, NOTHING, (), house()).standards[0]
    assert (row.n, row.met, row.unweighted_share) == (100, 40, 0.4)
    assert row.share == pytest.approx(2 / 3)
    assert row.n_effective == pytest.approx(180**2 / 420)
    plain = assessed((40, 60)).standards[0]
    assert (plain.n_effective, plain.unweighted_share, plain.customers) == (None, None, None)
    assert (row.high or 0) - (row.low or 0) > 2 * 1.9 * ((2 / 9) / 100) ** 0.5


def test_customers_who_come_back_are_counted_and_widen_the_interval() -> None:
    """Twenty customers with five cases each, of whom half are always kept their promise: 20 cases as far as certainty goes."""
    rows = [
        {"standard": "s0", "touchpoint": "all", "customer": n + 1, "n": 5, "weight": 5, "value": 5 * (n % 2), "customers": 1}
        for n in range(20)
    ]
    row = assess(of_tables(counts=counts((50, 50)).counts, customers=pd.DataFrame(rows)), NOTHING, NOTHING, (), house()).standards[0]
    assert (row.n, row.share, row.customers) == (100, 0.5, 20)
    assert row.n_effective == pytest.approx(20, abs=1.5)
    assert row.unweighted_share is None


def test_an_answer_without_weight_is_no_part_of_a_weighted_share() -> None:
    one = programme(
        sources=[survey_of({"question": "view"}, columns=survey_of()["columns"] | {"weight": "w"})],
        standards=[standard(id="s0", measure={"rating": "view", "at_least": 4})],
    )
    table = feedback_of({"weight": 3.0}, {"weight": 1.0}, {"weight": None}, source="survey")
    row = assess(
        tally_of(table, answers("view", 5, 1, 5, source="survey"), one, datetime(2026, 1, 31, tzinfo=UTC)), NOTHING, NOTHING, (), one
    )
    assert (row.standards[0].n, row.standards[0].met, row.standards[0].share) == (3, 2, 0.75)
