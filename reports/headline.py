"""The quarter in one plain sentence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from reports import figures, formats
from reports.effects import claims
from tasks.results import OPEN_STATUSES, Cause, Compliance, FollowUp, Resolutions, Verdict

# not met comes last, because the worst of them is named right after it
_ORDER: tuple[Verdict, ...] = ("met", "uncertain", "too_few", "not_met")


def headline(
    standards: Sequence[Compliance], causes: Sequence[Cause], follow_ups: Sequence[FollowUp], resolutions: Resolutions | None = None
) -> str:
    """Return one sentence: verdicts and the worst of them, the biggest cause, open follow-ups, and what was claimed and holds.

    A standard is counted once at each touchpoint it covers, as in compliance.csv.
    """
    claimed = (claims(resolutions),) if resolutions and resolutions.claimed else ()
    sentence = "; ".join((_standards_clause(standards), _cause_clause(causes), _follow_ups_clause(follow_ups), *claimed))
    return f"{sentence[0].upper()}{sentence[1:]}."


def _standards_clause(standards: Sequence[Compliance]) -> str:
    if not standards:
        return "no standard is set"
    counts = Counter(row.verdict for row in standards)
    phrases = [_verdict_phrase(verdict, counts[verdict]) for verdict in _ORDER if counts[verdict]]
    worst = _worst_clause(standards) if counts["not_met"] else ""
    return f"of {formats.counted(len(standards), 'standard')}, {formats.listed(phrases)}{worst}"


def _verdict_phrase(verdict: Verdict, number: int) -> str:
    was, is_ = ("was", "is") if number == 1 else ("were", "are")
    ending = {"met": f"{was} met", "not_met": f"{was} not met", "uncertain": f"{is_} uncertain", "too_few": "had too few cases"}
    return f"{formats.count(number)} {ending[verdict]}"


def _worst_clause(standards: Sequence[Compliance]) -> str:
    """Name the share that is furthest below its target, in points; only where no share was missed, another figure."""
    missed = [row for row in standards if row.verdict == "not_met"]
    shares = [row for row in missed if row.value is None]
    worst = max(shares or missed, key=_distance)
    against = f"{figures.kind(worst)} {figures.figure(worst)} against {figures.target(worst)}".strip()
    return f", furthest {'from' if worst.value else 'below'} its target \u201c{formats.clean(worst.title)}\u201d ({against})"


def _distance(row: Compliance) -> float:
    """Return how far a missed figure is from its target: of shares in points, of all others as a part of the target's size."""
    if row.value is None:
        return (row.target or 0.0) - (row.share or 0.0)
    if row.value.value is None:
        return math.inf  # a median that is not reached is further away than any that is
    return abs(row.value.value - row.value.target) / max(abs(row.value.target), 1.0)


def _cause_clause(causes: Sequence[Cause]) -> str:
    present = [cause for cause in causes if cause.size]
    if not present:
        return "no cause was found in what customers wrote"
    biggest = max(present, key=lambda cause: cause.size)
    return f"the biggest cause is \u201c{formats.clean(biggest.label)}\u201d with {formats.share(biggest.share)} of what customers wrote"


def _follow_ups_clause(follow_ups: Sequence[FollowUp]) -> str:
    number = sum(follow_up.status in OPEN_STATUSES for follow_up in follow_ups)
    if not number:
        return "no follow-up is open"
    return f"{formats.counted(number, 'follow-up')} {'is' if number == 1 else 'are'} open"
