"""Finds the causes of a quarter: clusters of what customers wrote, counted, named and tracked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tasks.causes.clusters import TextClusters, cluster_texts
from tasks.causes.evidence import departments, quotes, touchpoints
from tasks.causes.graph import centres
from tasks.causes.labels import choose_label
from tasks.causes.tracking import match, new_ids, resembles, updated
from tasks.inference import equality_test, newcombe, wilson
from tasks.results import Cause, CauseModel, CauseProfile

TERMS_SHOWN = 10
OLD_SHARE = 0.2  # of its present share a quarter ago, and a cause is not new
COLUMNS = ["record_id", "text", "customer_id", "touchpoint", "department"]


@dataclass(frozen=True)
class CauseFindings:
    """The causes of one quarter and what later quarters need to recognise them."""

    causes: tuple[Cause, ...]  # biggest first, then those gone since the model's cycle
    assignments: pd.DataFrame  # record_id, cause_id (empty: no cause), sorted by record_id; a row a text
    model: CauseModel
    texts: int  # records with a text, praise left out
    without_cause: int


@dataclass(frozen=True)
class _Quarters:
    """The records with a text, praise left out: COLUMNS, `cluster` (negative: none) and `unique` (row of the text's point)."""

    now: pd.DataFrame
    before: pd.DataFrame  # no row where there is nothing to compare with
    clusters: TextClusters

    def sizes(self, records: pd.DataFrame) -> list[int]:
        """Return how many of the records lie in each cluster."""
        return [int((records["cluster"] == place).sum()) for place in range(len(self.clusters.profiles))]


def find_causes(
    current: pd.DataFrame,
    previous: pd.DataFrame | None,
    model: CauseModel | None,
    *,
    cycle: str,
    departments_of: Mapping[str, tuple[str, ...]],
    customers_at_least: int,
) -> CauseFindings:
    """Return the causes in what customers told us in `cycle`, praise left out.

    `current` and `previous` hold the feedback of the quarter and of the one before, as it stood at the same
    age: record_id, text, kind, customer_id, touchpoint, department. `model` is what the nearest earlier
    cycle knew; `departments_of` names the departments of each touchpoint. A cause is quoted where it
    stands for at least `customers_at_least` different customers; a record without customer_id counts as one.

    Status is `new` for a cause that no earlier one matches and that held much less of the quarter before (a cause
    that is merely cut differently is not new), `gone` for one of the model's own cycle of which nothing is left,
    and otherwise `cannot_tell`: growth is for the caller to judge among all tests of the quarter.

    Change: both quarters are clustered together, without regard to which text is whose, and then each
    quarter's records are counted. The rule is thus the same for both, and where nothing changed the
    two counts differ by chance alone, as the test assumes. Causes found in one quarter and looked up in
    the other would seem to shrink or grow with no change at all.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):  # a sum over several threads may round differently from run to run
        quarters = _cluster(current, previous)
        matched = match(quarters.clusters.profiles, model)
        known = _identify(quarters, matched, model, cycle)
        found = _found(quarters, known, model, departments_of, customers_at_least)
    ids = [known[place].id if place in known else "" for place in quarters.now["cluster"]]
    return CauseFindings(
        causes=found + _gone(quarters, matched, known, model),
        assignments=pd.DataFrame({"record_id": quarters.now["record_id"], "cause_id": pd.Series(ids, dtype="str")}),
        model=updated(model, cycle, known.values()),
        texts=len(ids),
        without_cause=ids.count(""),
    )


def _cluster(current: pd.DataFrame, previous: pd.DataFrame | None) -> _Quarters:
    """Return both quarters' records in clusters of the two together."""
    told = [_told(quarter) for quarter in (current, previous) if quarter is not None]
    pool = pd.concat(told, ignore_index=True)
    clusters = cluster_texts(pool["text"].tolist())
    pool = pool.assign(cluster=clusters.of_record, unique=clusters.unique.of_record)
    return _Quarters(pool.iloc[: len(told[0])], pool.iloc[len(told[0]) :], clusters)


def _told(feedback: pd.DataFrame) -> pd.DataFrame:
    """Return the records with a text that is no praise, sorted by record_id; without customer_id each is a customer of its own."""
    is_told = feedback["text"].fillna("").str.strip().ne("") & feedback["kind"].fillna("").ne("praise")
    told = feedback.loc[is_told, COLUMNS].sort_values("record_id")
    return told.assign(customer=told["customer_id"].fillna("record " + told["record_id"]))


def _identify(quarters: _Quarters, matched: Mapping[int, CauseProfile], model: CauseModel | None, cycle: str) -> dict[int, CauseProfile]:
    """Return the cause that each cluster with a record of this quarter is, by cluster, biggest first."""
    clusters, sizes = quarters.clusters, quarters.sizes(quarters.now)
    present = sorted((place for place, size in enumerate(sizes) if size), key=lambda place: (-sizes[place], place))
    ids = iter(new_ids(cycle, sum(place not in matched for place in present), model))
    texts = pd.concat([quarters.now, quarters.before]).groupby("cluster")["text"]
    labels = {cause.label for cause in (model.causes if model else ())}
    causes: dict[int, CauseProfile] = {}
    for place in present:
        earlier = matched.get(place)
        label = choose_label(clusters, place, texts.get_group(place).tolist(), earlier.label if earlier else None, labels)
        labels.add(label)
        causes[place] = CauseProfile(
            id=earlier.id if earlier else next(ids),
            label=label,
            first_seen=earlier.first_seen if earlier else cycle,
            last_seen=cycle,
            terms=clusters.profiles[place],
        )
    return causes


def _found(
    quarters: _Quarters,
    known: Mapping[int, CauseProfile],
    model: CauseModel | None,
    departments_of: Mapping[str, tuple[str, ...]],
    customers_at_least: int,
) -> tuple[Cause, ...]:
    """Return the causes of this quarter with their evidence, in the order of `known`."""
    clusters = quarters.clusters
    middle = centres(clusters.points, clusters.of_unique)
    earlier_ids = {cause.id for cause in model.causes} if model else {cause.id for cause in known.values()}
    by_cluster = quarters.now.groupby("cluster")
    causes = []
    for place, cause in known.items():
        records, figures = by_cluster.get_group(place), _figures(quarters, place)
        causes.append(
            Cause(
                id=cause.id,
                label=cause.label,
                first_seen=cause.first_seen,
                status="new" if cause.id not in earlier_ids and not _was_there(figures) else "cannot_tell",
                terms=tuple(cause.terms)[:TERMS_SHOWN],
                quotes=quotes(records, clusters.points, middle[place], cause.terms, customers_at_least),
                touchpoints=touchpoints(records),
                departments=departments(records, departments_of),
                **figures,
            )
        )
    return tuple(causes)


def _was_there(figures: Mapping[str, Any]) -> bool:
    """Return whether the texts of a cause without an earlier one were there before, only cut differently."""
    return bool(figures.get("previous_share", 0) >= OLD_SHARE * figures["share"])


def _gone(
    quarters: _Quarters, matched: Mapping[int, CauseProfile], known: Mapping[int, CauseProfile], model: CauseModel | None
) -> tuple[Cause, ...]:
    """Return the causes of the model's own cycle that this quarter holds no record of; none in a quarter without texts.

    An earlier cause that no cluster continues may have merged into another: it is gone only if none resembles it.
    """
    if model is None or quarters.now.empty:
        return ()
    present = {cause.id for cause in known.values()}
    place_of = {cause.id: place for place, cause in matched.items()}
    unseen = [cause for cause in model.causes if cause.last_seen == model.cycle and cause.id not in present]
    gone = [cause for cause in unseen if cause.id in place_of or not any(resembles(cause, other) for other in known.values())]
    return tuple(
        Cause(
            id=cause.id,
            label=cause.label,
            first_seen=cause.first_seen,
            status="gone",
            terms=tuple(cause.terms)[:TERMS_SHOWN],
            **_figures(quarters, place_of.get(cause.id)),
        )
        for cause in gone
    )


def _figures(quarters: _Quarters, place: int | None) -> dict[str, Any]:
    """Return the size of a cluster in both quarters, its share of their texts and the change, as fields of Cause.

    Without a cluster the size is 0 and the earlier size is not known. This quarter has a text at least.
    """
    size, texts = int((quarters.now["cluster"] == place).sum()), len(quarters.now)
    low, high = wilson(size, texts)
    figures = {"size": size, "share": size / texts, "low": float(low), "high": float(high)}
    earlier_size, earlier_texts = int((quarters.before["cluster"] == place).sum()), len(quarters.before)
    if place is None or not earlier_texts:
        return figures
    earlier_share = earlier_size / earlier_texts
    change_low, change_high = newcombe(size, texts, earlier_size, earlier_texts)
    return figures | {
        "previous_size": earlier_size,
        "previous_share": earlier_share,
        "change": figures["share"] - earlier_share,
        "change_low": float(change_low),
        "change_high": float(change_high),
        "p": float(equality_test(size, texts, earlier_size, earlier_texts)),
    }
