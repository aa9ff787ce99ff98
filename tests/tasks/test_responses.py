from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from config.programme import Programme
from config.standards import Standard
from tasks.inference import wilson
from tasks.responses import response_rates, with_response_rates
from tasks.results import Compliance, ResponseRate
from tests.programmes import SMALL
from tests.reports.samples import STANDARDS

SURVEY = {"columns": {"record_id": "id", "pipe": {"is": "survey"}, "occurred_at": "when"}, "fills": "ratings"}


def invited(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    """Return invitations of (customer, survey, sent, answered), all of the first quarter of 2026 but those sent in April."""
    table = pd.DataFrame(rows, columns=["customer_id", "survey", "sent_at", "answered_at"])
    times = {name: pd.to_datetime(table[name], utc=True) for name in ("sent_at", "answered_at")}
    return table.assign(cycle=["2026Q2" if sent.startswith("2026-04") else "2026Q1" for _, _, sent, _ in rows], **times)


def answers(*rows: tuple[str, str | None, str]) -> pd.DataFrame:
    """Return feedback of (source, customer, day)."""
    table = pd.DataFrame(rows, columns=["source", "customer_id", "occurred_at"])
    return table.assign(occurred_at=pd.to_datetime(table["occurred_at"], utc=True))


NO_ANSWERS = answers()
AS_OF = datetime(2026, 7, 10, tzinfo=UTC)


def test_an_invitation_that_says_when_it_was_answered_is_answered_and_the_interval_is_wilsons() -> None:
    sent = [("c" + str(number), "wifi", "2026-01-05", "2026-01-09" if number < 2 else None) for number in range(10)]
    (rate,) = response_rates(invited(*sent), NO_ANSWERS, "2026Q1", AS_OF)
    assert (rate.survey, rate.invited, rate.answered, rate.share) == ("wifi", 10, 2, 0.2)
    assert (rate.low, rate.high) == pytest.approx((0.0567, 0.5098), abs=5e-5)  # Wilson's interval of 2 of 10, worked by hand


def test_the_customers_own_record_answers_where_it_came_from_that_survey_and_after_it_was_sent() -> None:
    sent = invited(*((customer, "wifi", "2026-01-05", None) for customer in ("after", "before", "elsewhere", "never")))
    came = answers(
        ("wifi", "after", "2026-01-07"),
        ("wifi", "before", "2026-01-03"),
        ("complaints", "elsewhere", "2026-01-07"),
        ("wifi", None, "2026-01-08"),
    )
    (rate,) = response_rates(sent, came, "2026Q1", AS_OF)
    assert (rate.invited, rate.answered) == (4, 1)


def test_a_survey_that_nobody_answered_has_a_rate_of_zero() -> None:
    (rate,) = response_rates(invited(("a", "wifi", "2026-01-05", None)), answers(("complaints", "a", "2026-01-09")), "2026Q1", AS_OF)
    assert (rate.invited, rate.answered, rate.low) == (1, 0, 0.0)


def test_a_customer_who_answered_twice_answered_one_invitation() -> None:
    came = answers(("wifi", "a", "2026-01-07"), ("wifi", "a", "2026-01-08"))
    (rate,) = response_rates(invited(("a", "wifi", "2026-01-05", "2026-01-07"), ("b", "wifi", "2026-01-05", None)), came, "2026Q1", AS_OF)
    assert (rate.invited, rate.answered) == (2, 1)


def test_an_answer_counts_for_the_quarter_in_which_the_customer_was_asked() -> None:
    sent = invited(("a", "wifi", "2026-03-30", None), ("b", "wifi", "2026-04-02", None))
    (rate,) = response_rates(sent, answers(("wifi", "a", "2026-04-01")), "2026Q1", AS_OF)
    assert (rate.invited, rate.answered) == (1, 1)


def test_each_survey_has_its_own_rate_in_the_order_of_names() -> None:
    sent = invited(("a", "wifi", "2026-01-05", None), ("a", "food", "2026-01-05", "2026-01-06"))
    rates = response_rates(sent, NO_ANSWERS, "2026Q1", AS_OF)
    assert [(rate.survey, rate.answered) for rate in rates] == [("food", 1), ("wifi", 0)]


def test_without_an_invitation_of_the_quarter_no_rate_is_known() -> None:
    assert response_rates(pd.DataFrame(), NO_ANSWERS, "2026Q1", AS_OF) == ()
    assert response_rates(invited(("a", "wifi", "2026-04-02", None)), NO_ANSWERS, "2026Q1", AS_OF) == ()


def test_invitations_that_cannot_say_when_they_were_answered_go_by_the_customers_records() -> None:
    sent = invited(("a", "wifi", "2026-01-05", None)).drop(columns="answered_at")
    (rate,) = response_rates(sent, answers(("wifi", "a", "2026-01-06")), "2026Q1", AS_OF)
    assert rate.answered == 1
    (rate,) = response_rates(sent, NO_ANSWERS.drop(columns="customer_id"), "2026Q1", AS_OF)
    assert rate.answered == 0


def programme_of(**questions: list[str]) -> Programme:
    """Return a programme whose surveys ask those questions, with a standard for wifi, one for food and one of time."""
    surveys = [
        {
            **SURVEY,
            "id": survey,
            "reads": {"csv": f"{survey}.csv"},
            "ratings": [{"question": question, "from": question, "scale": [1, 5]} for question in asked],
        }
        for survey, asked in questions.items()
    ]
    standards = [
        {"id": "wifi-good", "touchpoints": ["lounge"], "measure": {"rating": "wifi", "at_least": 4}, "target_share": 0.8},
        {"id": "food-good", "touchpoints": "all", "measure": {"rating": "food", "at_least": 4}, "target_share": 0.8},
        {"id": "on-time", "touchpoints": "all", "measure": {"by_due_date": "resolved_at"}, "target_share": 0.8},
        {"id": "wifi-mean", "touchpoints": ["lounge"], "measure": {"mean_rating": "wifi", "at_least": 3.5}},
    ]
    return Programme.model_validate(SMALL | {"sources": [*SMALL["sources"], *surveys], "standards": standards})


def compliance_of(standard: Standard) -> Compliance:
    return STANDARDS[0].model_copy(update={"standard": standard.id})


def rate_of(survey: str, answered: int, asked: int) -> ResponseRate:
    """Return a rate with Wilson's interval."""
    low, high = wilson(answered, asked)
    return ResponseRate(survey=survey, invited=asked, answered=answered, share=answered / asked, low=float(low), high=float(high))


def rated(programme: Programme, *known: ResponseRate) -> dict[str, ResponseRate | None]:
    rows = with_response_rates([compliance_of(one) for one in programme.standards], known, programme)
    return {row.standard: row.response for row in rows}


def test_a_rating_bears_the_rate_of_the_survey_that_asks_its_question_and_nothing_else_does() -> None:
    known = rate_of("lounge-survey", 30, 100)
    rates = rated(programme_of(**{"lounge-survey": ["wifi"], "kiosk": ["food"]}), known, rate_of("cases", 1, 2))
    assert rates == {"wifi-good": known, "food-good": None, "on-time": None, "wifi-mean": known}


def test_the_rate_of_several_surveys_that_ask_the_same_question_is_that_of_all_who_were_asked() -> None:
    programme = programme_of(web=["wifi", "food"], post=["wifi"])
    rate = rated(programme, rate_of("web", 30, 100), rate_of("post", 10, 300))["wifi-good"]
    assert rate is not None
    assert (rate.survey, rate.invited, rate.answered, rate.share) == ("web, post", 400, 40, 0.1)
    assert (rate.low, rate.high) == pytest.approx((0.0743, 0.1333), abs=5e-5)  # Wilson's interval of 40 of 400, worked by hand


def test_where_the_invitations_of_one_of_several_surveys_are_not_known_no_rate_is_given() -> None:
    rates = rated(programme_of(web=["wifi", "food"], kiosk=["wifi"]), rate_of("web", 30, 100))
    assert rates["wifi-good"] is None
    assert rates["food-good"] is not None


def test_without_any_known_rate_the_standards_are_as_they_were() -> None:
    programme = programme_of(web=["wifi", "food"])
    rows = tuple(compliance_of(one) for one in programme.standards)
    assert with_response_rates(rows, (), programme) == rows


def test_who_was_reminded_was_asked_once_and_answers_after_the_as_of_are_not_known_yet() -> None:
    sent = invited(
        *(("reminded", "wifi", day, None) for day in ("2026-01-05", "2026-01-12")),
        ("reminded", "wifi", "2026-01-19", "2026-01-20"),
        ("later", "wifi", "2026-01-05", "2026-07-11"),
    )
    (rate,) = response_rates(sent, NO_ANSWERS, "2026Q1", AS_OF)
    assert (rate.invited, rate.answered) == (2, 1)
