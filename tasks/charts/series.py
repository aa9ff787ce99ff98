"""The charts of one programme: a chart a standard and place, and one of the records at each touchpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS, Rebasing
from tasks.charts.baselines import Past
from tasks.charts.build import Subject, choose_period, count_chart, share_chart, value_chart
from tasks.results import Baseline, Chart, Period
from tasks.standards.counts import Tally
from tasks.standards.definitions import VOLUME
from tasks.standards.estimates import Figured, by_figure, figured
from tasks.standards.figures import estimate, target_of, unit_of
from tasks.working_time import minutes_a_day


@dataclass(frozen=True)
class Reach:
    """The days that are wholly known, first and last included, and the first day of the current quarter."""

    known_from: date
    known_until: date
    current_from: date


def draw_charts(
    tally: Tally, programme: Programme, definitions: Mapping[str, str], earlier: Mapping[str, Baseline], reach: Reach
) -> tuple[Chart, ...]:
    """Return the charts of up to eight quarters' counts, added up and all of the present definition; `earlier` are limits by subject."""
    shares = dict(by_figure(tally.counts))
    values = dict([*by_figure(tally.scores), *by_figure(tally.durations)])
    records = {str(place): rows for place, rows in tally.records.groupby("touchpoint", observed=True)}
    found: list[Chart] = []
    for one in figured(programme):
        subject = _subject(one, programme, definitions)
        past = Past(earlier.get(subject.subject), _rebasing(one, programme), reach.current_from)
        table = (shares if one.standard.is_share else values).get((one.standard.id, one.place))
        if table is not None:
            found.append(
                share_chart(subject, table, **vars(past)) if one.standard.is_share else _values(subject, one, table, programme, past)
            )
    return (*found, *_volumes(records, programme, definitions, earlier, reach))


def _subject(one: Figured, programme: Programme, definitions: Mapping[str, str]) -> Subject:
    standard, measure = one.standard, one.standard.measure
    return Subject(
        subject=f"standard:{standard.id}:{one.place}",
        touchpoint=one.place,
        stage=ALL_TOUCHPOINTS if one.place == ALL_TOUCHPOINTS else programme.touchpoint(one.place).stage,
        title=standard.name,
        unit=unit_of(measure),
        target=standard.target_share if standard.is_share else target_of(measure, minutes_a_day(programme.working_time)),
        is_higher_better=measure.is_higher_better,
        definition=definitions[standard.id],
    )


def _rebasing(one: Figured, programme: Programme) -> Rebasing | None:
    """Return the latest decision that is about this chart."""
    own = [each for each in programme.rebased if each.standard == one.standard.id and each.touchpoint in (None, one.place)]
    return max(own, key=lambda each: each.first, default=None)


def _values(subject: Subject, one: Figured, table: pd.DataFrame, programme: Programme, past: Past) -> Chart:
    cases = table[[name for name in ("n", "done", "waiting") if name in table]].sum(axis=1).to_numpy()
    period: Period = choose_period(subject, table["week"].to_numpy(), cases, past.earlier)
    day = minutes_a_day(programme.working_time)
    points = [_point(starts, rows, one, day) for starts, rows in table.groupby(period, observed=True)]
    return value_chart(subject, pd.DataFrame(points), period, **vars(past))


def _point(starts: object, rows: pd.DataFrame, one: Figured, day: int) -> dict[str, object]:
    found = estimate(one.standard.measure, rows, day)
    waiting = rows["waiting"].sum() if "waiting" in rows else 0
    value = np.nan if found.value is None else found.value
    # a median needs half of its cases done, and stays where it is once they are
    is_provisional = found.value is None or (one.standard.measure.figure != "median" and 5 * waiting > found.n)
    return {"starts": pd.Timestamp(str(starts)).date(), "n": found.n, "value": value, "is_provisional": is_provisional}


def _volumes(
    records: Mapping[str, pd.DataFrame],
    programme: Programme,
    definitions: Mapping[str, str],
    earlier: Mapping[str, Baseline],
    reach: Reach,
) -> Iterator[Chart]:
    for touchpoint in programme.touchpoints:
        if touchpoint.id in records:
            name = f"{VOLUME}:{touchpoint.id}"
            subject = Subject(
                name, touchpoint.id, touchpoint.stage, f"Records: {touchpoint.title}", "records", None, None, definitions[VOLUME]
            )
            yield count_chart(
                subject,
                records[touchpoint.id],
                known_from=reach.known_from,
                known_until=reach.known_until,
                earlier=earlier.get(name),
                rebased=None,
                current_from=reach.current_from,
            )
