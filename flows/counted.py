"""What Check makes of counts beyond verdicts: charts over eight quarters, the worst slices, effects of the mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

import pandas as pd

from config.periods import Quarter
from config.programme import Programme
from flows.handover import Counted, EarlierCycle, Findings, Plan, Snapshot
from flows.plan import mapping_hashes
from flows.run import Run
from tasks.charts.series import Reach, draw_charts
from tasks.results import Baseline, Chart, MixEffect
from tasks.standards.cases import open_cases
from tasks.standards.counts import COLUMNS, Tally, merge
from tasks.standards.definitions import VOLUME, definitions
from tasks.standards.estimates import estimates
from tasks.standards.mix import mix_effects
from tasks.standards.slice_counts import customers_in
from tasks.standards.slices import Slices, find_slices
from tasks.vault import get_json, get_table

AS_OF, EQUAL_AGE = "as_of", "equal_age"
SLICES = "slices"
CHARTED_QUARTERS = 8
_KNOWN = ["cycle", "known_at"]


@dataclass(frozen=True)
class Counts:
    """The stored counts of a cycle: each table by quarter and what was known when, and without a row."""

    tables: Mapping[str, Mapping[tuple[str, str], pd.DataFrame]]
    empty: Mapping[str, pd.DataFrame]

    def at(self, name: str, cycle: str, known_at: str) -> pd.DataFrame:
        """Return one table's rows of a quarter as it was known at an instant."""
        return self.tables[name].get((cycle, known_at), self.empty[name])

    def cycles(self) -> list[str]:
        """Return the quarters that were counted as they were known at the as-of."""
        return [cycle for cycle, known_at in self.tables["counts"] if known_at == AS_OF]

    def tally(self, cycle: str, known_at: str) -> Tally:
        """Return the counts of a quarter as it was known at an instant."""
        return Tally(**{field.name: self.at(field.name, cycle, known_at) for field in fields(Tally)})


def load_counts(run: Run, counted: Counted) -> Counts:
    """Return the counts that a cycle stored."""
    refs = {name: getattr(counted, name) for name in (*COLUMNS, SLICES)}
    tables = {name: get_table(run.vault, ref) for name, ref in refs.items() if ref is not None}
    parted = {name: {(str(key[0]), str(key[1])): _alone(rows) for key, rows in table.groupby(_KNOWN)} for name, table in tables.items()}
    return Counts(parted, {name: _alone(table.iloc[:0]) for name, table in tables.items()})


def _alone(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns=_KNOWN).reset_index(drop=True)


def worst_slices(run: Run, kept: Counts, feedback: pd.DataFrame, ratings: pd.DataFrame) -> Slices:
    """Return where standards are missed more often than elsewhere in this quarter."""
    cycle = str(run.quarter)
    totals = estimates(kept.tally(cycle, AS_OF), run.programme)[["met", "missed", "n_effective"]]
    with open_cases(feedback, ratings, run.programme, run.as_of) as cases:
        return find_slices(kept.at(SLICES, cycle, AS_OF), totals, run.programme, lambda one: customers_in(cases, one))


def mixes_against(run: Run, kept: Counts, earlier: str) -> tuple[MixEffect, ...]:
    """Return changes since an earlier quarter in which the whole and its parts disagree."""
    cycle = str(run.quarter)
    now, then = kept.tally(cycle, AS_OF), kept.tally(earlier, EQUAL_AGE)
    totals, earlier_totals = (estimates(one, run.programme)[["met", "missed", "n_effective"]] for one in (now, then))
    slices, earlier_slices = kept.at(SLICES, cycle, AS_OF), kept.at(SLICES, earlier, EQUAL_AGE)
    return mix_effects(slices, earlier_slices, totals, earlier_totals, run.programme, earlier)


def charts_of(run: Run, plan: Plan, snapshot: Snapshot, kept: Counts) -> tuple[Chart, ...]:
    """Return the control charts over the last eight quarters, as far back as they are known without a gap."""
    meanings = definitions(run.programme, mapping_hashes(run.programme, run.quarter))
    tallies = {str(run.quarter): kept.tally(str(run.quarter), AS_OF)}
    tallies |= {one.cycle: kept.tally(one.cycle, AS_OF) for one in snapshot.known if one.until is not None}
    for earlier in plan.earlier:
        tallies = _from_before(run, earlier, meanings) | tallies
    quarters = [run.quarter.back(number) for number in range(CHARTED_QUARTERS)]
    gap = next((number for number, quarter in enumerate(quarters) if str(quarter) not in tallies), len(quarters))
    whole = merge([tallies[str(quarter)] for quarter in quarters[:gap]])
    baselines = _baselines(run, plan.earlier[0]) if plan.earlier else {}
    programme = run.programme.model_copy(update={"rebased": (*run.programme.rebased, *plan.rebased)})
    return draw_charts(whole, programme, meanings, baselines, _reach(run, quarters[gap - 1]))


def _from_before(run: Run, earlier: EarlierCycle, meanings: Mapping[str, str]) -> dict[str, Tally]:
    """Return what an earlier cycle counted of quarters, those standards alone that meant then what they mean now."""
    if earlier.counted is None:
        return {}
    kept = load_counts(run, earlier.counted)
    same = {name for name, meaning in meanings.items() if earlier.definitions.get(name) == meaning}
    return {cycle: _only(kept.tally(cycle, AS_OF), same) for cycle in kept.cycles()}


def _only(tally: Tally, standards: set[str]) -> Tally:
    tables = {field.name: getattr(tally, field.name) for field in fields(Tally)}
    own = {name: table.loc[table["standard"].isin(standards)] for name, table in tables.items() if "standard" in table}
    return Tally(**(tables | own | ({} if VOLUME in standards else {"records": tally.records.iloc[:0]})))


def _baselines(run: Run, earlier: EarlierCycle) -> dict[str, Baseline]:
    charts = get_json(run.vault, earlier.findings, Findings).charts
    return {chart.subject: chart.baseline for chart in charts if chart.baseline is not None}


def _reach(run: Run, oldest: Quarter) -> Reach:
    programme: Programme = run.programme
    starts, ends = programme.span(run.quarter)
    last = min(ends.date(), run.as_of.astimezone(programme.zone).date()) - timedelta(days=1)
    return Reach(programme.span(oldest)[0].date(), last, starts.date())
