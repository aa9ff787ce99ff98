"""A record belongs to the first touchpoint it fits, a question to the touchpoint that it rates."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tasks.standards.placement import place, touchpoint_of_questions
from tests.programmes import SMALL, programme, standard

COUNTER, SITE, LOUNGE = SMALL["touchpoints"]


def placed(feedback: dict[str, list[Any]], *touchpoints: dict[str, Any]) -> list[str]:
    table = pd.DataFrame(feedback).astype("str")
    return place(table, programme(touchpoints=list(touchpoints) or SMALL["touchpoints"])).fillna("(nowhere)").tolist()


def survey(*questions: dict[str, Any]) -> dict[str, Any]:
    asked = [{"from": question["question"], "scale": [1, 5]} | question for question in questions]
    survey: dict[str, Any] = SMALL["sources"][0] | {"id": "survey", "fills": "ratings", "ratings": asked}
    return survey


def rating(question: str, *places: str) -> Any:
    return standard(
        id=f"good-{question}-{'-'.join(places)}", touchpoints=list(places) or "all", measure={"rating": question, "at_least": 4}
    )


def test_a_record_belongs_where_its_column_has_one_of_the_values() -> None:
    assert placed({"category": ["lounge", "counter", "Counter", None]}) == ["lounge", "counter", "(nowhere)", "(nowhere)"]


def test_of_two_touchpoints_that_fit_the_first_in_the_file_counts() -> None:
    everything = COUNTER | {"id": "elsewhere", "where": {}}
    assert placed({"category": ["lounge", "bar", None]}, LOUNGE, everything) == ["lounge", "elsewhere", "elsewhere"]
    assert placed({"category": ["lounge", "bar", None]}, everything, LOUNGE) == ["elsewhere"] * 3


def test_every_column_that_is_named_must_fit() -> None:
    both = COUNTER | {"where": {"category": ["counter"], "channel": ["in_person", "mail"]}}
    assert placed({"category": ["counter", "counter", "site"], "channel": ["mail", "app", "mail"]}, both) == ["counter", *["(nowhere)"] * 2]


def test_a_column_that_no_record_has_fits_nobody() -> None:
    assert placed({"channel": ["mail"]}) == ["(nowhere)"]


def test_what_the_source_itself_names_counts_first() -> None:
    assert placed({"category": ["lounge", "lounge"], "touchpoint": ["site", None]}) == ["site", "lounge"]


def test_a_question_rates_the_touchpoint_that_it_names() -> None:
    house = programme(
        sources=[survey({"question": "view", "touchpoint": "lounge"}, {"question": "food"})],
        standards=[rating("view", "counter")],
    )
    assert touchpoint_of_questions(house) == {"view": "lounge"}


def test_a_question_without_one_rates_the_only_touchpoint_that_standards_name_for_it() -> None:
    asked = survey({"question": "view"}, {"question": "food"}, {"question": "price"})
    standards = [rating("view", "lounge"), rating("view"), rating("food", "lounge", "site"), rating("price")]
    assert touchpoint_of_questions(programme(sources=[asked], standards=standards)) == {"view": "lounge"}
