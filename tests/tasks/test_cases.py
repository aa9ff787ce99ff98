"""Which answers and records are cases, where they belong, and when."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from config.programme import Programme
from tasks.standards.cases import open_cases
from tasks.standards.counts import decide_outcomes
from tests.programmes import SMALL, programme, standard
from tests.tasks.counting import AS_OF, NO_RATINGS, answers, feedback, source_of, survey_of


def rating(question: str, *places: str) -> Any:
    return standard(id=f"good-{question}", touchpoints=list(places) or "all", measure={"rating": question, "at_least": 4})


def rows(table: pd.DataFrame, ratings: pd.DataFrame, house: Programme) -> list[tuple[str, ...]]:
    with open_cases(table, ratings, house, AS_OF) as cases:
        found = decide_outcomes(cases)
    return list(found.drop(columns="source").astype("str").itertuples(index=False, name=None))


ASKED = survey_of({"question": "view", "touchpoint": "lounge"}, {"question": "food"})


def test_an_answer_goes_where_its_question_says_else_where_its_record_belongs() -> None:
    house = programme(sources=[ASKED], standards=[rating("view"), rating("food")])
    table = feedback({"category": "counter"}, {"category": "moon"}, source="survey")
    ratings = pd.concat([answers("view", 1, 4, source="survey"), answers("food", 5, 2, source="survey")])
    assert rows(table, ratings, house) == [
        ("r0", "good-food", "all", "counter", "met"),
        ("r1", "good-food", "all", "", "missed"),
        ("r0", "good-view", "all", "lounge", "missed"),
        ("r1", "good-view", "all", "lounge", "met"),
    ]


def test_an_answer_whose_record_is_not_there_is_left_out() -> None:
    house = programme(sources=[ASKED], standards=[rating("view")])
    assert rows(feedback({}, source="survey"), answers("view", 5, 5, 5, source="survey"), house) == [
        ("r0", "good-view", "all", "lounge", "met")
    ]
    assert rows(feedback(), answers("view", 5, source="survey"), house) == []


def test_an_answer_of_a_record_after_the_as_of_is_not_yet_known() -> None:
    house = programme(sources=[ASKED], standards=[rating("view")])
    late = feedback({"occurred_at": "2026-02-01"}, source="survey")
    assert rows(late, answers("view", 5, source="survey"), house) == []


def test_a_survey_and_a_complaint_of_the_same_number_are_not_confused() -> None:
    house = programme(sources=[SMALL["sources"][0], survey_of({"question": "view"})], standards=[rating("view")])
    table = feedback(
        {"record_id": "1", "source": "cases", "category": "counter"}, {"record_id": "1", "source": "survey", "category": "lounge"}
    )
    ratings = answers("view", 5, source="survey").assign(record_id="1")
    assert rows(table, ratings, house) == [("1", "good-view", "all", "lounge", "met")]


def test_at_listed_touchpoints_only_their_own_cases_count() -> None:
    house = programme(sources=[survey_of({"question": "food"})], standards=[rating("food", "counter", "site")])
    table = feedback(*({"category": one} for one in ("counter", "lounge", "site", "moon")), source="survey")
    assert rows(table, answers("food", 5, 5, 1, 5, source="survey"), house) == [
        ("r0", "good-food", "counter", "counter", "met"),
        ("r2", "good-food", "site", "site", "missed"),
    ]


def test_a_promise_that_reaches_past_the_as_of_is_known_and_what_was_done_then_is_not() -> None:
    house = programme(standards=[standard()])
    table = feedback({"due_at": "2026-02-10", "resolved_at": "2026-02-09"}, {"due_at": "2026-01-10", "resolved_at": "2026-02-09"})
    assert [row[-1] for row in rows(table, NO_RATINGS, house)] == ["pending", "missed"]


@pytest.mark.parametrize("column", ["text", "category"])
def test_what_customers_wrote_is_never_read_as_a_query(column: str) -> None:
    evil = "'; DROP TABLE cases; SELECT read_csv('/etc/passwd'); --"
    house = programme(standards=[standard()], touchpoints=[SMALL["touchpoints"][0] | {"where": {column: [evil]}}])
    table = feedback({column: evil, "record_id": evil}, {"record_id": "b"}, due_at="2026-01-10", resolved_at="2026-01-09")
    assert rows(table, NO_RATINGS, house)[0] == (evil, "on-time", "all", "counter", "met")


def test_the_database_of_the_cases_cannot_reach_a_file() -> None:
    with open_cases(feedback({}), NO_RATINGS, programme(standards=[standard()]), AS_OF) as cases:
        with pytest.raises(Exception, match="disabled by configuration"):
            cases.connection.execute("SELECT * FROM read_csv('/etc/passwd')")
        with pytest.raises(Exception, match=r"Cannot enable external access"):
            cases.connection.execute("SET enable_external_access = true")


def test_records_keep_their_place_in_the_table_of_cases() -> None:
    house = programme(sources=[source_of("due_at", "resolved_at")], standards=[standard()])
    table = feedback({}, {"occurred_at": "2026-02-01"}, {"category": "lounge"}, due_at="2026-01-10").iloc[::-1]
    with open_cases(table, NO_RATINGS, house, AS_OF) as cases:
        found = cases.connection.execute("SELECT row, touchpoint FROM cases ORDER BY row").fetchall()
        assert cases.feedback["record_id"].tolist() == ["r2", "r0"]
    assert found == [(0, 2), (1, 0)]
