"""The words and shapes that stand for the closed sets of results; no reader ever depends on a colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tasks.results import Assurance, CauseStatus, ChangeVerdict, Chart, ChartKind, Signal, Use, Variation, Verdict


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
