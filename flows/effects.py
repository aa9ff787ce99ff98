"""Whether what was declared done worked: the part of Check that reads follow-ups, and what sources tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from config.programme import Programme
from flows.handover import EarlierCycle, Findings, Followed, FollowUps, Grouped, Plan, Snapshot
from flows.plan import FOLLOWED_STEP, mapping_hashes
from flows.run import Run, step
from tasks.effectiveness.causes import cause_panel, renamed, returned_as
from tasks.effectiveness.closing import Panels, close, effects
from tasks.effectiveness.everywhere import COLUMNS, counted_everywhere, panel_everywhere, standards_followed
from tasks.effectiveness.questions import followed, worked_on
from tasks.follow_ups.life import as_known_at, with_changes
from tasks.follow_ups.updates import changes_of
from tasks.ledger.chain import canonical
from tasks.ledger.models import Finding
from tasks.results import CauseModel, FollowUp, Ref
from tasks.standards.cases import open_cases
from tasks.standards.counts import tally
from tasks.standards.definitions import definitions
from tasks.vault import get_json, get_table, put_json, put_table

_KEYS = ["source", "record_id"]


def follow(run: Run, plan: Plan, snapshot: Snapshot, findings: Findings) -> Followed:
    """Return what became of follow-ups by the data, each effect recorded as a finding."""
    return step(
        run, FOLLOWED_STEP, Followed, judge_follow_ups, plan, snapshot, findings, rows=lambda followed_up: _effect_rows(run, followed_up)
    )


def judge_follow_ups(run: Run, plan: Plan, snapshot: Snapshot, findings: Findings) -> Followed:
    """Store all follow-ups as sources and data tell of them."""
    known, notes = _told(run, plan.follow_ups, snapshot)
    everywhere = _count_everywhere(run, known, snapshot)
    panels, labels = _panels(run, plan, snapshot, known, everywhere)
    found = effects(known, panels, _titles(run.programme, findings) | labels, run.programme, str(run.quarter), run.as_of)
    closed = close(known, found, str(run.quarter), run.as_of)
    judged = [one for one in found.values() if one.p is not None]
    return Followed(
        follow_ups=put_json(run.vault, FollowUps(follow_ups=closed)),
        everywhere=everywhere,
        tests=len(judged),
        rejected=sum(one.is_beyond_chance for one in judged),
        notes=notes,
    )


def _told(run: Run, follow_ups: tuple[FollowUp, ...], snapshot: Snapshot) -> tuple[tuple[FollowUp, ...], tuple[str, ...]]:
    """Return the follow-ups with what sources tell of them up to the as-of, and a sentence for each that nobody knows."""
    told = changes_of(get_table(run.vault, snapshot.updates)) if snapshot.updates else {}
    known = {one.id for one in follow_ups}
    unknown = sorted(set(told) - known)
    notes = [f"{one} is no follow-up of {run.programme.programme}; what a source tells of it is left out." for one in unknown]
    changed = [as_known_at(with_changes(one, told.get(one.id, ())), run.as_of) for one in follow_ups]
    return tuple(changed), tuple(notes)


def _count_everywhere(run: Run, follow_ups: tuple[FollowUp, ...], snapshot: Snapshot) -> Ref | None:
    """Store the followed standards' counts at every touchpoint, of this quarter and of the earlier ones as they are known now."""
    wanted = standards_followed(follow_ups)
    promised = counted_everywhere(run.programme, wanted)
    if not wanted or not promised.standards:
        return None
    feedback, ratings = get_table(run.vault, snapshot.feedback), get_table(run.vault, snapshot.ratings)
    earlier = [(quarter.cycle, quarter.until) for quarter in snapshot.known if quarter.until is not None]
    parts = []
    for cycle, instant in [(str(run.quarter), run.as_of), *earlier]:
        answers = ratings.loc[ratings["cycle"] == cycle].drop(columns="cycle")
        parts.append(_counts(feedback.loc[feedback["cycle"] == cycle], answers, promised, instant).assign(cycle=cycle))
    return put_table(run.vault, pd.concat(parts, ignore_index=True))


def _counts(feedback: pd.DataFrame, ratings: pd.DataFrame, programme: Programme, instant: datetime) -> pd.DataFrame:
    with open_cases(feedback, ratings, programme, instant) as cases:
        counts = tally(cases, frozenset()).counts
    return counts.groupby(["standard", "touchpoint", "week"], as_index=False)[["met", "missed"]].sum()


def _panels(
    run: Run, plan: Plan, snapshot: Snapshot, follow_ups: tuple[FollowUp, ...], everywhere: Ref | None
) -> tuple[Panels, dict[str, str]]:
    """Return what effects are read from, and the labels of causes by id."""
    standards = panel_everywhere(_whole(run, plan, everywhere), run.programme) if everywhere else None
    if not followed(follow_ups, "cause:"):
        return Panels(standards), {}
    records, model = _cause_records(run, plan, snapshot)
    labels = {one.id: one.label for one in model.causes}
    touched = {one.finding.removeprefix("cause:") for one in follow_ups if one.finding.startswith("cause:") and worked_on(one)}
    kin = {one.finding.removeprefix("cause:"): _kin(model, one) for one in followed(follow_ups, "cause:")}
    back = {later: cause for cause, causes in kin.items() for later in causes}
    returned = {cause: tuple(labels[one] for one in causes) for cause, causes in kin.items() if causes}
    return Panels(standards, cause_panel(renamed(records, back), touched, run.programme), returned), labels


def _kin(model: CauseModel, follow_up: FollowUp) -> tuple[str, ...]:
    return returned_as(model, follow_up.finding.removeprefix("cause:"), follow_up.opened_in)


def _whole(run: Run, plan: Plan, everywhere: Ref) -> pd.DataFrame:
    """Return the counts with those that earlier cycles kept of quarters that are not read again, where they mean the same."""
    own = get_table(run.vault, everywhere)
    meanings = definitions(run.programme, mapping_hashes(run.programme, run.quarter))
    parts = {str(cycle): rows for cycle, rows in own.groupby("cycle")}
    for earlier in plan.earlier:
        for cycle, rows in _kept(run, earlier, meanings).groupby("cycle"):
            parts.setdefault(str(cycle), rows)
    counts = pd.concat([rows[COLUMNS] for rows in parts.values()], ignore_index=True)
    return counts.groupby(["standard", "touchpoint", "week"], as_index=False)[["met", "missed"]].sum()


def _kept(run: Run, earlier: EarlierCycle, meanings: Mapping[str, str]) -> pd.DataFrame:
    if earlier.everywhere is None:
        return pd.DataFrame(columns=[*COLUMNS, "cycle"])
    same = [name for name, meaning in meanings.items() if earlier.definitions.get(name) == meaning]
    kept = get_table(run.vault, earlier.everywhere)
    return kept.loc[kept["standard"].isin(same)]


def _cause_records(run: Run, plan: Plan, snapshot: Snapshot) -> tuple[pd.DataFrame, CauseModel]:
    """Return a row a text of this quarter and of those before: its week, and its cause as its own cycle found it."""
    grouped = run.output("causes", Grouped)
    if grouped is None:
        raise RuntimeError("effects on causes can be told only after causes were found")
    refs = [grouped.assignments, *(one.assignments for one in plan.earlier if one.assignments is not None)]
    tables = [table for table in (get_table(run.vault, ref) for ref in refs) if "source" in table]
    feedback = get_table(run.vault, snapshot.feedback)[[*_KEYS, "occurred_at"]]
    records = pd.concat(tables, ignore_index=True).drop_duplicates(_KEYS).merge(feedback, on=_KEYS)
    days = records["occurred_at"].dt.tz_convert(run.programme.timezone).dt.tz_localize(None).dt.normalize()
    weeks = (days - pd.to_timedelta(days.dt.day_of_week, unit="D")).astype("datetime64[us]")
    return records.assign(week=weeks)[["week", "cause_id"]], get_json(run.vault, grouped.model, CauseModel)


def _titles(programme: Programme, findings: Findings) -> dict[str, str]:
    """Return what people read for each unit: standards at touchpoints, and causes."""
    named = {f"{one.id}:{point.id}": f"{one.name}, {point.title}" for one in programme.promises for point in programme.touchpoints}
    return named | {cause.id: cause.label for cause in findings.causes}


def _effect_rows(run: Run, done: Followed) -> list[Finding]:
    every = get_json(run.vault, done.follow_ups, FollowUps).follow_ups
    return [
        Finding(
            programme=run.programme.programme,
            edition=run.edition,
            finding=f"effect:{one.id}",
            verdict=one.effect.verdict,
            figures=canonical(one.effect.model_dump(mode="json", exclude={"returned_as"})),
        )
        for one in every
        if one.effect is not None and one.effect.cycle == str(run.quarter)
    ]
