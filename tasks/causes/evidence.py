"""What stands behind a cause: quotes, and the touchpoints and departments it lies with."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import numpy as np
import pandas as pd

from tasks.causes.graph import Floats
from tasks.causes.quotes import choose, excerpt, said_by
from tasks.results import Contribution, Quote


def quotes(
    records: pd.DataFrame,
    points: Floats,
    centre: Floats,
    terms: Mapping[str, float],
    customers_at_least: int,
    departments_of: Mapping[str, tuple[str, ...]],
) -> tuple[Quote, ...]:
    """Return three to five quotes from a cause's records, none if they are of fewer than `customers_at_least` customers.

    `records` holds record_id, text, customer, touchpoint, department and point, the text's row in `points` (negative: not read, and not
    quoted); `centre` is the cause's, `terms` are the words that set it apart, `departments_of` names those of each touchpoint.
    """
    if records["customer"].nunique() < customers_at_least:
        return ()
    read = records[records["point"] >= 0]
    firsts = read.drop_duplicates("point")
    ids, texts = firsts["record_id"].tolist(), firsts["text"].tolist()
    vectors = points[firsts["point"].to_numpy()]
    chosen = choose(vectors, centre, texts, firsts["customer"].tolist())
    alike = said_by(vectors, texts, np.asarray(read["point"].value_counts()[firsts["point"]], dtype=np.int64), chosen)
    places, own = firsts["touchpoint"].tolist(), firsts["department"].tolist()
    return tuple(
        Quote(
            record_id=ids[row],
            text=excerpt(texts[row], terms),
            said_by=count,
            touchpoint=places[row] if isinstance(places[row], str) else "",
            departments=_departments(own[row], places[row], departments_of),
        )
        for row, count in zip(chosen, alike, strict=True)
    )


def touchpoints(records: pd.DataFrame) -> tuple[Contribution, ...]:
    """Return how many of the records lie with each touchpoint, most first."""
    return _contributions(records["touchpoint"].dropna(), len(records))


def departments(records: pd.DataFrame, departments_of: Mapping[str, tuple[str, ...]]) -> tuple[Contribution, ...]:
    """Return how many of the records lie with each department, most first.

    A record lies with its own department where that is known, otherwise with all of its touchpoint's.
    """
    places = zip(records["department"], records["touchpoint"], strict=True)
    named = [_departments(own, touchpoint, departments_of) for own, touchpoint in places]
    return _contributions(pd.Series(list(chain.from_iterable(named)), dtype="str"), len(records))


def _departments(own: object, touchpoint: str, departments_of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return (own,) if isinstance(own, str) and own else departments_of.get(touchpoint, ())


def shared_by(contributions: tuple[Contribution, ...], share: float) -> tuple[str, ...]:
    """Return the departments that contribute at least such a share, most first."""
    return tuple(part.id for part in contributions if part.share >= share)


def _contributions(ids: pd.Series[str], records: int) -> tuple[Contribution, ...]:
    counted = sorted(ids.value_counts().items(), key=lambda item: (-item[1], item[0]))
    return tuple(Contribution(id=str(name), records=int(count), share=count / records) for name, count in counted)
