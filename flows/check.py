"""Check: standards, causes and changes; a pure function of the snapshot, the programme and earlier outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import pandas as pd

from config.periods import Quarter, same_age
from config.written import percent
from flows.counted import AS_OF, EQUAL_AGE, SLICES, Counts, charts_of, load_counts, mixes_against, worst_slices
from flows.handover import CauseList, Counted, Findings, Grouped, Plan, Snapshot, Stored
from flows.run import Run, step
from tasks.causes.context import CausesInContext, in_context
from tasks.causes.encoders import encoder, foreign_share
from tasks.causes.find import Known, find_causes
from tasks.drivers.surveys import drivers_of
from tasks.ledger.chain import canonical
from tasks.ledger.models import Finding
from tasks.results import Cause, CauseModel, Compliance, Family, Ref
from tasks.standards.cases import open_cases
from tasks.standards.compliance import Earlier, assess, restate
from tasks.standards.counts import COLUMNS, decide_outcomes, repeated_customers, tally
from tasks.standards.placement import place
from tasks.standards.slice_counts import count_slices
from tasks.standards.times import times_to
from tasks.vault import get_json, get_table, put_json, put_table

PREVIOUS, YEAR_AGO = 1, 4
FOREIGN_SHARE = 0.2  # of the texts, from which the report says so


def check(run: Run, plan: Plan, snapshot: Snapshot) -> Findings:
    """Return what the quarter's data say, with every verdict."""
    counted = step(run, "standards", Counted, count_standards, snapshot)
    grouped = step(run, "causes", Grouped, group_causes, plan, snapshot)
    stored = step(run, "findings", Stored, judge, plan, snapshot, counted, grouped, rows=lambda result: _finding_rows(run, result))
    return get_json(run.vault, stored.ref, Findings)


def count_standards(run: Run, snapshot: Snapshot) -> Counted:
    """Store the outcome of every case, and the counts that merge.

    Counts are of this quarter, of the earlier ones as they are known now, and of the two that it is
    compared with as they stood at the same age (`known_at` equal_age).
    """
    feedback, ratings = get_table(run.vault, snapshot.feedback), get_table(run.vault, snapshot.ratings)
    keys = [(str(run.quarter), AS_OF, run.as_of), *_restated(snapshot), *_comparisons(run, snapshot)]
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in (*COLUMNS, SLICES)}
    outcomes = pd.DataFrame()
    for cycle, known_at, instant in keys:
        of_cycle = feedback.loc[feedback["cycle"] == cycle]
        answers = ratings.loc[ratings["cycle"] == cycle].drop(columns="cycle")
        is_current = cycle == str(run.quarter)
        with open_cases(of_cycle, answers, run.programme, instant) as cases:
            counted = vars(tally(cases, repeated_customers(of_cycle)))
            if is_current or known_at == EQUAL_AGE:
                counted |= {SLICES: count_slices(cases, has_pairs=is_current)}
            if is_current:
                outcomes = decide_outcomes(cases)
        for name, table in counted.items():
            parts[name].append(table.assign(cycle=cycle, known_at=known_at))
    refs = {name: put_table(run.vault, pd.concat(tables, ignore_index=True)) for name, tables in parts.items()}
    return Counted(outcomes=put_table(run.vault, outcomes), **refs)


def group_causes(run: Run, plan: Plan, snapshot: Snapshot) -> Grouped:
    """Store the causes of the quarter's feedback and which record belongs to which."""
    feedback = get_table(run.vault, snapshot.feedback)
    previous = next((key for key in _comparisons(run, snapshot) if key[0] == str(run.quarter.back(PREVIOUS))), None)
    now = _texts(run, feedback, str(run.quarter), run.as_of)
    before = _texts(run, feedback, previous[0], previous[2]) if previous else None
    seek = partial(find_causes, now, before, cycle=str(run.quarter), programme=run.programme, encoder=encoder(run.programme.vectors))
    blamed = seek(_known(run, plan, plan.cause_model, "assignments"))
    praised = seek(_known(run, plan, plan.praise_model, "praise_assignments"), is_praise=True)
    return Grouped(
        causes=put_json(run.vault, CauseList(causes=blamed.causes, themes=blamed.themes, praise=praised.causes)),
        assignments=put_table(run.vault, blamed.assignments),
        praise_assignments=put_table(run.vault, praised.assignments),
        vectors=put_table(run.vault, pd.concat([blamed.vectors, praised.vectors], ignore_index=True)),
        model=put_json(run.vault, blamed.model),
        praise_model=put_json(run.vault, praised.model),
        texts=blamed.texts,
        without_cause=blamed.without_cause,
        notes=(*blamed.notes, *_foreign(run, now)),
    )


def _known(run: Run, plan: Plan, model: Ref | None, name: str) -> Known:
    """Return what the nearest earlier cycle knew of causes, and to which of them the previous quarter's records belong."""
    earlier = next((one for one in plan.earlier if one.cycle == str(run.quarter.back(PREVIOUS))), None)
    ref = getattr(earlier, name) if earlier else None
    table = get_table(run.vault, ref) if ref else None
    has_source = table is not None and "source" in table  # the first engine's names none
    return Known(get_json(run.vault, model, CauseModel) if model else None, table if has_source else None)


def _foreign(run: Run, texts: pd.DataFrame) -> tuple[str, ...]:
    """Return what is to be said where many texts are in a language that the shipped vectors do not know."""
    share = 0.0 if run.programme.vectors else foreign_share(texts["text"].dropna().tolist())
    if share < FOREIGN_SHARE:
        return ()
    return (
        f"About {percent(share, 0)} of the texts do not look English, and the vectors that Touchstone ships are English: causes in other "
        "languages are found less well. Name a model of these languages as `vectors` in the programme.",
    )


def judge(run: Run, plan: Plan, snapshot: Snapshot, counted: Counted, grouped: Grouped) -> Stored:
    """Store all findings: figures, verdicts and changes of standards and causes, each family of tests held."""
    kept = load_counts(run, counted)
    now, previous, year_ago = (
        kept.tally(str(run.quarter), AS_OF),
        _earlier(run, snapshot, kept, PREVIOUS),
        _earlier(run, snapshot, kept, YEAR_AGO),
    )
    found = get_json(run.vault, grouped.causes, CauseList)
    assessment = assess(now, previous, year_ago, found.causes, run.programme)
    restated = {cycle: kept.tally(cycle, AS_OF) for cycle, _, _ in _restated(snapshot)}
    feedback, ratings = _current(run, snapshot)
    slices = worst_slices(run, kept, feedback, ratings)
    context = _context(run, assessment.causes, feedback, counted, grouped)
    findings = Findings(
        standards=assessment.standards,
        causes=context.causes,
        themes=found.themes,
        praise=found.praise,
        cause_notes=grouped.notes,
        families=(*assessment.families, Family(name="slices", tests=slices.tests, rejected=slices.rejected), context.family),
        restatements=restate(restated, _published(run, plan), run.programme),
        times=times_to(now, run.programme),
        charts=charts_of(run, plan, snapshot, kept),
        slices=slices.listed,
        mixes=tuple(mix for one in (previous, year_ago) if one.tally for mix in mixes_against(run, kept, one.cycle)),
        drivers=drivers_of(feedback, ratings, run.programme, run.as_of),
    )
    return Stored(ref=put_json(run.vault, findings))


def _context(run: Run, causes: Sequence[Cause], feedback: pd.DataFrame, counted: Counted, grouped: Grouped) -> CausesInContext:
    """Return the causes with their weeks, and with the values and missed standards that go with them."""
    known = feedback.loc[feedback["occurred_at"] <= run.as_of]
    placed = known.assign(touchpoint=place(known, run.programme))
    records = placed.merge(get_table(run.vault, grouped.assignments), on=["source", "record_id"])
    return in_context(causes, records, get_table(run.vault, counted.outcomes), run.programme, run.quarter, run.as_of)


def _current(run: Run, snapshot: Snapshot) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return this quarter's feedback and ratings."""
    feedback, ratings = get_table(run.vault, snapshot.feedback), get_table(run.vault, snapshot.ratings)
    cycle = str(run.quarter)
    return feedback.loc[feedback["cycle"] == cycle], ratings.loc[ratings["cycle"] == cycle].drop(columns="cycle")


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


def _earlier(run: Run, snapshot: Snapshot, kept: Counts, quarters: int) -> Earlier:
    """Return what to compare with, or why it cannot be compared."""
    cycle = str(run.quarter.back(quarters))
    if any(key[0] == cycle for key in _comparisons(run, snapshot)):
        return Earlier(cycle, kept.tally(cycle, EQUAL_AGE))
    note = next((quarter.note for quarter in snapshot.known if quarter.cycle == cycle and quarter.note), "")
    return Earlier(cycle, None, note or f"{cycle} is known only at a younger age than this quarter has now")


def _texts(run: Run, feedback: pd.DataFrame, cycle: str, instant: datetime) -> pd.DataFrame:
    """Return the feedback of a quarter that was known at an instant, with the touchpoint of each record."""
    known = feedback.loc[(feedback["cycle"] == cycle) & (feedback["occurred_at"] <= instant)]
    columns = ("text", "kind", "customer_id", "department")
    blank = pd.Series(None, index=known.index, dtype="str")
    parts = {name: known.get(name, blank) for name in columns}
    return known[["source", "record_id", "occurred_at"]].assign(touchpoint=place(known, run.programme), **parts)


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
