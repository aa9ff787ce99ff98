"""What the report says of causes."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from reports.causes import came_from, seen_for, week_line, weeks_in_words
from reports.page import render_report
from tasks.results import Cause, CauseSlice, CauseStandard, CycleSummary, Quote, Theme, WeekCount

A = Cause(id="2026Q1-01", label="Late trains", first_seen="2026Q1", size=40, share=0.4, low=0.3, high=0.5, status="recurring")
MONDAY = date(2026, 1, 5)


def weeks(*records: int) -> tuple[WeekCount, ...]:
    return tuple(WeekCount(week=MONDAY + timedelta(weeks=number), records=count) for number, count in enumerate(records))


def page(summary: CycleSummary, **parts: object) -> str:
    return render_report(summary.model_copy(update=parts)).decode()


@pytest.mark.parametrize(
    ("quarters", "size", "words"),
    [
        (1, 40, "first seen in 2026Q1"),
        (3, 40, "third quarter running, first in 2026Q1"),
        (7, 40, "7th quarter running, first in 2026Q1"),
        (3, 0, "first in 2026Q1, not in this quarter"),
    ],
)
def test_it_is_said_since_when_a_cause_is_seen(quarters: int, size: int, words: str) -> None:
    assert seen_for(A.model_copy(update={"quarters_in_row": quarters, "size": size})) == words


def test_a_cause_says_what_it_took_in_or_was_part_of() -> None:
    known = {A.id: A}
    assert came_from(A.model_copy(update={"took_in": (A.id, "2025Q4-09")}), known) == "took in “Late trains” (2026Q1-01) and 2025Q4-09"
    assert came_from(A.model_copy(update={"split_from": A.id}), known) == "was part of “Late trains” (2026Q1-01)"


def test_weeks_are_a_line_from_nothing_up_and_its_words() -> None:
    assert weeks_in_words(weeks(0, 4, 2)) == "3 weeks from 5 January 2026: 0 to 4 texts a week"
    assert week_line(weeks(0, 4, 2)) == "M4 20L80 4L156 12"


def test_themes_come_before_the_stages_and_lead_to_their_causes(summary: CycleSummary) -> None:
    theme = Theme(label="Everything late", causes=(summary.causes[0].id,), size=40, share=0.4, low=0.3, high=0.5)
    html = page(summary, themes=(theme,))
    assert html.index("Everything late") < html.index('id="stage-')
    assert f'href="#cause-{summary.causes[0].id}"' in html
    assert "What customers wrote about" not in page(summary, themes=())


def test_a_cause_is_told_with_its_slices_standards_weeks_and_who_must_act_together(summary: CycleSummary) -> None:
    told = summary.causes[0].model_copy(
        update={
            "slices": (CauseSlice(dimension="fare_zone", value="North", records=9, share=0.75, elsewhere_share=0.25, p=0.01),),
            "standards": (CauseStandard(standard="x", title="Answered in time", n=12, missed=6, elsewhere_share=0.1, p=0.01),),
            "weeks": weeks(1, 3),
            "shared_by": tuple(one.id for one in summary.departments[:2]),
            "quotes": (Quote(record_id="C-1", text="Late again.", said_by=7),),
        }
    )
    html = re.sub(r"\s+", " ", page(summary, causes=(told,)))
    for words in (
        "fare zone is North: 75",
        "Answered in time: 6 of 12 cases",
        "2 weeks from",
        "can answer for it alone",
        "7 texts say nearly the same",
    ):
        assert words in html, words


def test_praise_names_who_should_hear_it_and_notes_stand_with_the_data(summary: CycleSummary) -> None:
    thanks = A.model_copy(update={"id": "2026Q1-P01", "label": "Friendly crew", "departments": summary.causes[0].departments})
    html = page(summary, praise=(thanks,), cause_notes=("No cause has the id 2020Q1-01.",))
    assert "Friendly crew" in html
    assert "To be told to" in html
    assert "No cause has the id 2020Q1-01." in html


def test_a_stages_smaller_causes_are_listed_in_brief_and_can_be_led_to(summary: CycleSummary) -> None:
    many = tuple(
        A.model_copy(update={"id": f"2026Q1-{n:02d}", "label": f"Cause {n}", "touchpoints": summary.causes[0].touchpoints})
        for n in range(1, 15)
    )
    html = page(summary, causes=many, follow_ups=())
    assert html.count('<article class="cause"') == 10
    assert all(f'id="cause-{one.id}"' in html for one in many)
