"""Three years of history: how long its pages take, and how big they are; `make bench` prints it for docs/benchmarks.md."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from config.periods import Quarter
from reports.history_pages import history_pages
from reports.history_record import History, LedgerEvent
from tasks.results import CycleSummary, Restatement
from tests.reports import sample_loop
from tests.reports.sample_history import FILES, entry_of
from tests.reports.samples import CAUSES, STANDARDS

EVENTS_A_CYCLE = 400


def quarter(number: int, standards: int, causes: int) -> CycleSummary:
    """Return the n-th quarter of an organisation of that size: a third of its causes are new in every quarter."""
    cycle = str(Quarter(2023, 1).back(-number))
    rows = tuple(
        STANDARDS[i % len(STANDARDS)].model_copy(update={"standard": f"standard-{i}", "touchpoint": "leak-repair"})
        for i in range(standards)
    )
    restatements = tuple(
        Restatement(cycle=str(Quarter.parse(cycle).back(back)), standard=row.standard, touchpoint=row.touchpoint, n=600, met=400, pending=3)
        for row in rows
        for back in range(1, min(number, 4) + 1)
    )
    first = causes // 3 * number
    found = tuple(
        CAUSES[i % len(CAUSES)].model_copy(update={"id": f"2023Q1-{i:04d}", "label": f"What customers say of thing {i}", "size": 20 + i})
        for i in range(first, first + causes)
    )
    follow_ups = tuple(
        one.model_copy(update={"id": f"fu-{i:010x}", "finding": f"standard:standard-{i % standards}:leak-repair"})
        for i, one in enumerate(sample_loop.SUMMARY.follow_ups * (number + 1))
    )
    update = {"cycle": cycle, "edition": cycle, "standards": rows, "restatements": restatements, "causes": found, "follow_ups": follow_ups}
    return sample_loop.SUMMARY.model_copy(update=update | {"as_of": datetime(2023 + number // 4, 12, 9, tzinfo=UTC)})


def history_of(quarters: int, standards: int, causes: int) -> History:
    summaries = tuple(quarter(number, standards, causes) for number in range(quarters))
    entries = tuple(entry_of(summary, "2025Q4").model_copy(update={"edition": summary.edition}) for summary in summaries)
    events = tuple(
        LedgerEvent(seq, "2026-01-12T09:00:00+00:00", summaries[seq % quarters].edition, "step.done", "ann", f"{seq:064x}", "causes")
        for seq in range(quarters * EVENTS_A_CYCLE)
    )
    files = {summary.edition: FILES for summary in summaries}
    return History("aldermere-water", summaries, entries, summaries[-1].follow_ups, events, files=files)


@pytest.mark.bench
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("quarters", "standards", "causes"), [(12, 60, 60), (12, 1_000, 500)])
def test_speed_and_size_of_three_years_of_history(quarters: int, standards: int, causes: int) -> None:
    history = history_of(quarters, standards, causes)
    started = time.perf_counter()
    pages = history_pages(history)
    seconds = time.perf_counter() - started
    name, biggest = max(((name, len(content)) for name, content in pages.items()), key=lambda one: one[1])
    size = f"{len(pages):,} pages, the biggest {biggest / 1e6:.2f} MB ({name})"
    print(f"\n{quarters} quarters, {standards:,} standards and {causes:,} causes each: {size}, {seconds:.1f} s")  # noqa: T201
    assert biggest < 2_000_000
    assert seconds < 20
