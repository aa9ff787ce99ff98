"""The words and shapes that stand for the closed sets of results; no reader ever depends on a colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tasks.results import CauseStatus, ChangeVerdict, Verdict


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
    "cannot_tell": Sign("cannot tell", "wave"),
    "not_comparable": Sign("not comparable", "dots"),
}

CAUSE_STATUSES: Mapping[CauseStatus, Sign] = {
    "new": Sign("new", "diamond", "bad"),
    "growing": Sign("growing", "up", "bad"),
    "shrinking": Sign("shrinking", "down", "good"),
    "steady": Sign("steady", "square"),
    "gone": Sign("gone", "ring", "good"),
    "cannot_tell": Sign("cannot tell", "wave"),
}
