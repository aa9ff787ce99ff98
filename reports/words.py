"""The words and shapes that stand for the closed sets of results; no reader ever depends on a colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tasks.results import (
    Assurance,
    CauseStatus,
    ChangeVerdict,
    Chart,
    ChartKind,
    DecisionKind,
    EffectVerdict,
    FollowUpStatus,
    MadeWhen,
    PredictionScore,
    Signal,
    Use,
    Variation,
    Verdict,
)


class Sign(NamedTuple):
    """How one result is shown: a word, a shape of parts.html.jinja, and a tone (good, bad or neutral)."""

    word: str
    shape: str
    tone: str = "neutral"


VERDICTS: Mapping[Verdict, Sign] = {
    "met": Sign("met", "tick", "good"),
    "not_met": Sign("not met", "cross", "bad"),
    "uncertain": Sign("uncertain", "wave"),
    "too_few": Sign("too few", "dots"),
}

CHANGES: Mapping[ChangeVerdict, Sign] = {
    "improved": Sign("improved", "up", "good"),
    "worsened": Sign("worsened", "down", "bad"),
    "no_material_change": Sign("no material change", "square"),
    "cannot_tell": Sign("cannot tell", "wave"),
    "not_comparable": Sign("not comparable", "dots"),
}

CAUSE_STATUSES: Mapping[CauseStatus, Sign] = {
    "new": Sign("new", "diamond", "bad"),
    "recurring": Sign("recurring", "wave"),
    "growing": Sign("growing", "up", "bad"),
    "shrinking": Sign("shrinking", "down", "good"),
    "steady": Sign("steady", "square"),
    "gone": Sign("gone", "ring", "good"),
    "merged": Sign("merged", "special"),
    "split": Sign("split", "special"),
    "cannot_tell": Sign("cannot tell", "wave"),
}

USES: Mapping[Use, Sign] = {
    "keep": Sign("keep", "tick"),
    "could_be_left_out": Sign("could be left out", "ring"),
    "cannot_tell": Sign("cannot tell", "wave"),
}

FOLLOW_UP_STATUSES: Mapping[FollowUpStatus, Sign] = {
    "proposed": Sign("proposed", "ring"),
    "accepted": Sign("accepted", "dotted"),
    "in_progress": Sign("in progress", "half"),
    "done": Sign("declared done", "full"),
    "verified": Sign("verified", "tick", "good"),
    "reopened": Sign("reopened", "back", "bad"),
    "abandoned": Sign("abandoned", "stop"),
}

# What the owner of a follow-up is asked next, so that every status says how it goes on.
NEXT_STEPS: Mapping[FollowUpStatus, str] = {
    "proposed": "accept it and estimate the effort, or say why not",
    "accepted": "begin, and write down the real cause: five whys, the last one the root",
    "in_progress": "declare it done, with evidence, once it is",
    "done": "nothing is asked; the data that come in show whether it worked",
    "verified": "nothing is asked; every quarter tests again that it holds",
    "reopened": "look for the real cause again, five whys deep, and act on that: what was done does not hold",
    "abandoned": "nothing is asked; it opens again if the figures ask for it",
}

EFFECTS: Mapping[EffectVerdict, Sign] = {
    "worked": Sign("worked", "tick", "good"),
    "no_effect": Sign("no effect", "square", "bad"),
    "worse": Sign("worse", "worse", "bad"),
    "cannot_tell": Sign("cannot be told", "wave"),
}

PREDICTIONS: Mapping[PredictionScore, Sign] = {
    "as_predicted": Sign("as predicted", "tick", "good"),
    "less": Sign("less than predicted", "down", "bad"),
    "more": Sign("more than predicted", "up", "good"),
    "cannot_tell": Sign("cannot be told", "wave"),
}

DECISIONS: Mapping[DecisionKind, Sign] = {
    "adopt": Sign("adopt", "tick"),
    "adapt": Sign("adapt", "special"),
    "abandon": Sign("abandon", "stop"),
    "raise_target": Sign("raise the target", "up"),
    "rebase": Sign("start the limits anew", "square"),
}

REFUSED = Sign("refused", "cross")

DECISION_MEANINGS: Mapping[DecisionKind, str] = {
    "adopt": "make what was done the way it is always done",
    "adapt": "change what was done, and try again",
    "abandon": "stop it, and go back",
    "raise_target": "promise more from the next quarter on",
    "rebase": "compute the control chart\u2019s limits from a new first day",
}

MADE: Mapping[MadeWhen, Sign] = {
    "before": Sign("promised beforehand", "tick"),
    "replayed": Sign("replayed", "special"),
    "afterwards": Sign("made afterwards", "dots", "bad"),
}

MADE_MEANINGS: Mapping[MadeWhen, str] = {
    "before": "stored before the first record of its quarter",
    "replayed": "the cycle was run later, as of a day before its quarter",
    "afterwards": "its quarter had begun when it was stored, so that it predicts nothing",
}

CHART_KINDS: Mapping[ChartKind, str] = {"p": "p-chart", "p_prime": "Laney\u2019s p\u2032-chart", "xmr": "XmR chart"}

# a point of several signals is drawn as the first of them
SIGNALS: Mapping[Signal, str] = {
    "outside_limits": "outside the limits",
    "trend": "in a run that only rises or only falls",
    "two_of_three": "among two of three near a limit",
    "shift": "in a run on one side of the centre",
}

# Both icons show which way is up: the shape follows the values, the tone what they mean (NHS England, Making Data Count).
_VARIATIONS: Mapping[Variation, Sign] = {
    "improvement": Sign("special cause: improvement", "better", "good"),
    "concern": Sign("special cause: concern", "worse", "bad"),
    "special_cause": Sign("special cause", "special"),
    "common_cause": Sign("common cause", "common"),
    "cannot_tell": Sign("cannot tell", "wave"),
}
_ASSURANCES: Mapping[Assurance, Sign] = {
    "passing": Sign("passing", "beyond", "good"),
    "failing": Sign("failing", "short", "bad"),
    "hit_or_miss": Sign("hit or miss", "question"),
    "no_target": Sign("no target", "dots"),
    "cannot_tell": Sign("cannot tell", "wave"),
}


def variation_sign(chart: Chart) -> Sign:
    """Return the icon of variation; where less is better an improvement points down and a concern up."""
    return _turned(_VARIATIONS[chart.variation], chart)


def assurance_sign(chart: Chart) -> Sign:
    """Return the icon of assurance; where less is better what passes lies below the target, and what fails above it."""
    return _turned(_ASSURANCES[chart.assurance], chart)


def _turned(sign: Sign, chart: Chart) -> Sign:
    is_turned = chart.is_higher_better is False and sign.tone != "neutral"
    return sign._replace(shape=f"{sign.shape}-down") if is_turned else sign
