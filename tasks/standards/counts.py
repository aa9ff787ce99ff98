"""Whole-number counts that merge: a quarter can be counted in pieces on several machines and added up.

All figures are made from these tables; a fraction arises only after they have been added up and sorted. Pieces hold whole
records with all their answers. `touchpoint` is the place of the figure: a touchpoint's id, or `all`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS, Standard
from tasks.standards.cases import NOWHERE, Cases, Population, open_cases
from tasks.standards.measures import MET, MISSED, OUTCOMES
from tasks.standards.values import count_durations, count_scores, count_times

COUNT_KEYS = ("standard", "touchpoint", "week", "month")
TEXT, DAY, NUMBER = "str", "datetime64[us]", "int64"
_KEYS = {"standard": TEXT, "touchpoint": TEXT, "week": DAY, "month": DAY}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "counts": _KEYS | dict.fromkeys(OUTCOMES, NUMBER),
    "scores": _KEYS | {"score_milli": NUMBER, "weight": NUMBER, "n": NUMBER},
    "durations": _KEYS | {"minutes": NUMBER, "done": NUMBER, "waiting": NUMBER},
    "weights": {name: _KEYS[name] for name in ("standard", "touchpoint")}
    | dict.fromkeys(("n", "weight", "weight_squared", "value"), NUMBER),
    "customers": {name: _KEYS[name] for name in ("standard", "touchpoint")}
    | dict.fromkeys(("customer", "n", "weight", "value", "customers"), NUMBER),
    "records": {name: _KEYS[name] for name in ("touchpoint", "week", "month")} | {"records": NUMBER},
}
SUMMED = {*OUTCOMES, "n", "done", "waiting", "records", "customers"}
_DESIGN_SUMS = {"weight", "weight_squared", "value"}


@dataclass(frozen=True)
class Tally:
    """The counts of one quarter or of a piece of it; COLUMNS names the columns of each table.

    counts: met, missed, pending and excluded cases by week and month. scores and durations: what medians, means and net promoter
    scores are made from. weights: sums over decided cases of weighted surveys. customers: sums a customer over decided cases,
    where customers repeat; those with one case are added up (customer 0, `customers` of them). records: feedback with a touchpoint.
    """

    counts: pd.DataFrame
    scores: pd.DataFrame
    durations: pd.DataFrame
    weights: pd.DataFrame
    customers: pd.DataFrame
    records: pd.DataFrame


def tally_of(feedback: pd.DataFrame, ratings: pd.DataFrame, programme: Programme, as_of: datetime) -> Tally:
    """Return the counts of canonical tables as they were known at the as-of."""
    with open_cases(feedback, ratings, programme, as_of) as cases:
        return tally(cases, repeated_customers(feedback))


def repeated_customers(*pieces: pd.DataFrame) -> frozenset[str]:
    """Return the customers with two records or more in all pieces of a quarter's feedback together."""
    known = [piece["customer_id"].dropna().astype("str") for piece in pieces if "customer_id" in piece]
    counts = pd.concat(known).value_counts() if known else pd.Series(dtype="int64")
    return frozenset(counts.index[counts >= 2])


def tally(cases: Cases, repeated: frozenset[str]) -> Tally:
    """Return the counts of some cases; `repeated` are the customers who have several cases anywhere in the quarter."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    for population in cases.populations:
        parts["counts"] += _outcome_counts(cases, population)
        parts["scores"] += count_scores(cases, population)
        parts["durations"] += count_durations(cases, population)
        parts["weights"] += _weights(cases, population)
        parts["customers"] += _customers(cases, population, repeated)
    parts["durations"] += count_times(cases)
    parts["records"].append(_records(cases))
    return merge([Tally(**{name: _table(name, tables) for name, tables in parts.items()})])


def merge(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of several tallies, rows sorted: the same bits whatever the pieces were."""
    pieces = list(tallies)
    return Tally(**{field.name: _added(field.name, [getattr(piece, field.name) for piece in pieces]) for field in fields(Tally)})


def totals(counts: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Return met, missed, pending and excluded of each standard and place of the programme, in file order.

    Indexed by (standard, touchpoint); a standard without any case is there with zeros.
    """
    wanted = [(standard.id, place) for standard in programme.promises for place in standard.places]
    index = pd.MultiIndex.from_tuples(wanted, names=["standard", "touchpoint"])
    sums = counts.groupby(["standard", "touchpoint"], observed=True)[list(OUTCOMES)].sum()
    return sums.reindex(index, fill_value=0).astype("int64")


def decide_outcomes(cases: Cases) -> pd.DataFrame:
    """Return a row a case and standard: source, record_id, standard, place, touchpoint, outcome; sorted.

    `place` is the touchpoint that the figure is for, or `all`; `touchpoint` is the case's own, empty where
    it is unplaced; `outcome` is one of OUTCOMES.
    """
    ids = np.array([*(touchpoint.id for touchpoint in cases.programme.touchpoints), ""], dtype=object)
    parts = []
    for population in cases.populations:
        for number, standard in population.standards.items():
            query = f"SELECT row, touchpoint, m{number} FROM {population.table} WHERE m{number} IS NOT NULL"  # noqa: S608
            row, touchpoint, outcome = cases.connection.execute(query).fetchnumpy().values()
            own = ids[np.asarray(touchpoint)]
            parts.append(
                pd.DataFrame(
                    {
                        "source": cases.feedback["source"].to_numpy(object)[np.asarray(row)],
                        "record_id": cases.feedback["record_id"].to_numpy(object)[np.asarray(row)],
                        "standard": standard.id,
                        "place": ALL_TOUCHPOINTS if standard.touchpoints == ALL_TOUCHPOINTS else own,
                        "touchpoint": own,
                        "outcome": np.array(OUTCOMES, dtype=object)[np.asarray(outcome)],
                    }
                )
            )
    columns = ["source", "record_id", "standard", "place", "touchpoint", "outcome"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    table = table.astype(dict.fromkeys(columns, "str")).astype({"outcome": pd.CategoricalDtype(list(OUTCOMES))})
    return table.sort_values(["standard", "place", "source", "record_id"], kind="stable", ignore_index=True)


def empty_counts() -> pd.DataFrame:
    """Return a table of counts without a row."""
    return _table("counts", [])


def places_of(touchpoints: npt.NDArray[np.integer], standard: Standard, programme: Programme) -> npt.NDArray[np.object_] | str:
    """Return the figure's place of each case, from its touchpoint's position in the programme."""
    if standard.touchpoints == ALL_TOUCHPOINTS:
        return ALL_TOUCHPOINTS
    ids: npt.NDArray[np.object_] = np.array([touchpoint.id for touchpoint in programme.touchpoints], dtype=object)[touchpoints]
    return ids


def is_weighted(standard: Standard, programme: Programme) -> bool:
    """Return whether a source of the standard's cases maps weights; then an answer without one has no part in its share."""
    question = standard.measure.question
    sources = [
        source
        for source in programme.sources
        if (standard.measure.is_told_by(set(source.columns)) if question is None else question in {one.question for one in source.ratings})
    ]
    return any("weight" in source.columns for source in sources)


def _outcome_counts(cases: Cases, population: Population) -> list[pd.DataFrame]:
    """Count every outcome of every standard in one pass over the table."""
    sums = ", ".join(f"sum(m{number} = {code})::BIGINT" for code in range(len(OUTCOMES)) for number in population.standards)
    query = f"SELECT touchpoint, week, month, {sums} FROM {population.table} GROUP BY ALL"  # noqa: S608
    touchpoint, week, month, *counted = map(_whole, cases.connection.execute(query).fetchnumpy().values())
    outcomes = np.stack(counted).reshape(len(OUTCOMES), len(population.standards), len(week))
    standard, cell = np.nonzero(outcomes.sum(axis=0))
    is_over_all = np.array([one.touchpoints == ALL_TOUCHPOINTS for one in population.standards.values()])[standard]
    places = np.array([*(one.id for one in cases.programme.touchpoints), ALL_TOUCHPOINTS], dtype=object)
    keys = {
        "standard": np.array([one.id for one in population.standards.values()], dtype=object)[standard],
        "touchpoint": places[np.where(is_over_all, len(places) - 1, touchpoint[cell])],
        "week": _days(week)[cell],
        "month": _days(month)[cell],
    }
    return [pd.DataFrame(keys | {name: outcomes[code, standard, cell] for code, name in enumerate(OUTCOMES)})]


def _weights(cases: Cases, population: Population) -> list[pd.DataFrame]:
    parts = []
    for number, standard in population.standards.items():
        if not is_weighted(standard, cases.programme):
            continue
        query = (
            f"SELECT touchpoint, count(*), sum(weight)::BIGINT, sum(weight * weight)::BIGINT, "  # noqa: S608
            f"sum(weight * (m{number} = {MET})::BIGINT)::BIGINT FROM {population.table} "
            f"WHERE m{number} IN ({MET}, {MISSED}) AND weight IS NOT NULL GROUP BY ALL"
        )
        touchpoint, *sums = map(_whole, cases.connection.execute(query).fetchnumpy().values())
        place = places_of(touchpoint, standard, cases.programme)
        named = dict(zip(("n", "weight", "weight_squared", "value"), sums, strict=True))
        parts.append(pd.DataFrame({"standard": standard.id, "touchpoint": place, **named}))
    return parts


def _customers(cases: Cases, population: Population, repeated: frozenset[str]) -> list[pd.DataFrame]:
    """Sum the decided cases of each customer; who has only one is counted with the others of the same weight and outcome."""
    if not repeated:
        return []
    numbers = pd.DataFrame({"customer": pd.util.hash_array(np.array(sorted(repeated), dtype=object)).view(np.int64)})
    cases.connection.register("repeated", numbers)
    parts = []
    for number, standard in population.standards.items():
        place = "0" if standard.touchpoints == ALL_TOUCHPOINTS else "touchpoint"
        weighted = " AND weight IS NOT NULL" if is_weighted(standard, cases.programme) else ""
        query = (
            f"WITH decided AS (SELECT {place} AS place, CASE WHEN customer IN (SELECT customer FROM repeated) THEN customer ELSE 0 END "  # noqa: S608
            f"AS customer, row, coalesce(weight, 1) AS weight, coalesce(weight, 1) * (m{number} = {MET})::BIGINT AS kept "
            f"FROM {population.table} WHERE m{number} IN ({MET}, {MISSED}){weighted}) "
            "SELECT place, customer, count(*) AS n, sum(weight)::BIGINT AS weight, sum(kept)::BIGINT AS value, 1 AS customers "
            "FROM decided WHERE customer != 0 GROUP BY place, customer UNION ALL "
            "SELECT place, 0, 1, weight, kept, count(*) FROM decided WHERE customer = 0 GROUP BY place, weight, kept"
        )
        touchpoint, *sums = map(_whole, cases.connection.execute(query).fetchnumpy().values())
        named = dict(zip(("customer", "n", "weight", "value", "customers"), sums, strict=True))
        parts.append(pd.DataFrame({"standard": standard.id, "touchpoint": places_of(touchpoint, standard, cases.programme), **named}))
    cases.connection.unregister("repeated")
    return parts


def _records(cases: Cases) -> pd.DataFrame:
    query = f"SELECT touchpoint, week, month, count(*) FROM cases WHERE touchpoint != {NOWHERE} GROUP BY ALL"  # noqa: S608
    touchpoint, week, month, records = map(_whole, cases.connection.execute(query).fetchnumpy().values())
    ids = np.array([one.id for one in cases.programme.touchpoints], dtype=object)
    return pd.DataFrame({"touchpoint": ids[touchpoint], "week": _days(week), "month": _days(month), "records": records})


def _whole(values: object) -> npt.NDArray[np.int64]:
    return np.asarray(values).astype(np.int64)


def _days(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    return numbers.astype("datetime64[D]").astype("datetime64[us]")


def _table(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    empty = pd.DataFrame({column: np.array([], dtype=object) for column in COLUMNS[name]})
    return (pd.concat(filled, ignore_index=True)[list(COLUMNS[name])] if filled else empty).astype(dict(COLUMNS[name]))


def _added(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of equal keys added up; customers with one case each stay apart by weight and outcome."""
    table = _table(name, parts)
    if table.empty:
        return table
    if name == "customers":
        is_single = table["customer"] == 0
        sums = {column: "sum" for column in ("n", "weight", "value")} | {"customers": "first"}
        several = table[~is_single].groupby(["standard", "touchpoint", "customer"], as_index=False).agg(sums)
        single = table[is_single].groupby([column for column in COLUMNS[name] if column != "customers"])["customers"].sum().reset_index()
        return _table(name, [single, several]).sort_values(["standard", "touchpoint", "customer", "weight", "value"], ignore_index=True)
    summed = SUMMED | (_DESIGN_SUMS if name == "weights" else set())
    keys = [column for column in COLUMNS[name] if column not in summed]
    return _table(name, [table.groupby(keys, as_index=False, observed=True).sum()])
