"""Standards as a programme writes them, and the ready-made ones of complaint handling."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from config.measures import MEASURES, Elapsed, WithoutTransfer, measure_name
from config.references import broken_references
from config.standards import ComplaintHandling, Standard
from config.tables import WAYS_TO_COMPLAIN
from tests.programmes import programme, standard
from tests.tasks.counting import source_of, survey_of

TIMES = frozenset({"acknowledged_at", "assessed_at", "resolved_at", "closed_at"})
STAGES = ["complaint-acknowledged", "complaint-assessed", "complaint-resolved", "complaint-closed"]
PROMOTERS = {"net_promoter": "view", "at_least": 30}


def ready_made(mapped: frozenset[str], **parts: Any) -> list[Standard]:
    return list(ComplaintHandling.model_validate(parts).standards(mapped))


# targets


def test_a_share_needs_a_target_and_another_figure_has_it_in_its_measure() -> None:
    with pytest.raises(ValidationError, match="this standard needs a target_share"):
        standard(target_share=None)
    with pytest.raises(ValidationError, match="this standard has its target in the measure; leave target_share out"):
        standard(measure=PROMOTERS)
    assert standard(measure=PROMOTERS, target_share=None).is_share is False
    assert standard(target_share=0).is_share is True


def test_a_mean_time_and_its_limit_are_on_one_clock() -> None:
    mean = {"mean": ["occurred_at", "resolved_at"], "at_most": "2 days", "up_to": "9 working days"}
    with pytest.raises(ValidationError, match="at_most and up_to are both in working time, or neither is"):
        standard(measure=mean, target_share=None)
    assert standard(measure=mean | {"up_to": "9 days"}, target_share=None).measure.figure == "mean"


def test_a_mean_time_is_counted_up_to_a_limit_beyond_its_target() -> None:
    mean = {"mean": ["occurred_at", "resolved_at"], "at_most": "2 weeks", "up_to": "14 days"}
    with pytest.raises(ValidationError, match="up_to must be longer than at_most"):
        standard(measure=mean, target_share=None)
    assert standard(measure=mean | {"up_to": "15 days"}, target_share=None).measure.figure == "mean"


def test_a_net_promoter_score_lies_between_minus_and_plus_a_hundred() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 100"):
        standard(measure=PROMOTERS | {"at_least": 101}, target_share=None)


def test_every_measure_is_named_by_its_own_key() -> None:
    assert {kind: name for name, kind in MEASURES.items()} == {kind: next(iter(kind.model_fields)) for kind in MEASURES.values()}
    assert measure_name(standard().measure) == "by_due_date"


# complaint handling


@pytest.mark.parametrize(
    ("mapped", "expected"),
    [
        (set(), []),
        ({"due_at", "category"}, []),
        ({"acknowledged_at"}, STAGES[:1]),
        ({"resolved_at"}, ["complaint-resolved"]),
        (set(TIMES), STAGES),
        ({"transferred_count"}, []),
        ({"resolved_at", "transferred_count"}, ["complaint-resolved", "complaint-authority"]),
    ],
)
def test_a_stage_makes_a_standard_where_a_source_tells_its_time(mapped: set[str], expected: list[str]) -> None:
    assert [one.id for one in ready_made(frozenset(mapped))] == expected


def test_where_channels_are_told_each_of_the_four_ways_gets_figures_of_its_own() -> None:
    found = {one.id: one for one in ready_made(frozenset({"closed_at", "channel"}))}
    assert list(found) == ["complaint-closed", *(f"complaint-closed-{way}" for way in WAYS_TO_COMPLAIN)]
    assert found["complaint-closed"].where == {"pipe": ("complaint",)}
    assert found["complaint-closed-mail"].where == {"pipe": ("complaint",), "channel": ("mail", "fax")}
    assert [one.id for one in ready_made(frozenset({"closed_at", "channel"}), ways=["mail"])] == [
        "complaint-closed",
        "complaint-closed-mail",
    ]


def test_ready_made_standards_say_what_they_promise_and_all_are_over_all_touchpoints() -> None:
    found = {one.id: one for one in ready_made(TIMES | {"transferred_count", "channel"})}
    assert found["complaint-acknowledged"].title == "Complaint acknowledged within 2 working days"
    assert found["complaint-closed-in_person"].title == "Complaint closed within 8 weeks (in person)"
    assert found["complaint-authority"].title == "Complaint resolved by whom it was first given to within 15 working days"
    assert {one.touchpoints for one in found.values()} == {"all"}
    assert len({one.title for one in found.values()}) == len(found) == 25
    assert found["complaint-assessed"].measure == Elapsed(elapsed=("occurred_at", "assessed_at"), within="5 working days")
    assert found["complaint-authority"].measure == WithoutTransfer(without_transfer="resolved_at", within="15 working days")


def test_a_norm_can_be_put_right_or_left_out() -> None:
    norm = {"within": "1 day", "target_share": 1}
    found = ready_made(TIMES, acknowledged=norm, closed=None, assessed=None)
    assert [one.id for one in found] == ["complaint-acknowledged", "complaint-resolved"]
    assert (found[0].measure, found[0].target_share) == (Elapsed(elapsed=("occurred_at", "acknowledged_at"), within="1 day"), 1)


def test_a_programmes_own_standard_goes_before_a_ready_made_one_of_the_same_id() -> None:
    own = standard(id="complaint-resolved", title="Ours")
    house = programme(sources=[source_of("due_at", "resolved_at", "closed_at")], standards=[own], complaint_handling={})
    assert [(one.id, one.title) for one in house.promises] == [
        ("complaint-resolved", "Ours"),
        ("complaint-closed", "Complaint closed within 8 weeks"),
    ]
    assert [one.id for one in programme(standards=[own]).promises] == ["complaint-resolved"]


def test_only_sources_of_feedback_make_standards() -> None:
    invitations = source_of("resolved_at", id="mailing", fills="invitations")
    assert programme(sources=[source_of(), invitations], complaint_handling={}).promises == ()


# names that point to nothing


def said(**parts: Any) -> list[str]:
    house = programme(**({"sources": [source_of("due_at", "resolved_at"), survey_of({"question": "view"})]} | parts))
    return [message for _, message in broken_references(house)]


def rebasing(**parts: Any) -> dict[str, Any]:
    return {"standard": "on-time", "first": "2026-01-01", "reason": "a second counter", "decided_by": "J. Doe"} | parts


def test_a_decision_about_a_chart_names_a_standard_and_a_place_of_it() -> None:
    ours = [standard(), standard(id="at", touchpoints=["counter"])]
    assert said(standards=ours, rebased=[rebasing(), rebasing(standard="at", touchpoint="counter")]) == []
    assert said(standards=ours, rebased=[rebasing(standard="on-tim")]) == ["'on-tim' is no standard; did you mean 'on-time'?"]
    assert said(standards=ours, rebased=[rebasing(standard="at", touchpoint="site")]) == ["'site' is no touchpoint of this standard"]


def test_a_decision_may_be_about_a_ready_made_standard() -> None:
    assert said(complaint_handling={}, rebased=[rebasing(standard="complaint-resolved")]) == []
    assert said(rebased=[rebasing(standard="complaint-resolved")]) == ["'complaint-resolved' is no standard"]


def test_the_question_about_the_whole_is_one_that_is_asked() -> None:
    assert said(overall_question="view") == []
    assert said(overall_question="veiw") == ["'veiw' is no question of any source; did you mean 'view'?"]


def test_reopening_is_measured_only_where_a_source_tells_of_it() -> None:
    one = standard(measure={"not_reopened_within": "30 days"})
    assert said(standards=[one]) == ["no source maps 'reopened_at' or 'reopened_count'"]
    for column in ("reopened_at", "reopened_count"):
        assert said(standards=[one], sources=[source_of("resolved_at", column)]) == []


def test_a_standard_is_about_columns_that_a_source_maps() -> None:
    assert said(standards=[standard(where={"category": ["counter"], "source": ["cases"], "segment": ["crew"]})]) == []
    assert said(standards=[standard(where={"chanel": ["mail"]})], sources=[source_of("due_at", "resolved_at", "channel")]) == [
        "no source maps a column 'chanel'; did you mean 'channel'?"
    ]
