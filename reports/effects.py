"""What came of what was done, in sentences a manager understands, and as an interval on a line."""

from __future__ import annotations

from dataclasses import dataclass

from reports import formats
from reports.words import EFFECTS
from tasks.results import Effect, PromiseKept, Resolutions

# the ends of a line, as shares: the first that holds every number drawn
_REACHES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True)
class EffectBar:
    """A change on a line from worse (0) over no change (0.5) to better (1); empty where there is no number."""

    low: float | None
    high: float | None
    point: float
    promised: float | None
    reach: str
    words: str


def is_about_texts(finding: str) -> bool:
    """Return whether a finding is a cause, whose share is the better the smaller it is."""
    return finding.startswith("cause:")


def claims(resolutions: Resolutions) -> str:
    """Return claimed against true: of 5 declared solved, 2 are shown to have worked, 1 did not hold and 2 cannot be told yet."""
    rest = unjudged(resolutions)
    phrases = [f"{resolutions.shown or 'none'} {_is(resolutions.shown)} shown to have worked"]
    phrases += [f"{formats.count(resolutions.refuted)} did not hold"] if resolutions.refuted else []
    phrases += [f"{formats.count(resolutions.open_question)} cannot be told yet"] if resolutions.open_question else []
    phrases += [f"{formats.count(rest)} {_is(rest)} not judged yet"] if rest else []
    return f"of {formats.count(resolutions.claimed)} declared solved, {formats.listed(phrases)}"


def unjudged(resolutions: Resolutions) -> int:
    """Return how many claimed resolutions Check has said nothing of."""
    return max(0, resolutions.claimed - resolutions.shown - resolutions.refuted - resolutions.open_question)


def _is(number: int) -> str:
    return "is" if number < 2 else "are"


def effect_sentence(effect: Effect, finding: str) -> str:
    """Return verdict, change with its interval and what was promised, as one sentence without its verdict's sign."""
    told = [_moved_with_interval(effect, finding)] if effect.change is not None else []
    if effect.verdict == "cannot_tell":
        told = [formats.clean(effect.reason).rstrip("."), f"so far {told[0]}" if told else "", _smallest(effect)]
    told.append(_promised(effect, finding))
    parts = "; ".join(part for part in told if part)
    word = EFFECTS[effect.verdict].word.capitalize()
    return f"{word}: {parts}." if parts else f"{word}."


def _moved_with_interval(effect: Effect, finding: str) -> str:
    against = "where nothing was done" if effect.elsewhere or effect.before_elsewhere is not None else "before"
    ends = formats.change_range(effect.low, effect.high)
    return f"{moved(effect.change or 0.0, finding)} than {against}" + (f" (95 % interval {ends})" if ends else "")


def moved(change: float, finding: str) -> str:
    """Return a change for the better in words: 12.0 points better, or of a cause 12.0 points fewer texts."""
    better, worse = ("fewer texts", "more texts") if is_about_texts(finding) else ("better", "worse")
    return f"{points(change)} points {better if change > 0 or not round(abs(change) * 100, 1) else worse}"


def points(change: float) -> str:
    """Return the size of a difference of shares in points, without its sign: 12.0."""
    return formats.decimal(abs(change) * 100, 1)


def _promised(effect: Effect, finding: str) -> str:
    if effect.promised is None:
        return ""
    way = moved(effect.promised, finding) if effect.change is None or effect.promised <= 0 else points(effect.promised)
    return f"{way} {'was' if round(abs(effect.promised) * 100, 1) == 1.0 else 'were'} promised"


def _smallest(effect: Effect) -> str:
    return "" if effect.smallest_seen is None else f"the smallest change that would be seen is {points(effect.smallest_seen)} points"


def effect_bar(effect: Effect) -> EffectBar | None:
    """Return an effect as places on a line; None where there is no change to draw."""
    if effect.change is None:
        return None
    return _bar(effect.change, effect.low, effect.high, effect.promised, EFFECTS[effect.verdict].word)


def kept_bar(kept: PromiseKept) -> EffectBar | None:
    """Return what came of a promise as places on that line; of a cause fewer texts are better, so its sign is turned."""
    if kept.change is None:
        return None
    if not is_about_texts(kept.promise.finding):
        return _bar(kept.change, kept.low, kept.high, kept.promise.predicted_change, "change since the baseline")
    low, high = (None if end is None else -end for end in (kept.high, kept.low))
    return _bar(-kept.change, low, high, -kept.promise.predicted_change, "change for the better since the baseline")


def _bar(change: float, low: float | None, high: float | None, promised: float | None, word: str) -> EffectBar:
    drawn = [abs(number) for number in (change, low, high, promised) if number is not None]
    reach = next((end for end in _REACHES if end >= max(drawn)), max(drawn))
    left, right, point, promise = (None if one is None else 0.5 + one / reach / 2 for one in (low, high, change, promised))
    ends = f", 95 % interval {formats.change_range(low, high)}" if low is not None and high is not None else ""
    said = f"{word.capitalize()}: {formats.change(change)}{ends}" + ("" if promised is None else f", promised {formats.change(promised)}")
    return EffectBar(left, right, 0.5 if point is None else point, promise, formats.number(f"{reach * 100:g}"), said)
