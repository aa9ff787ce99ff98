"""A department's mail holds its own cases and no other department's: words are planted with each, and looked for everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from config.programme import Audience, Department
from reports.letters import compose
from tasks.results import Attachment, Cause, Contribution, CycleSummary, FollowUp, Letter, Quote
from tests.reports import sample_findings, sample_loop, samples

LINK = "https://reports.aldermere.example/aldermere-water/2025Q4/index.html"
IDS = tuple(department.id for department in samples.DEPARTMENTS)
MAILED = tuple(Department(id=one, title=f"Team {one}", mail=f"{one}@aldermere.example") for one in IDS)
OWNERS = Audience(id="owners", gets="follow_ups", mail="departments")
FRONTLINE = Audience(id="frontline", gets="praise", mail="departments")
PLACE_OF = {"customer-care": "phone-line", "networks": "supply", "digital": "online-form", "billing": "bill"}  # accountable for it


def word(department: str, kind: str) -> str:
    """A word that stands in this department's cases alone."""
    return f"zq{kind}{department.replace('-', '')}"


def placed_cause(department: str, kind: str, other: str) -> Cause:
    """A cause with words of one department's case, and of another's."""
    quotes = tuple(
        Quote(record_id=one, text=f"I said {word(one, 'quote')}.", touchpoint=PLACE_OF[one], departments=(one,))
        for one in (other, department)
    )
    places = tuple(Contribution(id=PLACE_OF[one], records=20, share=0.5) for one in (department, other))
    changes: dict[str, Any] = {"id": f"{kind}-{department}", "label": word(department, "label"), "quotes": quotes, "touchpoints": places}
    return samples.CAUSES[0].model_copy(update=changes)


def planted_follow_up(owner: str, contributing: tuple[str, ...]) -> FollowUp:
    said = {
        "id": f"fu-{word(owner, 'id')}",
        "finding": f"cause:cause-{owner}",
        "title": word(owner, "title"),
        "evidence": word(owner, "evidence"),
        "owner": owner,
        "departments": (owner, *contributing),
        "touchpoints": (PLACE_OF[owner],),
    }
    return sample_loop.FOLLOW_UPS_LOOPED[0].model_copy(update=said)


@pytest.fixture(scope="module")
def planted() -> CycleSummary:
    """A quarter in which each department has words of its own wherever there are words; Networks asks Customer Care to help."""
    summary = sample_loop.SUMMARY
    after = dict(zip(IDS, (*IDS[1:], IDS[0]), strict=True))
    row = samples.STANDARDS[0].model_copy(update={"verdict": "not_met"})
    alone = tuple(place.model_copy(update={"departments": (place.accountable,)}) for place in summary.touchpoints)
    return summary.model_copy(
        update={
            "headline": " ".join(word(one, "headline") for one in IDS),
            "touchpoints": alone,
            "standards": tuple(row.model_copy(update={"title": word(one, "standard"), "touchpoint": PLACE_OF[one]}) for one in IDS),
            "charts": tuple(
                sample_findings.CHARTS[0].model_copy(
                    update={"title": word(one, "chart"), "touchpoint": PLACE_OF[one], "subject": f"standard:x:{PLACE_OF[one]}"}
                )
                for one in IDS
            ),
            "causes": tuple(placed_cause(one, "cause", after[one]) for one in IDS),
            "praise": tuple(placed_cause(one, "praise", after[one]) for one in IDS),
            "follow_ups": tuple(planted_follow_up(one, ("customer-care",) if one == "networks" else ()) for one in IDS),
        }
    )


def everything_in(letter: Letter) -> str:
    """All that a letter, and every lighter form of it, says anywhere."""
    attached: list[Attachment] = list(letter.attachments)
    said = " ".join((letter.subject, letter.text, letter.html, *(one.text.replace("\r\n ", "") for one in attached)))
    return f"{said} {everything_in(letter.lighter)}" if letter.lighter else said


def letters_by_department(summary: CycleSummary, audience: Audience) -> dict[str, Letter]:
    return {letter.recipient.split("@")[0]: letter for letter in compose(summary, (audience,), MAILED, LINK, samples.LEDGER_HEAD)}


@pytest.mark.parametrize("audience", [OWNERS, FRONTLINE], ids=["follow-ups", "praise"])
def test_nothing_of_another_departments_cases_is_in_a_departments_mail(planted: CycleSummary, audience: Audience) -> None:
    letters = letters_by_department(planted, audience)
    assert set(letters) == set(IDS)
    shared = {"title", "evidence", "id"} if audience is OWNERS else set()
    for own, letter in letters.items():
        said = everything_in(letter)
        assert word(own, "quote") in said
        for other in set(IDS) - {own}:
            kinds = {"headline", "quote", "standard", "chart", "title", "evidence", "id"}
            helps = (own, other) == ("customer-care", "networks")
            found = {kind for kind in kinds if word(other, kind) in said}
            assert found == (shared if helps else set()), (own, other)


def test_an_owner_reads_evidence_words_chart_command_and_date_and_who_helps_reads_the_shared_follow_up_alone(planted: CycleSummary) -> None:
    letters = letters_by_department(planted, OWNERS)
    networks, care = letters["networks"], letters["customer-care"]
    for kind in ("title", "evidence", "quote", "standard", "chart"):
        assert word("networks", kind) in networks.text, kind
    assert f"touchstone follow-ups update aldermere-water fu-{word('networks', 'id')}" in networks.text
    (calendar,) = networks.attachments
    assert word("networks", "title") in calendar.text.replace("\r\n ", "")
    assert [picture.png[:8] for picture in networks.pictures] == [b"\x89PNG\r\n\x1a\n"]
    assert word("networks", "title") in care.text.partition("YOU CONTRIBUTE TO")[2]
    assert word("networks", "id") not in care.attachments[0].text, "a calendar holds what one is accountable for"


def test_a_department_that_only_helps_gets_no_calendar(planted: CycleSummary) -> None:
    theirs = tuple(one for one in planted.follow_ups if one.owner == "networks")
    letters = letters_by_department(planted.model_copy(update={"follow_ups": theirs}), OWNERS)
    assert set(letters) == {"networks", "customer-care"}
    assert letters["customer-care"].attachments == ()


def test_words_of_which_nobody_knows_whose_case_they_are_go_to_no_department(planted: CycleSummary) -> None:
    nobodys = tuple(
        cause.model_copy(update={"quotes": (Quote(record_id="1", text="Somebody said zqnobody."),)}) for cause in planted.causes
    )
    summary = planted.model_copy(update={"causes": nobodys, "praise": nobodys})
    for audience in (OWNERS, FRONTLINE):
        assert "zqnobody" not in "".join(everything_in(letter) for letter in letters_by_department(summary, audience).values())


def test_the_chart_is_of_a_standard_that_the_department_answers_for_and_none_is_drawn_where_it_answers_for_none(
    planted: CycleSummary,
) -> None:
    elsewhere = tuple(place.model_copy(update={"accountable": "networks"}) for place in planted.touchpoints)
    letters = letters_by_department(planted.model_copy(update={"touchpoints": elsewhere}), OWNERS)
    assert letters["billing"].pictures == ()
    assert len(letters["networks"].pictures) == 1
