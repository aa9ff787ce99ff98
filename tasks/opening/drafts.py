"""A follow-up before it has an identity: what asks for it, where, and of whom."""

from __future__ import annotations

from dataclasses import dataclass

from config.programme import Programme
from tasks.results import FollowUpKind


@dataclass(frozen=True)
class Draft:
    """What asks for a follow-up; `places` are touchpoints, `helpers` departments beside those that shape them."""

    finding: str
    title: str
    evidence: str
    places: tuple[str, ...]
    owner: str
    kind: FollowUpKind = "corrective"
    helpers: tuple[str, ...] = ()
    severity: str = ""
    customers: int = 0


def most_accountable(programme: Programme) -> str:
    """Return the department that is accountable for most touchpoints, the first in the file among equals."""
    counts = {department.id: 0 for department in programme.departments}
    for touchpoint in programme.touchpoints:
        counts[touchpoint.accountable] += 1
    return max(counts, key=lambda department: counts[department])


def owner_at(touchpoint: str, programme: Programme) -> str:
    """Return the department that answers for a touchpoint; for none ("") the one that answers for most."""
    return programme.touchpoint(touchpoint).accountable if touchpoint else most_accountable(programme)
