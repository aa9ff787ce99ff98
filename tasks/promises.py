"""What Plan promises, kept as it was first stored, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from config.errors import InputError
from config.loading import fingerprint
from config.loop import Objective
from config.periods import Quarter
from config.programme import Programme
from tasks.follow_ups.life import FINAL_STATUSES
from tasks.inference import newcombe
from tasks.opening.corrective import place_in_words
from tasks.results import CarriedOn, Cause, Compliance, FollowUp, MadeWhen, PredictionScore, Promise, PromiseKept

_TEST = (
    "The 95 % interval (Newcombe 1998, method 10) of the window's share less that of the baseline holds the predicted change, and not 0."
)
_WEIGHTED = "its share is weighted, and the change of a weighted share is not tested"
_NO_FIGURE = "there is no figure of it"
_NOT_PROMISED = {"made", "sha256"}  # when it was written is told beside it; the rest is what was promised


@dataclass(frozen=True)
class Figures:
    """What one finished quarter's report says of standards and causes."""

    standards: Sequence[Compliance]
    causes: Sequence[Cause]


@dataclass(frozen=True)
class Level:
    """A share with the counts behind it; `reason` says why no test can be made of it, empty where one can."""

    share: float | None = None
    n: int | None = None
    met: int | None = None
    n_effective: float | None = None
    is_weighted: bool = False
    reason: str = ""

    @property
    def counts(self) -> tuple[float, float]:
        """How many kept it, of how many: of independent cases where these are fewer."""
        n = self.n_effective if self.n_effective is not None else float(self.n or 0)
        return n * (self.met or 0) / (self.n or 1), n


def made_promises(
    programme: Programme, known: Sequence[Promise], finished: Mapping[str, Figures], cycle: str, as_of: datetime, clock: datetime
) -> tuple[Promise, ...]:
    """Return every promise: those known as they were first stored, objectives taken out of the file among them, and the new ones.

    `finished` holds earlier quarters' figures by quarter; an objective without a baseline starts from the latest of them. `clock` is
    the time by which it is told whether a promise was written before its window began.

    Raises:
        InputError: An objective says something else than what was promised under its id.
    """
    by_id = {promise.id: promise for promise in known}
    new = []
    for objective in programme.objectives:
        earlier = by_id.get(objective.id)
        if earlier is None:
            new.append(_promise(objective, programme, finished, cycle, as_of, clock))
        else:
            _require_same(objective, earlier, programme)
    return tuple(sorted((*known, *new), key=lambda promise: (promise.window, promise.id)))


def kept_promises(
    promises: Sequence[Promise],
    now: Figures,
    finished: Mapping[str, Figures],
    programme: Programme,
    cycle: str,
    redefined: Mapping[str, Collection[str]] | None = None,
) -> tuple[PromiseKept, ...]:
    """Return what came of the promises that this cycle's quarter judges, by Newcombe's 95 % interval of the change.

    Seen in the predicted direction, the score is `less` where the whole interval lies below the predicted change, `more` where it lies
    above; where it holds the predicted change, `as_predicted` if it lies beyond 0, otherwise `cannot_tell`: it holds both. No counts,
    too few of them, a weighted share or a figure that is no share: `cannot_tell`, with the reason. `redefined` names, by
    baseline, standards that meant something else then. A baseline of which Plan knew no figure yet is read from `finished`.
    """
    judged = [promise for promise in promises if promise.window == cycle]
    meant = redefined or {}
    return tuple(_kept(promise, now, finished, programme, meant.get(promise.baseline, ())) for promise in judged)


def carried_on(before: Sequence[FollowUp], after: Sequence[FollowUp]) -> tuple[CarriedOn, ...]:
    """Return what came of the last report's follow-ups, in its order: of those that were not finished then, or are not as they were.

    `after` holds all that `before` does; a verdict is told where the last report did not give it.
    """
    now = {one.id: one for one in after}
    pairs = [(one, now[one.id]) for one in before]
    return tuple(_carried(was, one) for was, one in pairs if was.status not in FINAL_STATUSES or one.status != was.status)


def promise_sha256(promise: Promise) -> str:
    """Return the sha256 of what was promised, as canonical JSON without `made` and the hash itself."""
    content = promise.model_dump(mode="json", exclude=_NOT_PROMISED)
    return fingerprint(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def score(predicted: float, low: float, high: float) -> PredictionScore:
    """Return how a predicted change, which is not 0, stands to the interval of the change that came; see kept_promises."""
    low, high = (low, high) if predicted > 0 else (-high, -low)
    if high < abs(predicted):
        return "less"
    if low > abs(predicted):
        return "more"
    return "as_predicted" if low > 0 else "cannot_tell"


def _promise(
    objective: Objective, programme: Programme, finished: Mapping[str, Figures], cycle: str, as_of: datetime, clock: datetime
) -> Promise:
    stated = _stated(objective, programme)
    starts = programme.span(Quarter.parse(objective.window))[0].astimezone(UTC)
    baseline = objective.baseline or max((one for one in finished if one < objective.window), default="")
    level = _level(stated["finding"], finished[baseline]) if baseline in finished else Level()
    promise = Promise(
        id=objective.id,
        title=_title(objective, programme, finished),
        window_starts=starts,
        baseline=baseline,
        baseline_share=level.share,
        baseline_n=level.n,
        baseline_met=level.met,
        baseline_n_effective=level.n_effective,
        is_weighted=level.is_weighted,
        test=_TEST,
        planned_in=cycle,
        planned_at=as_of.astimezone(UTC),
        made=_made(starts, as_of, clock),
        sha256="",
        **stated,
    )
    return promise.model_copy(update={"sha256": promise_sha256(promise)})


def _made(window_starts: datetime, as_of: datetime, clock: datetime) -> MadeWhen:
    if as_of >= window_starts:
        return "afterwards"
    return "before" if clock < window_starts else "replayed"


def _stated(objective: Objective, programme: Programme) -> dict[str, Any]:
    """Return the fields of a promise that the programme file alone says, whatever the figures are."""
    parts = zip(("if", "then", "because"), (objective.if_, objective.then, objective.because), strict=True)
    why = ", ".join(f"{word} {_without(word, said)}" for word, said in parts)
    return {
        "finding": f"cause:{objective.cause}" if objective.cause else f"standard:{objective.standard}:{_place(objective, programme)}",
        "window": objective.window,
        "predicted_change": objective.predicted_change,
        "target_share": objective.target_share,
        "follow_up": objective.follow_up or "",
        "why": f"{why[:1].upper()}{why[1:]}.",
    }


def _without(word: str, said: str) -> str:
    """Return what is said without the word that it follows and without a full stop."""
    said = said.strip().rstrip(".")
    return said[len(word) :].lstrip() if said.lower().startswith(f"{word} ") else said


def _place(objective: Objective, programme: Programme) -> str:
    places = next(standard.places for standard in programme.promises if standard.id == objective.standard)
    return objective.touchpoint or places[0]


def _title(objective: Objective, programme: Programme, finished: Mapping[str, Figures]) -> str:
    if objective.standard:
        name = next(standard.name for standard in programme.promises if standard.id == objective.standard)
        return f"“{name}” {place_in_words(_place(objective, programme), programme)}"
    told = [cause for quarter in sorted(finished, reverse=True) for cause in finished[quarter].causes if cause.id == objective.cause]
    return f"“{told[0].label}”" if told else f"cause {objective.cause}"


def _require_same(objective: Objective, promise: Promise, programme: Programme) -> None:
    stated = _stated(objective, programme) | ({"baseline": objective.baseline} if objective.baseline else {})
    for field, said in stated.items():
        promised = getattr(promise, field)
        if said != promised:
            differs = f"{field.replace('_', ' ')} was {promised!r}, is {said!r} now"
            raise InputError(
                f"objectives[{promise.id}]: what {promise.planned_in} promised stays ({differs}); put it back, and give the new prediction "
                "another id."
            )


def _level(finding: str, figures: Figures) -> Level:
    """Return a standard's or a cause's share in one quarter, with the counts behind it."""
    kind, _, name = finding.partition(":")
    if kind == "cause":
        return _level_of_cause(name, figures.causes)
    row = next((row for row in figures.standards if f"{row.standard}:{row.touchpoint}" == name), None)
    if row is None:
        return Level(reason=_NO_FIGURE)
    if row.value is not None:
        return Level(reason="its figure is no share of cases")
    is_weighted = row.unweighted_share is not None
    reason = _WEIGHTED if is_weighted else ""
    return Level(row.share, row.n, row.met, row.n_effective, is_weighted, reason)


def _level_of_cause(cause_id: str, causes: Sequence[Cause]) -> Level:
    cause = next((cause for cause in causes if cause.id == cause_id), None)
    into = next((cause for cause in causes if cause_id in cause.took_in), None)
    largest = max(causes, key=lambda one: one.size, default=None)
    if into is not None:
        return Level(reason=f"it is not told apart from “{into.label}” any more")
    if cause is None or largest is None or not largest.size:
        return Level(reason=_NO_FIGURE)
    texts = round(largest.size / largest.share)
    return Level(cause.share, texts, cause.size)


def _kept(promise: Promise, now: Figures, finished: Mapping[str, Figures], programme: Programme, redefined: Collection[str]) -> PromiseKept:
    after, before = _level(promise.finding, now), _baseline(promise, finished)
    reason = _untestable(promise, before, after, programme, redefined)
    change = after.share - before.share if after.share is not None and before.share is not None else None
    kept = PromiseKept(
        promise=promise, share=after.share, change=change, score="cannot_tell", is_target_reached=_is_reached(promise, after), reason=reason
    )
    if reason:
        return kept
    low, high = (float(end) for end in newcombe(*after.counts, *before.counts))
    scored = score(promise.predicted_change, low, high)
    both = "the interval holds the predicted change, and no change at all" if scored == "cannot_tell" else ""
    return kept.model_copy(update={"low": low, "high": high, "score": scored, "reason": both})


def _baseline(promise: Promise, finished: Mapping[str, Figures]) -> Level:
    if promise.baseline_n is None:
        return _level(promise.finding, finished[promise.baseline]) if promise.baseline in finished else Level(reason=_NO_FIGURE)
    reason = _WEIGHTED if promise.is_weighted else ""
    counts = (promise.baseline_n, promise.baseline_met, promise.baseline_n_effective)
    return Level(promise.baseline_share, *counts, promise.is_weighted, reason)


def _untestable(promise: Promise, before: Level, after: Level, programme: Programme, redefined: Collection[str]) -> str:
    """Return in words why the change cannot be tested; empty where it can."""
    if not promise.baseline:
        return "no quarter was finished that it could start from"
    if promise.finding.partition(":")[2].partition(":")[0] in redefined:
        return f"the standard means something else now than in {promise.baseline}"
    at_least = programme.rules.too_few_below
    for quarter, level in ((promise.baseline, before), (promise.window, after)):
        if level.reason:
            return f"{quarter}: {level.reason}"
        if (level.n or 0) < at_least:
            return f"{quarter}: {level.n or 0} cases are too few, {at_least} are needed"
    return ""


def _is_reached(promise: Promise, after: Level) -> bool | None:
    if promise.target_share is None or after.share is None:
        return None
    return after.share >= promise.target_share if promise.predicted_change > 0 else after.share <= promise.target_share


def _carried(was: FollowUp, now: FollowUp) -> CarriedOn:
    verdict = now.effect.verdict if now.effect and now.effect != was.effect else None
    return CarriedOn(id=was.id, title=now.title, owner=now.owner, was=was.status, now=now.status, verdict=verdict)
