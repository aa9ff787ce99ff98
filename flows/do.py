"""Do: pull every source, refresh the earlier quarters, and store one immutable snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from config.sources import Source
from expectations import gate
from flows.handover import KnownQuarter, Plan, Pulled, Snapshot
from flows.plan import EARLIER_QUARTERS, pull_step
from flows.pulling import groups_of, pull_current, pull_earlier, union
from flows.quality import quality_of
from flows.run import Run, step
from tasks.admitting import with_admissions
from tasks.customers import with_customers
from tasks.form_letters import form_letters
from tasks.intake import Intake
from tasks.ledger.editions import SNAPSHOT_STEP
from tasks.ledger.models import Input
from tasks.local_copy import remove_copy, rows_to_copy, write_copy
from tasks.results import CategoryUse, Check
from tasks.standards.placement import place
from tasks.taxonomy import classify
from tasks.vault import get_table, put_table

UPDATES = "follow_up_updates"  # what people did is no reason to publish nothing: a quarter may have none


def do(run: Run, plan: Plan) -> Snapshot:
    """Return the cycle's snapshot: every source taken in, and judged by the gate."""
    pulled = [
        step(run, pull_step(source.id), Pulled, pull, source.id, plan, rows=lambda result: _input_rows(run, result))
        for source in run.programme.sources
    ]
    return step(run, SNAPSHOT_STEP, Snapshot, snapshot, plan, pulled)


def pull(run: Run, source_id: str, plan: Plan) -> Pulled:
    """Read one source for this quarter, and again for the four before, so that their open cases are known."""
    source = next(source for source in run.programme.sources if source.id == source_id)
    quarters, *others = groups_of(run, source)
    current = pull_current(run, source, quarters, plan)
    groups = [current, *(pull_earlier(run, source, group, plan) for group in others)]
    intakes = [group.intake for group in groups if group.intake is not None]
    _keep_copy(run, source, intakes[0], plan)
    kept = [tables for group in groups for tables in group.kept]
    records = union([*(intake.records for intake in intakes), *(rows for rows, _ in kept)])
    return Pulled(
        source=source.id,
        fills=source.fills,
        account=intakes[0].account,
        refreshed=tuple(intake.account for intake in intakes[1:]),
        known=tuple(known for group in groups for known in group.known),
        details=tuple(group.problem for group in groups[1:] if group.problem),
        rules=intakes[0].rules,
        feedback=put_table(run.vault, records),
        ratings=put_table(run.vault, union([*(intake.ratings for intake in intakes), *(ratings for _, ratings in kept)])),
        quarantine=put_table(run.vault, intakes[0].quarantine),
        files=tuple(file for group in groups for file in group.files),
        adjustments=intakes[0].adjustments,
        problem=current.problem,
        watermark=current.watermark,
    )


def _keep_copy(run: Run, source: Source, intake: Intake, plan: Plan) -> None:
    """Keep the quarantined rows unmasked on this machine for a time, so that a person can put them right."""
    root, programme = run.settings.quarantine_folder, run.programme.programme
    rows = rows_to_copy(intake.quarantined, intake.misfits, intake.quarantine, plan.removed)
    if run.settings.quarantine_days and len(rows):
        write_copy(root, programme, run.edition, source.id, rows)
    else:
        remove_copy(root, programme, run.edition, source.id)


def snapshot(run: Run, plan: Plan, pulled: Sequence[Pulled]) -> Snapshot:
    """Put the sources together, store them, and pass them through the gate."""
    feedback, ratings, admitted = _together(run, plan, pulled)
    invitations, customers = (_register(run, pulled, fills) for fills in ("invitations", "customers"))
    updates = _register(run, pulled, UPDATES)
    feedback = with_customers(feedback, customers)
    feedback = feedback.assign(form_letter=_form_letters(feedback))
    current = feedback.loc[feedback["cycle"] == str(run.quarter)]
    quality = quality_of(run, plan, pulled, feedback, invitations, admitted)
    known = _known_from_all(pulled)
    return Snapshot(
        feedback=put_table(run.vault, feedback),
        ratings=put_table(run.vault, ratings),
        quarantine=put_table(run.vault, union([get_table(run.vault, one.quarantine) for one in pulled])),
        updates=put_table(run.vault, updates) if len(updates) else None,
        accounts=tuple(one.account for one in pulled),
        refreshed=tuple(account for one in pulled for account in one.refreshed),
        rules=tuple(rule for one in pulled for rule in one.rules),
        gate=(*_gate(run, pulled, quality.categories, admitted), _earlier_quarters(known)),
        known=known,
        unplaced=int(place(current, run.programme).isna().sum()),
        records=len(current),
        answers=int((ratings["cycle"] == str(run.quarter)).sum()),
        quality=quality,
    )


def _together(run: Run, plan: Plan, pulled: Sequence[Pulled]) -> tuple[pd.DataFrame, pd.DataFrame, Counter[str]]:
    """Return feedback and ratings of all sources with what was let out of quarantine, and how much of this quarter that is."""
    feedback = union([get_table(run.vault, one.feedback) for one in pulled if one.fills in ("feedback", "ratings")])
    ratings = union([get_table(run.vault, one.ratings) for one in pulled])
    tables = [get_table(run.vault, ref) for ref in dict.fromkeys(one.table for one in plan.admissions)]
    cycles = [str(run.quarter.back(number)) for number in range(EARLIER_QUARTERS + 1)]
    with_them, ratings, _ = with_admissions(feedback, ratings, tables, cycles)
    new = with_them.iloc[len(feedback) :]
    admitted = Counter(new.loc[new["cycle"] == str(run.quarter), "source"])
    return classify(with_them, run.programme), ratings, admitted


def _register(run: Run, pulled: Sequence[Pulled], fills: str) -> pd.DataFrame:
    return union([get_table(run.vault, one.feedback) for one in pulled if one.fills == fills])


def _form_letters(feedback: pd.DataFrame) -> pd.Series:
    if "text" not in feedback:
        return pd.Series(index=feedback.index, dtype="str")
    return form_letters(feedback["source"] + "/" + feedback["record_id"], feedback["text"])


def _known_from_all(pulled: Sequence[Pulled]) -> tuple[KnownQuarter, ...]:
    """Return for each earlier quarter how far all sources together know it."""
    by_cycle: dict[str, list[KnownQuarter]] = {}
    for one in pulled:
        for quarter in one.known:
            by_cycle.setdefault(quarter.cycle, []).append(quarter)
    return tuple(_least_known(cycle, by_cycle[cycle]) for cycle in sorted(by_cycle, reverse=True))


def _least_known(cycle: str, quarters: Sequence[KnownQuarter]) -> KnownQuarter:
    notes = "; ".join(quarter.note for quarter in quarters if quarter.note)
    instants = [quarter.until for quarter in quarters if quarter.until is not None]
    return KnownQuarter(cycle=cycle, until=None if notes else min(instants), note=notes)


def _gate(run: Run, pulled: Sequence[Pulled], categories: Sequence[CategoryUse], admitted: Mapping[str, int]) -> tuple[Check, ...]:
    use = {one.source: {"categorised": one.categorised, "unmapped": one.unmapped} for one in categories}
    intakes = [_gate_intake(one, admitted.get(one.source, 0), use.get(one.source, {})) for one in pulled if one.fills != UPDATES]
    return tuple(Check(is_required=True, **asdict(result)) for result in gate.pass_gate(intakes, run.programme.gate))


def _gate_intake(one: Pulled, admitted: int, use: Mapping[str, int]) -> gate.Intake:
    waiting = max(one.account.quarantined - admitted, 0)
    return gate.Intake(one.source, waiting, one.account.accepted + admitted, problem=one.problem, **use)


def _earlier_quarters(known: Sequence[KnownQuarter]) -> Check:
    missing = [f"{quarter.cycle}: {quarter.note}" for quarter in known if quarter.until is None]
    return Check(
        name="earlier quarters",
        description="The four quarters before are known, so that changes can be told",
        is_required=False,
        is_passed=not missing,
        notes="; ".join(missing),
    )


def _input_rows(run: Run, pulled: Pulled) -> list[Input]:
    return [_input_row(run, account.model_dump()) for account in (pulled.account, *pulled.refreshed)]


def _input_row(run: Run, account: Mapping[str, object]) -> Input:
    return Input(programme=run.programme.programme, edition=run.edition, attempt=run.journal.attempt, **account)
