"""Finds the causes of a quarter: clusters of what customers wrote, counted, named and tracked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from config.causes import CauseDecisions
from config.programme import Programme
from tasks.causes.encoders import Encoder
from tasks.causes.evidence import departments, quotes, shared_by, touchpoints
from tasks.causes.graph import Indices
from tasks.causes.grouping import Grouping, group
from tasks.causes.labels import cause_labels, theme_labels
from tasks.causes.tracking import least_cosine, new_ids, pack, quarters_in_row, size_status, updated
from tasks.inference import equality_test, newcombe, wilson
from tasks.results import Cause, CauseModel, CauseProfile, Theme

TERMS_SHOWN = 10
KEYS = ["source", "record_id"]
COLUMNS = [*KEYS, "text", "customer_id", "touchpoint", "department"]
PRAISE = "praise"
PRAISE_PREFIX = "P"  # of a cause's number, where customers thank


@dataclass(frozen=True)
class Known:
    """What the cycles before know of causes."""

    model: CauseModel | None = None
    assignments: pd.DataFrame | None = None  # source, record_id, cause_id of the previous quarter's records


@dataclass(frozen=True)
class CauseFindings:
    """The causes of one quarter and what later quarters need to recognise them."""

    causes: tuple[Cause, ...]  # biggest first, then those of which the quarter holds nothing
    themes: tuple[Theme, ...]  # biggest first; none where there are few causes
    assignments: pd.DataFrame  # source, record_id, cause_id (empty: no cause), sorted; a row a text
    vectors: pd.DataFrame  # source, record_id, customer_id, vector (16-bit floats) of the texts that the encoder has read
    model: CauseModel
    texts: int  # records with a text
    without_cause: int
    notes: tuple[str, ...]  # decisions that could not be applied


def find_causes(
    current: pd.DataFrame,
    previous: pd.DataFrame | None,
    known: Known,
    *,
    cycle: str,
    programme: Programme,
    encoder: Encoder,
    is_praise: bool = False,
) -> CauseFindings:
    """Return the causes in what customers told us in `cycle`; praise is left out, or looked at alone.

    `current` and `previous` hold the feedback of the quarter and of the one before, as it stood at the same age: COLUMNS and kind.
    The model is what the nearest earlier cycle knew. A cause is quoted where it stands for at least customers_at_least different
    customers; a record without customer_id counts as one. The programme's decisions about causes concern no praise.

    Change: both quarters are clustered together, without regard to which text is whose, and then each quarter's records are counted.
    The rule is thus the same for both, and where nothing changed the two counts differ by chance alone, as the test assumes. Causes
    found in one quarter and looked up in the other would seem to shrink or grow with no change at all. A status is what the cause is
    called if its change is shown; whether it is, is for the caller to judge among all tests of the quarter.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):  # a sum over several threads may round differently from run to run
        told = _told(current, previous, known, is_praise)
        decisions = CauseDecisions() if is_praise else programme.causes
        grouping = group(told, known.model, encoder, decisions)
        names = _names(grouping, known.model, encoder)
        profiles = _identify(grouping, names, known.model, cycle, PRAISE_PREFIX if is_praise else "")
        themes = _themes(grouping, names, profiles, encoder)
    causes = tuple(_cause(told, grouping, place, one, themes, programme) for place, one in profiles.items() if place in _present(grouping))
    now = told.loc[told["is_now"], KEYS].assign(cause_id=_ids(grouping, profiles))
    return CauseFindings(
        causes=causes + _absent(grouping, profiles, known.model),
        themes=tuple(themes.values()),
        assignments=now.reset_index(drop=True),
        vectors=_vectors(told, grouping),
        model=_updated(grouping, profiles, known.model, cycle, encoder),
        texts=len(now),
        without_cause=int((now["cause_id"] == "").sum()),
        notes=grouping.steered.notes,
    )


def _told(current: pd.DataFrame, previous: pd.DataFrame | None, known: Known, is_praise: bool) -> pd.DataFrame:
    """Return the records of both quarters with a text: COLUMNS, customer, is_now, cause_id (of the quarter before, empty: not known)."""
    parts = [_of_kind(current, is_praise).assign(is_now=True, cause_id="")]
    if previous is not None:
        before = _of_kind(previous, is_praise).assign(is_now=False)
        ids = before[KEYS].merge(known.assignments, how="left", on=KEYS)["cause_id"] if known.assignments is not None else None
        parts.append(before.assign(cause_id="" if ids is None else ids.fillna("").to_numpy()))
    return pd.concat(parts, ignore_index=True)


def _of_kind(feedback: pd.DataFrame, is_praise: bool) -> pd.DataFrame:
    """Return the records with a text, sorted; each without customer_id is a customer of its own."""
    is_told = feedback["text"].fillna("").str.strip().ne("") & (feedback["kind"].fillna("").eq(PRAISE) == is_praise)
    told = feedback.loc[is_told, COLUMNS].sort_values(KEYS)
    return told.assign(customer=told["customer_id"].fillna("record " + told["source"] + " " + told["record_id"]))


def _present(grouping: Grouping) -> list[int]:
    """Return the clusters with a record of this quarter, the biggest first."""
    sizes = grouping.pool.now
    return [int(place) for place in np.lexsort((np.arange(len(sizes)), -sizes)) if sizes[place]]


def _names(grouping: Grouping, model: CauseModel | None, encoder: Encoder) -> tuple[str, ...]:
    """Return the label of each cluster: what people call it, else its earlier one while that is apt, else a new one."""
    steered = grouping.steered
    decided = dict(steered.pinned)
    decided |= {place: steered.names[cause.id] for place, cause in grouping.matched.items() if cause.id in steered.names}
    earlier = {place: cause.label for place, cause in grouping.matched.items() if place not in decided}
    held = {cause.id for cause in grouping.matched.values()}
    taken = {cause.label for cause in (model.causes if model else ()) if cause.id not in held} | set(decided.values())
    unique, pool = grouping.unique, grouping.pool
    labels = cause_labels(grouping.phrases, unique.texts, pool.centres, encoder.encode, earlier, taken)
    return tuple(decided.get(place, label) for place, label in enumerate(labels))


def _identify(grouping: Grouping, names: tuple[str, ...], model: CauseModel | None, cycle: str, prefix: str) -> dict[int, CauseProfile]:
    """Return the cause that each cluster is, by cluster: those of this quarter, biggest first, then earlier ones that only the last had."""
    matched, present = grouping.matched, _present(grouping)
    ids = iter(new_ids(cycle, sum(place not in matched for place in present), model, prefix))
    found = {}
    for place in [*present, *(place for place in matched if place not in set(present))]:
        earlier, is_present = matched.get(place), place in present
        found[place] = CauseProfile(
            id=earlier.id if earlier else next(ids),
            label=names[place] if is_present or earlier is None else earlier.label,
            first_seen=earlier.first_seen if earlier else cycle,
            last_seen=cycle if is_present or earlier is None else earlier.last_seen,
            terms=grouping.profiles[place],
            centre=pack(grouping.pool.centres[place]),
            quarters_in_row=quarters_in_row(earlier, cycle) if is_present or earlier is None else earlier.quarters_in_row,
            split_from=_split_from(grouping, place) or (earlier.split_from if earlier else ""),
            pinned=grouping.steered.pinned.get(place, ""),
        )
    return found


def _split_from(grouping: Grouping, place: int) -> str:
    decided = grouping.steered.split_from.get(place, "")
    return decided or next((one.causes[0] for one in grouping.regrouped if one.cluster == place and one.status == "split"), "")


def _themes(grouping: Grouping, names: tuple[str, ...], profiles: Mapping[int, CauseProfile], encoder: Encoder) -> dict[int, Theme]:
    """Return the themes by number, biggest first; none where each cause would be one."""
    theme_of, sizes = grouping.theme_of, grouping.pool.now
    count = int(theme_of.max(initial=-1)) + 1
    if count == len(theme_of):
        return {}
    labels = theme_labels(grouping.phrases, theme_of, grouping.unique.texts, grouping.pool.centres, encoder.encode, names)
    texts = int(grouping.pool.is_now.sum())
    members = {theme: [place for place in _present(grouping) if theme_of[place] == theme] for theme in range(count)}
    found = {}
    for theme, places in sorted(members.items(), key=lambda item: (-int(sizes[item[1]].sum()), item[0])):
        size = int(sizes[places].sum())
        if size:
            low, high = wilson(size, texts)
            ids = tuple(profiles[place].id for place in places)
            found[theme] = Theme(label=labels[theme], causes=ids, size=size, share=size / texts, low=float(low), high=float(high))
    return found


def _cause(
    told: pd.DataFrame, grouping: Grouping, place: int, profile: CauseProfile, themes: Mapping[int, Theme], programme: Programme
) -> Cause:
    pool = grouping.pool
    records = told[pool.is_now & (pool.cluster == place)].assign(point=pool.text[pool.is_now & (pool.cluster == place)])
    departments_of = {touchpoint.id: touchpoint.departments for touchpoint in programme.touchpoints}
    contributors = departments(records, departments_of)
    theme = themes.get(int(grouping.theme_of[place]))
    return Cause(
        id=profile.id,
        label=profile.label,
        first_seen=profile.first_seen,
        customers=int(records["customer"].nunique()),
        terms=tuple(profile.terms)[:TERMS_SHOWN],
        quotes=quotes(records, pool.points, pool.centres[place], profile.terms, programme.rules.customers_at_least, departments_of),
        touchpoints=touchpoints(records),
        departments=contributors,
        shared_by=shared_by(contributors, programme.rules.shared_department_share),
        theme=theme.label if theme else "",
        quarters_in_row=profile.quarters_in_row,
        **_regrouping(grouping, place),
        **_figures(grouping, place),
    )


def _regrouping(grouping: Grouping, place: int) -> dict[str, Any]:
    """Return what the cluster took in or was part of, and its p, as fields of Cause."""
    one = next((one for one in grouping.regrouped if one.cluster == place), None)
    if one is None:
        return {"split_from": grouping.steered.split_from.get(place, "")}
    return {"took_in": one.causes if one.status == "merged" else (), "split_from": _split_from(grouping, place), "p_regrouped": one.p}


def _figures(grouping: Grouping, place: int) -> dict[str, Any]:
    """Return the size of a cluster in both quarters, its share of their texts and the change, as fields of Cause."""
    pool = grouping.pool
    size, texts = int(pool.now[place]), int(pool.is_now.sum())
    low, high = wilson(size, texts) if texts else (0.0, 1.0)
    figures = {"size": size, "share": size / max(texts, 1), "low": float(low), "high": float(high), "status": "cannot_tell"}
    before, texts_before = int(pool.before[place]), int((~pool.is_now).sum())
    if not texts or not texts_before:
        return figures
    change_low, change_high = newcombe(size, texts, before, texts_before)
    return figures | {
        "previous_size": before,
        "previous_share": before / texts_before,
        "change": size / texts - before / texts_before,
        "change_low": float(change_low),
        "change_high": float(change_high),
        "p": float(equality_test(size, texts, before, texts_before)),
        "status": size_status(size, texts, before, texts_before, is_known=place in grouping.matched),
    }


def _absent(grouping: Grouping, profiles: Mapping[int, CauseProfile], model: CauseModel | None) -> tuple[Cause, ...]:
    """Return the causes of the model's own cycle of which this quarter holds no record; none in a quarter without texts.

    Whether one is gone is tested where the quarter before was clustered along. One whose texts lie in other causes now is not told.
    """
    if model is None or not grouping.pool.is_now.any():
        return ()
    sizes, place_of = grouping.pool.now, {one.id: place for place, one in profiles.items()}
    table = grouping.pool.overlaps(len(model.causes)).sum(axis=1)
    seen = {one.id for place, one in profiles.items() if sizes[place]}
    unseen = [cause for cause in model.causes if cause.last_seen == model.cycle and cause.id not in seen]
    told = [cause for cause in unseen if cause.id in place_of or not table[model.causes.index(cause)]]
    nothing = {"size": 0, "share": 0.0, "low": 0.0, "high": float(wilson(0, int(grouping.pool.is_now.sum()))[1]), "status": "cannot_tell"}
    return tuple(
        Cause(
            id=cause.id,
            label=cause.label,
            first_seen=cause.first_seen,
            terms=tuple(cause.terms)[:TERMS_SHOWN],
            quarters_in_row=cause.quarters_in_row,
            **(_figures(grouping, place_of[cause.id]) if cause.id in place_of else nothing),
        )
        for cause in told
    )


def _ids(grouping: Grouping, profiles: Mapping[int, CauseProfile]) -> pd.Series[str]:
    """Return the cause of each of this quarter's records, empty where it has none."""
    ids = np.array([*(profiles[place].id if place in profiles else "" for place in range(len(grouping.pool.centres))), ""], dtype=object)
    return pd.Series(ids[grouping.pool.cluster[grouping.pool.is_now]], dtype="str")


def _vectors(told: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """Return the vectors of this quarter's records that the encoder has read."""
    rows: Indices = np.flatnonzero(grouping.pool.is_now & (grouping.pool.text >= 0))
    stored = [vector.tobytes() for vector in grouping.pool.points.astype(np.float16)]
    kept = told.iloc[rows][[*KEYS, "customer_id"]].reset_index(drop=True)
    return kept.assign(vector=pd.Series([stored[place] for place in grouping.pool.text[rows]], dtype="object"))


def _updated(
    grouping: Grouping, profiles: Mapping[int, CauseProfile], model: CauseModel | None, cycle: str, encoder: Encoder
) -> CauseModel:
    """Return the model after this cycle."""
    merged = {name: profiles[one.cluster].id for one in grouping.regrouped if one.status == "merged" for name in one.causes}
    seen = [one for one in profiles.values() if one.last_seen == cycle]
    return updated(model, cycle, seen, merged, encoder.name, least_cosine(grouping.pool))
