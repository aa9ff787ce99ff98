"""What Check makes of what was declared done: verified, or opened again; nothing else opens or closes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from config.programme import Programme
from tasks.effectiveness.harm import without_harmed
from tasks.effectiveness.judge import Answer, Question, ask, settle
from tasks.effectiveness.panel import Panel
from tasks.effectiveness.questions import cause_question, followed, standard_question
from tasks.follow_ups.life import check_change, with_changes
from tasks.results import Effect, FollowUp, FollowUpStatus

_REFUTES = ("no_effect", "worse")
_NOTES = {
    "worked": "the change is beyond chance",
    "no_effect": "what was promised did not come about, and no change is as likely",
    "worse": "it got worse, beyond chance",
}


@dataclass(frozen=True)
class Panels:
    """What effects are read from: standards at all touchpoints, and causes; labels of causes that came back, by their earlier id."""

    standards: Panel | None = None
    causes: Panel | None = None
    returned: Mapping[str, tuple[str, ...]] | None = None


def effects(
    follow_ups: Sequence[FollowUp], panels: Panels, titles: Mapping[str, str], programme: Programme, cycle: str, as_of: datetime
) -> dict[str, Effect]:
    """Return the effect of every follow-up that people declared done, by id; `titles` names units in words."""
    asked = [*_of_standards(follow_ups, panels, programme, cycle, as_of), *_of_causes(follow_ups, panels, programme, cycle, as_of)]
    answers = [_answer(panel, question, titles) for _, panel, question in asked]
    settled = settle(answers)
    return {one.id: _with_returned(effect, one, panels) for (one, _, _), effect in zip(asked, settled, strict=True)}


def close(follow_ups: Sequence[FollowUp], found: Mapping[str, Effect], cycle: str, as_of: datetime) -> tuple[FollowUp, ...]:
    """Return the follow-ups with their effects, verified or opened again where the data say so."""
    return tuple(_closed(one, found[one.id], cycle, as_of) if one.id in found else one for one in follow_ups)


def _of_standards(
    follow_ups: Sequence[FollowUp], panels: Panels, programme: Programme, cycle: str, as_of: datetime
) -> list[tuple[FollowUp, Panel, Question]]:
    panel = panels.standards
    if panel is None:
        return []
    return [(one, panel, standard_question(one, panel, follow_ups, programme, cycle, as_of)) for one in followed(follow_ups, "standard:")]


def _of_causes(
    follow_ups: Sequence[FollowUp], panels: Panels, programme: Programme, cycle: str, as_of: datetime
) -> list[tuple[FollowUp, Panel, Question]]:
    panel = panels.causes
    if panel is None:
        return []
    return [(one, panel, cause_question(one, panel, follow_ups, programme, cycle, as_of)) for one in followed(follow_ups, "cause:")]


def _answer(panel: Panel, question: Question, titles: Mapping[str, str]) -> Answer:
    """Return the answer with what got worse elsewhere named, and left out of the comparison."""
    cleaned, harmed = without_harmed(panel, question)
    answer = ask(panel, cleaned)
    elsewhere = tuple(titles.get(unit, unit) for unit in answer.effect.elsewhere)
    named = {"elsewhere": elsewhere, "harmed": tuple(titles.get(unit, unit) for unit in harmed)}
    return replace(answer, effect=answer.effect.model_copy(update=named))


def _with_returned(effect: Effect, follow_up: FollowUp, panels: Panels) -> Effect:
    labels = (panels.returned or {}).get(follow_up.finding.removeprefix("cause:"), ())
    return effect.model_copy(update={"returned_as": labels}) if labels else effect


def _closed(follow_up: FollowUp, effect: Effect, cycle: str, as_of: datetime) -> FollowUp:
    """Return a follow-up with its effect; what cannot be told changes nothing, and keeps what was shown before."""
    is_shown = follow_up.status == "verified" and follow_up.effect is not None
    kept = follow_up.effect if is_shown and effect.verdict == "cannot_tell" else effect
    status: FollowUpStatus | None = None
    if effect.verdict in _REFUTES:
        status = "reopened"
    elif effect.verdict == "worked" and follow_up.status != "verified":
        status = "verified"
    with_effect = follow_up.model_copy(update={"effect": kept})
    return with_changes(with_effect, [check_change(cycle, as_of, status, _NOTES[effect.verdict])]) if status else with_effect
