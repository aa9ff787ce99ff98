"""The same results by department: what each answers for, what it contributes to, and how that fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from reports.words import VERDICTS
from tasks.results import CycleSummary, Place, Verdict


@dataclass(frozen=True)
class DepartmentResults:
    """The touchpoints that one department shapes, and the verdicts of the standards there."""

    title: str
    accountable_for: tuple[Place, ...]
    contributes_to: tuple[Place, ...]
    verdicts: Mapping[Verdict, int]


def arrange_by_department(summary: CycleSummary) -> tuple[DepartmentResults, ...]:
    """Return the departments in the programme's order; each shares every verdict at every touchpoint that it shapes.

    Standards over all touchpoints are nobody's alone, and are not counted.
    """
    return tuple(_department(summary, one.id, one.title) for one in summary.departments)


def _department(summary: CycleSummary, department: str, title: str) -> DepartmentResults:
    own = tuple(place for place in summary.touchpoints if place.accountable == department)
    shared = tuple(place for place in summary.touchpoints if place not in own and department in place.departments)
    shaped = {place.id for place in (*own, *shared)}
    counts = Counter(row.verdict for row in summary.standards if row.touchpoint in shaped)
    return DepartmentResults(title, own, shared, {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]})


def departments_of(place: Place) -> tuple[str, ...]:
    """Return the ids of the departments that shape a touchpoint, the accountable one first."""
    return tuple(dict.fromkeys((place.accountable, *place.departments)))
