"""One question, did it work, and its answer: worked, no_effect, worse or cannot_tell.

Worked: the change of level is beyond chance (97 %, since it is asked again each quarter), and so is the change beyond a straight
trend of the unit's own where eight weeks or more lie before. No_effect: no change lies inside the 95 % interval, and the promised one
outside the 98.5 % interval, over all weeks since or over this quarter's alone; or this quarter fell back from what was shown (98.5 %) to
where no change is likely. Worse: the level fell beyond chance. Chance is held in the family of all effects of a cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from config.written import percent
from tasks.effectiveness.contrast import Contrast, series_of, step, step_beyond_trend
from tasks.effectiveness.panel import Mask, Panel, Window
from tasks.effectiveness.variation import Variation, variation_among
from tasks.inference import benjamini_hochberg
from tasks.results import Effect, EffectVerdict, PredictionScore

FEWEST_UNTOUCHED = 2
FEWEST_WEEKS = 4  # on either side
WEEKS_FOR_A_TREND = 8
FEWEST_CASES = 20  # of an untouched unit, on either side
CONTRADICTED = 0.985
SHOWN = 0.97  # more than 95 %, since the same question is asked again every quarter
DIFFERENCE = "difference in differences"
SERIES = "controlled interrupted time series"


@dataclass(frozen=True)
class Question:
    """What is asked of a panel: whether one of its units got better after something was done to it."""

    cycle: str
    unit: str
    untouched: tuple[str, ...]
    window: Window
    recent: Mask  # this quarter's weeks
    promised: float  # change for the better, above 0
    is_fewer_better: bool = False
    is_shown: bool = False  # whether an earlier quarter has verified it
    is_moot: bool = False  # whether there was nothing left to mend when the work began


@dataclass(frozen=True)
class Answer:
    """Effect without the verdict of the family, and what the verdict is made from."""

    effect: Effect
    is_better: bool = False
    is_worse: bool = False
    is_contradicted: bool = False


def ask(panel: Panel, question: Question) -> Answer:
    """Return what the panel says, each answer by itself; `settle` makes verdicts of all answers of a cycle."""
    too_few = _what_is_missing(panel, question)
    if too_few:
        return Answer(Effect(verdict="cannot_tell", cycle=question.cycle, promised=question.promised, reason=too_few))
    untouched = left_alone(panel, question)
    variation = variation_among(panel, untouched)
    level = _contrast(panel, question, question.window, variation)
    beyond = _contrast(panel, question, question.window, variation, is_beyond_trend=True) if _has_trend(panel, question) else None
    recent = _contrast(panel, question, Window(question.window.before, question.recent), variation) if _is_later(panel, question) else level
    has_lapsed = recent.interval()[0] <= 0 and _fell_back(panel, question, variation)
    looked_at = [one for one in (level, beyond) if one is not None]
    effect = _described(panel, question, untouched, level, beyond)
    return Answer(
        effect=effect,
        is_better=all(one.interval(SHOWN)[0] > 0 for one in looked_at),
        is_worse=level.interval()[1] < 0,
        is_contradicted=has_lapsed or any(_contradicts(one, question.promised) for one in (level, recent)),
    )


def settle(answers: Sequence[Answer]) -> tuple[Effect, ...]:
    """Return the effects with their verdicts, false discoveries held at 5 % over all of them together."""
    p = np.array([np.nan if answer.effect.p is None else answer.effect.p for answer in answers], dtype=float)
    return tuple(_settled(answer, bool(held)) for answer, held in zip(answers, benjamini_hochberg(p), strict=True))


def left_alone(panel: Panel, question: Question) -> tuple[str, ...]:
    """Return the untouched units that were counted often enough before and after."""
    return tuple(unit for unit in question.untouched if _is_counted(panel, unit, question.window))


def _is_counted(panel: Panel, unit: str, window: Window) -> bool:
    n = panel.of([unit]).n[:, 0]
    return bool(n[window.before].sum() >= FEWEST_CASES and n[window.after].sum() >= FEWEST_CASES)


def _what_is_missing(panel: Panel, question: Question) -> str:
    n = panel.of([question.unit]).n[:, 0] if question.unit in panel.units else np.zeros(len(panel.weeks), dtype=np.int64)
    before, after = (int((n[mask] > 0).sum()) for mask in (question.window.before, question.window.after))
    if question.is_moot and before >= FEWEST_WEEKS:
        return "in the weeks before the work began there was nothing left to mend, and nothing was promised"
    if before < FEWEST_WEEKS:
        return (
            f"{_weeks(before)} with cases lie between the quarter that called for it, which was chosen for being bad, and the work; "
            f"{FEWEST_WEEKS} are needed"
        )
    if after < FEWEST_WEEKS:
        return f"{_weeks(after)} with cases passed since it was declared done; {FEWEST_WEEKS} are needed"
    if len(left_alone(panel, question)) < FEWEST_UNTOUCHED:
        return "fewer than two comparable places were left alone, so that what would have come anyway cannot be known"
    return ""


def _weeks(number: int) -> str:
    return "1 week" if number == 1 else f"{number} weeks"


def _has_trend(panel: Panel, question: Question) -> bool:
    n = panel.of([question.unit]).n[:, 0]
    return int((n[question.window.before] > 0).sum()) >= WEEKS_FOR_A_TREND


def _is_later(panel: Panel, question: Question) -> bool:
    """Return whether this quarter's weeks are others than all weeks since, and enough for an answer of their own."""
    n = panel.of([question.unit]).n[:, 0]
    return bool((question.recent != question.window.after).any()) and int((n[question.recent] > 0).sum()) >= FEWEST_WEEKS


def _contrast(panel: Panel, question: Question, window: Window, variation: Variation, *, is_beyond_trend: bool = False) -> Contrast:
    series = series_of(panel, question.unit, window, variation)
    found = (step_beyond_trend if is_beyond_trend else step)(series)
    return replace(found, change=-found.change) if question.is_fewer_better else found


def _contradicts(contrast: Contrast, promised: float) -> bool:
    """Return whether no change is likely, and the promised one is not."""
    return contrast.interval()[0] <= 0 and contrast.interval(CONTRADICTED)[1] < promised


def _fell_back(panel: Panel, question: Question, variation: Variation) -> bool:
    """Return whether this quarter lies below the quarters since, where these have shown that it worked."""
    if not question.is_shown or not _is_later(panel, question):
        return False
    held = Window(before=question.window.after & ~question.recent, after=question.recent)
    return _contrast(panel, question, held, variation).interval(CONTRADICTED)[1] < 0


def _described(panel: Panel, question: Question, untouched: Sequence[str], level: Contrast, beyond: Contrast | None) -> Effect:
    low, high = level.interval()
    trend = beyond.interval() if beyond else (None, None)
    met_before, n_before = _sums(panel, [question.unit], question.window.before)
    met_after, n_after = _sums(panel, [question.unit], question.window.after)
    return Effect(
        verdict="cannot_tell",
        cycle=question.cycle,
        change=level.change,
        low=low,
        high=high,
        p=max(level.p, beyond.p) if beyond else level.p,
        before=met_before / n_before,
        after=met_after / n_after,
        before_elsewhere=_share(panel, untouched, question.window.before),
        after_elsewhere=_share(panel, untouched, question.window.after),
        n_before=n_before,
        n_after=n_after,
        change_beyond_trend=beyond.change if beyond else None,
        beyond_trend_low=trend[0],
        beyond_trend_high=trend[1],
        promised=question.promised,
        score=_score(low, high, question.promised),
        smallest_seen=max(one.smallest_seen for one in (level, beyond) if one is not None),
        method=SERIES if beyond else DIFFERENCE,
        elsewhere=tuple(untouched),
    )


def _sums(panel: Panel, units: Sequence[str], mask: Mask) -> tuple[int, int]:
    counted = panel.of(units)
    return int(counted.met[mask].sum()), int(counted.n[mask].sum())


def _share(panel: Panel, units: Sequence[str], mask: Mask) -> float | None:
    met, n = _sums(panel, units, mask)
    return met / n if n else None


def _score(low: float, high: float, promised: float) -> PredictionScore:
    """Return how a prediction came out: within the interval it holds, unless no change would do as well."""
    if high < promised:
        return "less"
    if low > promised:
        return "more"
    return "as_predicted" if low > 0 else "cannot_tell"


def _settled(answer: Answer, is_beyond_chance: bool) -> Effect:
    verdict = _verdict(answer, is_beyond_chance)
    reason = answer.effect.reason or (_why_not(answer, is_beyond_chance) if verdict == "cannot_tell" else "")
    return answer.effect.model_copy(update={"verdict": verdict, "is_beyond_chance": is_beyond_chance, "reason": reason})


def _verdict(answer: Answer, is_beyond_chance: bool) -> EffectVerdict:
    if answer.effect.change is None:
        return "cannot_tell"
    if answer.is_worse and is_beyond_chance:
        return "worse"
    if answer.is_contradicted:
        return "no_effect"
    return "worked" if answer.is_better and is_beyond_chance else "cannot_tell"


def _why_not(answer: Answer, is_beyond_chance: bool) -> str:
    """Return in words why nothing can be told, though something was seen."""
    effect = answer.effect
    if answer.is_better and not is_beyond_chance:
        return "it is beyond chance by itself, but not among all effects that were looked at"
    if effect.low is not None and effect.low > 0:
        return "a trend of its own, or a season that the others do not share, would explain it as well"
    return f"the smallest change that would be seen is {percent(effect.smallest_seen)} of cases"
