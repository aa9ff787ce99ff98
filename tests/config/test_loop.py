"""Severities and objectives as a programme writes them, and names in them that point to nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.errors import InputError
from config.loading import load_programme
from config.loop import Objective, Severity
from config.references import broken_references
from config.starter import write_starter
from tests.programmes import programme, standard
from tests.tasks.counting import source_of

INJURY = {"id": "injury", "title": "Injury", "words": ["injured"], "due_in_working_days": 2}
WHY = {"if": "we open a second counter", "then": "more are kept", "because": "queues are shorter"}
FASTER = {"id": "faster", "standard": "at", "touchpoint": "counter", "window": "2026Q3", "predicted_change": 0.05} | WHY
STANDARDS = [standard(), standard(id="at", touchpoints=["counter", "site"]), standard(id="one", touchpoints=["site"])]


def problems(**parts: Any) -> list[tuple[str, str]]:
    house = programme(**({"standards": STANDARDS} | parts))
    return [(".".join(map(str, place)), message) for place, message in broken_references(house)]


def without(name: str, **parts: Any) -> dict[str, Any]:
    return {key: value for key, value in (FASTER | parts).items() if key != name}


def test_what_is_written_as_it_should_be_has_no_problem() -> None:
    severities = [
        INJURY | {"is_for_leadership": True},
        {"id": "site", "title": "Site", "where": {"category": ["site"]}, "due_in_working_days": 5},
    ]
    objectives = [
        FASTER,
        without("touchpoint", id="all", standard="on-time", baseline="2026Q2"),
        without("touchpoint", id="single", standard="one"),
        {"id": "fewer", "cause": "2026Q1-03", "window": "2026Q3", "predicted_change": -0.02} | WHY,
    ]
    assert problems(severities=severities, objectives=objectives) == []


@pytest.mark.parametrize(
    ("objective", "place", "message"),
    [
        (FASTER | {"standard": "on-tim"}, "standard", "'on-tim' is no standard; did you mean 'on-time'?"),
        (FASTER | {"touchpoint": "lounge"}, "touchpoint", "'lounge' is no touchpoint of this standard; did you mean 'counter'?"),
        (FASTER | {"touchpoint": "sit"}, "touchpoint", "'sit' is no touchpoint of this standard; did you mean 'site'?"),
        (without("touchpoint"), "touchpoint", "'at' has a figure at each of counter, site; name one of them"),
        (FASTER | {"standard": "on-time"}, "touchpoint", "'on-time' has one figure over all touchpoints; leave touchpoint out"),
        (
            FASTER | {"baseline": "2026Q3"},
            "baseline",
            "2026Q3 does not lie before the window 2026Q3; name an earlier quarter, or leave it out",
        ),
    ],
)
def test_an_objective_names_a_figure_that_there_is_and_a_baseline_before_its_window(
    objective: dict[str, Any], place: str, message: str
) -> None:
    assert problems(objectives=[objective]) == [(f"objectives.0.{place}", message)]


def test_an_objective_may_be_about_a_ready_made_standard() -> None:
    ready = without("touchpoint", standard="complaint-resolved")
    assert problems(objectives=[ready], complaint_handling={}) == []


def test_an_id_given_twice_is_found_in_severities_and_objectives() -> None:
    found = problems(severities=[INJURY, INJURY], objectives=[FASTER, FASTER])
    assert found == [("severities.1.id", "the id 'injury' is given twice"), ("objectives.1.id", "the id 'faster' is given twice")]


def test_a_severity_asks_for_columns_that_some_source_maps() -> None:
    by_column = {"id": "vip", "title": "VIP", "where": {"categry": ["x"]}, "due_in_working_days": 2}
    message = "no source maps a column 'categry'; did you mean 'category'?"
    assert problems(severities=[by_column]) == [("severities.0.where.categry", message)]
    in_text = INJURY | {"where": {"text": ["injured"]}}
    assert problems(severities=[in_text]) == [("severities.0.where.text", "no source maps a column 'text'")]


def test_a_severity_asks_for_categories_of_the_taxonomy() -> None:
    taxonomy = {"version": 1, "categories": [{"id": name, "title": name} for name in ("counter", "site", "lounge")]}
    severity = {"id": "x", "title": "X", "where": {"category": ["loung"]}, "due_in_working_days": 2}
    found = [message for _, message in problems(severities=[severity], taxonomy=taxonomy)]
    assert "'loung' is no category of the taxonomy; did you mean 'lounge'?" in found


def test_words_need_a_text_to_be_looked_for_in() -> None:
    message = "no source maps 'text', in which these are looked for"
    silent = problems(severities=[INJURY], standards=[], sources=[source_of("due_at", "resolved_at")])
    assert silent == [("severities.0.words", message)]


def test_what_is_graver_than_what_goes_to_leadership_goes_there_too() -> None:
    found = problems(severities=[INJURY, INJURY | {"id": "fire", "is_for_leadership": True}])
    message = "this goes to leadership and the graver 'injury' does not; list the gravest first, or let both go"
    assert found == [("severities.1.is_for_leadership", message)]


def test_a_severity_that_fits_every_record_is_refused() -> None:
    with pytest.raises(ValidationError, match="this fits every record; give `where`, `words` or both"):
        Severity.model_validate({"id": "x", "title": "X", "due_in_working_days": 2})


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"cause": "2026Q1-03"}, "this needs a standard or a cause, and not both"),
        ({"standard": None}, "this needs a standard or a cause, and not both"),
        ({"standard": None, "cause": "2026Q1-03"}, "a cause is not promised at one touchpoint; leave touchpoint out"),
        ({"predicted_change": 0}, "this predicts no change, which no data can show; predict one"),
    ],
)
def test_an_objective_is_about_one_thing_and_predicts_a_change(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Objective.model_validate(FASTER | parts)


def test_the_sentence_names_file_line_and_objective(tmp_path: Path) -> None:
    written = "objectives:\n  - {id: faster, standard: on-tim, window: 2026Q3, predicted_change: 0.05, if: a, then: b, because: c}\n"
    path = write_starter(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + written, encoding="utf-8")
    with pytest.raises(
        InputError, match=r"programme\.yaml, line \d+, objectives\[faster\]\.standard: 'on-tim' is no standard; did you mean"
    ):
        load_programme(path)
