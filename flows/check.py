"""Check: standards, causes and changes; a pure function of the snapshot, the programme and earlier outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from config.periods import Quarter, same_age
from flows.handover import CauseList, Counted, Findings, Grouped, Plan, Snapshot, Stored
from flows.run import Run, step
from tasks.causes.find import find_causes
from tasks.ledger.chain import canonical
from tasks.ledger.models import Finding
from tasks.results import CauseModel, Compliance
from tasks.standards.compliance import Earlier, assess, restate
from tasks.standards.counts import count, decide_outcomes, empty_counts
from tasks.standards.placement import place
from tasks.vault import get_json, get_table, put_json, put_table

AS_OF, EQUAL_AGE = "as_of", "equal_age"
PREVIOUS, YEAR_AGO = 1, 4


def check(run: Run, plan: Plan, snapshot: Snapshot) -> Findings:
    """Return what the quarter's data say, with every verdict."""
    counted = step(run, "standards", Counted, count_standards, snapshot)
    grouped = step(run, "causes", Grouped, group_causes, plan, snapshot)
    stored = step(run, "findings", Stored, judge, plan, snapshot, counted, grouped, rows=lambda result: _finding_rows(run, result))
    return get_json(run.vault, stored.ref, Findings)


def count_standards(run: Run, snapshot: Snapshot) -> Counted:
    """Store the outcome of every case and the weekly counts.

    Counts are of this quarter, of the earlier ones as they are known now, and of the two that it is
    compared with as they stood at the same age (`known_at` equal_age).
    """
    feedback, ratings = get_table(run.vault, snapshot.feedback), get_table(run.vault, snapshot.ratings)
    wanted = [(str(run.quarter), AS_OF, run.as_of), *_restated(snapshot), *_comparisons(run, snapshot)]
    outcomes = {key: _outcomes(run, feedback, ratings, *key) for key in wanted}
    counts = [count(table).assign(cycle=cycle, known_at=known_at) for (cycle, known_at, _), table in outcomes.items()]
    current = outcomes[wanted[0]].sort_values(["standard", "place", "source", "record_id"], kind="stable", ignore_index=True)
    table = pd.concat([part for part in counts if len(part)] or [empty_counts().assign(cycle="", known_at="")], ignore_index=True)
    table = table.sort_values(["cycle", "known_at", "standard", "touchpoint", "week"], ignore_index=True)
    return Counted(outcomes=put_table(run.vault, current), counts=put_table(run.vault, table))


def group_causes(run: Run, plan: Plan, snapshot: Snapshot) -> Grouped:
    """Store the causes of the quarter's feedback and which record belongs to which."""
    feedback = get_table(run.vault, snapshot.feedback)
    model = get_json(run.vault, plan.cause_model, CauseModel) if plan.cause_model else None
    previous = next((key for key in _comparisons(run, snapshot) if key[0] == str(run.quarter.back(PREVIOUS))), None)
    found = find_causes(
        _texts(run, feedback, str(run.quarter), run.as_of),
        _texts(run, feedback, previous[0], previous[2]) if previous else None,
        model,
        cycle=str(run.quarter),
        departments_of={touchpoint.id: touchpoint.departments for touchpoint in run.programme.touchpoints},
        customers_at_least=run.programme.rules.customers_at_least,
    )
    return Grouped(
        causes=put_json(run.vault, CauseList(causes=found.causes)),
        assignments=put_table(run.vault, found.assignments),
        model=put_json(run.vault, found.model),
        texts=found.texts,
        without_cause=found.without_cause,
    )


def judge(run: Run, plan: Plan, snapshot: Snapshot, counted: Counted, grouped: Grouped) -> Stored:
    """Store all findings: figures, verdicts and changes of standards and causes, each family of tests held."""
    counts = get_table(run.vault, counted.counts)
    assessment = assess(
        _counts_at(counts, str(run.quarter), AS_OF),
        _earlier(run, snapshot, counts, PREVIOUS),
        _earlier(run, snapshot, counts, YEAR_AGO),
        get_json(run.vault, grouped.causes, CauseList).causes,
        run.programme,
    )
    restated = {cycle: _counts_at(counts, cycle, AS_OF) for cycle, _, _ in _restated(snapshot)}
    findings = Findings(
        standards=assessment.standards,
        causes=assessment.causes,
        families=assessment.families,
        restatements=restate(restated, _published(run, plan), run.programme),
    )
    return Stored(ref=put_json(run.vault, findings))


def _outcomes(run: Run, feedback: pd.DataFrame, ratings: pd.DataFrame, cycle: str, _known_at: str, instant: datetime) -> pd.DataFrame:
    of_cycle = feedback.loc[feedback["cycle"] == cycle], ratings.loc[ratings["cycle"] == cycle].drop(columns="cycle")
    return decide_outcomes(*of_cycle, run.programme, instant)


def _restated(snapshot: Snapshot) -> list[tuple[str, str, datetime]]:
    """Return the earlier quarters of which anything is known, each with the instant up to which it is."""
    return [(quarter.cycle, AS_OF, quarter.until) for quarter in snapshot.known if quarter.until is not None]


def _comparisons(run: Run, snapshot: Snapshot) -> list[tuple[str, str, datetime]]:
    """Return the quarters to compare with that are known up to the age that this one has now."""
    until = {cycle: instant for cycle, _, instant in _restated(snapshot)}
    wanted = {str(quarter): _same_age(run, quarter) for quarter in (run.quarter.back(PREVIOUS), run.quarter.back(YEAR_AGO))}
    return [(cycle, EQUAL_AGE, instant) for cycle, instant in wanted.items() if cycle in until and instant <= until[cycle]]


def _same_age(run: Run, earlier: Quarter) -> datetime:
    return same_age(run.as_of, run.quarter, earlier, run.programme.zone, run.programme.year_starts_in)


def _earlier(run: Run, snapshot: Snapshot, counts: pd.DataFrame, quarters: int) -> Earlier:
    """Return what to compare with, or why it cannot be compared."""
    cycle = str(run.quarter.back(quarters))
    if any(key[0] == cycle for key in _comparisons(run, snapshot)):
        return Earlier(cycle, _counts_at(counts, cycle, EQUAL_AGE))
    note = next((quarter.note for quarter in snapshot.known if quarter.cycle == cycle and quarter.note), "")
    return Earlier(cycle, None, note or f"{cycle} is known only at a younger age than this quarter has now")


def _counts_at(counts: pd.DataFrame, cycle: str, known_at: str) -> pd.DataFrame:
    return counts.loc[(counts["cycle"] == cycle) & (counts["known_at"] == known_at)]


def _texts(run: Run, feedback: pd.DataFrame, cycle: str, instant: datetime) -> pd.DataFrame:
    """Return the feedback of a quarter that was known at an instant, with the touchpoint of each record."""
    known = feedback.loc[(feedback["cycle"] == cycle) & (feedback["occurred_at"] <= instant)]
    columns = ("text", "kind", "customer_id", "department")
    blank = pd.Series(None, index=known.index, dtype="str")
    parts = {name: known.get(name, blank) for name in columns}
    return known[["record_id", "occurred_at"]].assign(touchpoint=place(known, run.programme), **parts)


def _published(run: Run, plan: Plan) -> Mapping[str, Sequence[Compliance]]:
    return {earlier.cycle: get_json(run.vault, earlier.findings, Findings).standards for earlier in plan.earlier}


def _finding_rows(run: Run, stored: Stored) -> list[Finding]:
    findings = get_json(run.vault, stored.ref, Findings)
    standards = [
        _finding(run, f"standard:{row.standard}:{row.touchpoint}", row.verdict, row.model_dump(mode="json")) for row in findings.standards
    ]
    private = {"quotes", "terms"}  # customers' words stay in the vault
    causes = [_finding(run, f"cause:{cause.id}", cause.status, cause.model_dump(mode="json", exclude=private)) for cause in findings.causes]
    return standards + causes


def _finding(run: Run, finding: str, verdict: str, figures: Mapping[str, object]) -> Finding:
    return Finding(programme=run.programme.programme, edition=run.edition, finding=finding, verdict=verdict, figures=canonical(figures))
