"""The gate: whether a cycle's data are good enough to be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.programme import Gate
from config.written import percent


@dataclass(frozen=True)
class Intake:
    """What the gate must know of one source: rows that should count, those that do, and what became of their categories.

    categorised: accepted records with a category of the source's own; unmapped: those of them whose category maps to none of
    the programme's; problem: why nothing came, where that is known.
    """

    source: str
    quarantined: int
    accepted: int
    categorised: int = 0
    unmapped: int = 0
    problem: str = ""


@dataclass(frozen=True)
class GateResult:
    """One rule of the gate, in words, and whether the data pass it."""

    name: str
    description: str
    is_passed: bool
    notes: str


def pass_gate(intakes: Sequence[Intake], gate: Gate) -> tuple[GateResult, ...]:
    """Return the gate's rules with what each found; the data pass if all are passed. Without categories none is looked at."""
    return (_quarantine(intakes, gate), *_categories(intakes, gate), _something_arrived(intakes))


def _quarantine(intakes: Sequence[Intake], gate: Gate) -> GateResult:
    limit = gate.quarantined_share_at_most
    over = _over({i.source: i.quarantined / max(i.quarantined + i.accepted, 1) for i in intakes}, limit)
    notes = over or f"{sum(i.quarantined for i in intakes)} quarantined in all"
    return GateResult("quarantine", f"At most {percent(limit)} of each source's rows are quarantined", not over, notes)


def _categories(intakes: Sequence[Intake], gate: Gate) -> tuple[GateResult, ...]:
    limit = gate.unmapped_share_at_most
    categorised = [intake for intake in intakes if intake.categorised > 0]
    if not categorised:
        return ()
    over = _over({i.source: i.unmapped / i.categorised for i in categorised}, limit)
    notes = over or f"{sum(i.unmapped for i in categorised)} unmapped in all"
    words = f"At most {percent(limit)} of each source's categorised records have a category that maps to none of the programme's"
    return (GateResult("categories", words, not over, notes),)


def _something_arrived(intakes: Sequence[Intake]) -> GateResult:
    silent = [f"{i.source} ({i.problem})" if i.problem else i.source for i in intakes if i.accepted == 0]
    notes = f"nothing usable from: {', '.join(silent)}" if silent else "every source has records of the quarter"
    return GateResult("arrived", "Every source has at least one record of the quarter", not silent, notes)


def _over(shares: Mapping[str, float], limit: float) -> str:
    """Return which sources lie over the limit, and by how much; nothing where none does."""
    over = [f"{source} {percent(share)}" for source, share in shares.items() if share > limit]
    return f"over the limit: {', '.join(over)}" if over else ""
