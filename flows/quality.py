"""What the reports say about a cycle's data: feeds, pipes, categories, late records, response rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from config.programme import Programme
from expectations.feeds import Feed, FeedResult, check_feeds
from flows.handover import Plan, Pulled, SnapshotQuality
from flows.run import Run
from tasks.late import late_records
from tasks.responses import response_rates
from tasks.results import Adjustment, CategoryUse, FeedFinding, LateRecords, PipeCount
from tasks.taxonomy import categorised_counts, unmapped_categories
from tasks.vault import get_table

_MARKED = {
    "is_duplicate_case": "a case closed as a duplicate of another, which counts and is shown apart",
    "form_letter": "a text that is nearly the same as another's, which counts and is marked",
}
_ADMITTED = "a quarantined record that was let in, by hand or read again"


def quality_of(
    run: Run, plan: Plan, pulled: Sequence[Pulled], feedback: pd.DataFrame, invitations: pd.DataFrame, admitted: Mapping[str, int]
) -> SnapshotQuality:
    """Return what is said of a cycle's data beyond the accounts; `feedback` is that of all quarters, `admitted` counts by source."""
    current = feedback.loc[feedback["cycle"] == str(run.quarter)]
    return SnapshotQuality(
        adjustments=(*(one for each in pulled for one in each.adjustments), *_marked(current), *_admitted(admitted)),
        files=tuple(file for one in pulled for file in one.files),
        feeds=_feeds(run, pulled, feedback),
        late=tuple(_late(run, plan, feedback)),
        pipes=_pipes(current),
        categories=_categories(run.programme, current),
        responses=response_rates(invitations, feedback, str(run.quarter), run.as_of),
    )


def _marked(current: pd.DataFrame) -> list[Adjustment]:
    """Return how many records of each source bear a mark."""
    found = []
    for name, words in _MARKED.items():
        if name in current:
            is_marked = current[name].notna() if name == "form_letter" else current[name].fillna(value=False).astype("bool")
            counts = current.loc[is_marked, "source"].value_counts().sort_index()
            found += [Adjustment(source=str(source), words=words, rows=int(count)) for source, count in counts.items()]
    return found


def _admitted(counts: Mapping[str, int]) -> list[Adjustment]:
    return [Adjustment(source=source, words=_ADMITTED, rows=count) for source, count in sorted(counts.items()) if count]


def _feeds(run: Run, pulled: Sequence[Pulled], feedback: pd.DataFrame) -> tuple[FeedFinding, ...]:
    _, ends = run.programme.span(run.quarter)
    counts = feedback.groupby(["source", "cycle"])["occurred_at"].agg(["size", "max"])
    late_after = {source.id: source.late_after_days for source in run.programme.sources}
    feeds = [
        Feed(
            source=one.source,
            newest=counts["max"].get((one.source, str(run.quarter))),
            quarter_end=ends,
            as_of=run.as_of,
            late_after_days=late_after[one.source],
            records=one.account.accepted,
            earlier_records=_since_its_first(
                [int(counts["size"].get((one.source, known.cycle), 0)) for known in one.known if known.until is not None]
            ),
        )
        for one in pulled
        if one.fills in ("feedback", "ratings")
    ]
    results = check_feeds(feeds)
    return tuple(_feed_finding(feed, results) for feed in feeds)


def _since_its_first(counts: Sequence[int]) -> tuple[int, ...]:
    """Return the counts, nearest first, without the quarters before the feed's first record: it was not there yet."""
    return tuple(counts[: max((number for number, count in enumerate(counts, 1) if count), default=0)])


def _feed_finding(feed: Feed, results: Sequence[FeedResult]) -> FeedFinding:
    return FeedFinding(
        source=feed.source,
        records=feed.records,
        newest=feed.newest,
        earlier_records=feed.earlier_records,
        warnings=tuple(f"{one.rule}: {one.notes}" for one in results if one.source == feed.source and not one.is_kept),
    )


def _late(run: Run, plan: Plan, feedback: pd.DataFrame) -> list[LateRecords]:
    """Return what changed in each earlier quarter that has a finished cycle of its own."""
    found = []
    for earlier in plan.earlier:
        closed = get_table(run.vault, earlier.feedback)
        both = (table.loc[table["cycle"] == earlier.cycle] for table in (closed, feedback))
        found.append(late_records(earlier.cycle, *both))
    return found


def _pipes(current: pd.DataFrame) -> tuple[PipeCount, ...]:
    channel = current["channel"].fillna("") if "channel" in current else pd.Series("", index=current.index, dtype="str")
    counts = current.assign(channel=channel).value_counts(["pipe", "channel", "is_internal"], sort=False).sort_index().reset_index()
    return tuple(
        PipeCount(pipe=row["pipe"], channel=row["channel"], is_internal=bool(row["is_internal"]), records=int(row["count"]))
        for row in counts.to_dict("records")
    )


def _categories(programme: Programme, current: pd.DataFrame) -> tuple[CategoryUse, ...]:
    if programme.taxonomy is None:
        return ()
    found = []
    for source in programme.sources:
        rows = current.loc[current["source"] == source.id]
        categorised, unmapped = categorised_counts(rows)
        names = unmapped_categories(rows, programme.rules.customers_at_least)
        found.append(CategoryUse(source=source.id, categorised=categorised, unmapped=unmapped, names=names))
    return tuple(found)
