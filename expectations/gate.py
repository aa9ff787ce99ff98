"""The gate: whether a cycle's data are good enough to be published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.programme import Gate


@dataclass(frozen=True)
class Intake:
    """What the gate must know of one source: rows that should count, and those that do."""

    source: str
    quarantined: int
    accepted: int


@dataclass(frozen=True)
class GateResult:
    """One rule of the gate, in words, and whether the data pass it."""

    name: str
    description: str
    is_passed: bool
    notes: str


def pass_gate(intakes: Sequence[Intake], gate: Gate) -> tuple[GateResult, ...]:
    """Return the gate's rules with what each found; the data pass if all are passed."""
    return (_quarantine(intakes, gate), _something_arrived(intakes))


def _quarantine(intakes: Sequence[Intake], gate: Gate) -> GateResult:
    limit = gate.quarantined_share_at_most
    shares = {i.source: i.quarantined / max(i.quarantined + i.accepted, 1) for i in intakes}
    over = [f"{source} {share:.1%}" for source, share in shares.items() if share > limit]
    quarantined = sum(i.quarantined for i in intakes)
    notes = f"over the limit: {', '.join(over)}" if over else f"{quarantined} quarantined in all"
    return GateResult("quarantine", f"At most {limit:.1%} of each source's rows are quarantined", not over, notes)


def _something_arrived(intakes: Sequence[Intake]) -> GateResult:
    silent = [i.source for i in intakes if i.accepted == 0]
    notes = f"nothing usable from: {', '.join(silent)}" if silent else "every source has records of the quarter"
    return GateResult("arrived", "Every source has at least one record of the quarter", not silent, notes)
