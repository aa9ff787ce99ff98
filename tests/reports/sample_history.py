"""Four quarters of the invented water company: a cause renamed, one merged, one split off, one gone, a late standard, a revision."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from reports.history_record import History, LedgerEvent, LeftOut
from tasks.results import Cause, CycleSummary, HistoryEntry, Resolutions, Restatement
from tests.reports import sample_loop
from tests.reports.samples import CAUSES, RESTATEMENTS, STANDARDS, cause_of

CYCLES = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
EDITIONS = ("2025Q1", "2025Q2", "2025Q3.r2", "2025Q4")
LATE = "form-works"  # the standard that is first reported in 2025Q3
FILES = frozenset({"compliance.csv", "causes.csv", "follow_ups.csv", "summary.json", "datapackage.json", "index.html"})
RENAMED, MERGED, SPLIT, GONE = "2025Q1-01", "2025Q1-02", "2025Q3-07", "2024Q3-05"
HEADS = {edition: f"{i}b" * 32 for i, edition in enumerate(("2025Q1", "2025Q2", "2025Q3", "2025Q3.r2", "2025Q4"))}


def _later(cause: Cause, **update: Any) -> Cause:
    return cause.model_copy(update=update)


def _causes(cycle: str) -> tuple[Cause, ...]:
    """Return one cause that is renamed in 2025Q3, one that is taken in by it in 2025Q4, one that comes apart, and one that goes."""
    renamed, merged = CAUSES[0], CAUSES[1]
    gone = cause_of(5, "Waiting on hold", "2024Q3", 96, "recurring", None, (("phone-line",), ("customer-care",)))
    part = cause_of(7, "Bill by post is late", "2025Q3", 40, "split", None)
    if cycle in ("2025Q1", "2025Q2"):
        return _later(renamed, label="Repair put off", status="recurring"), merged, gone
    if cycle == "2025Q3":
        return _later(renamed, status="steady"), merged, _later(part, split_from=MERGED), _later(gone, size=0, share=0.0, status="gone")
    return _later(renamed, took_in=(MERGED,), status="merged", previous_size=201), _later(part, status="recurring")


def _quarter(cycle: str, edition: str, number: int, source: CycleSummary) -> CycleSummary:
    is_newest = cycle == CYCLES[-1]
    standards = tuple(row for row in STANDARDS if row.standard != LATE or number >= 2)
    restatements = RESTATEMENTS if is_newest else ()
    if cycle == "2025Q3":
        restatements = (Restatement(cycle="2025Q2", standard="on-time", touchpoint="all", n=1700, met=1220, pending=90),)
    return source.model_copy(
        update={
            "cycle": cycle,
            "edition": edition,
            "as_of": datetime(2025 + (number == 3), (4, 7, 10, 1)[number], 12, 9, tzinfo=UTC),
            "revision_reason": "The survey file held September twice." if ".r" in edition else "",
            "standards": standards,
            "restatements": restatements,
            "causes": _causes(cycle),
            "loop": source.loop.model_copy(update={"resolutions": Resolutions(claimed=number, shown=number // 2)}),
        }
    )


def entry_of(summary: CycleSummary, edition: str = "") -> HistoryEntry:
    """Return the entry that publishing makes of a summary."""
    verdicts = [row.verdict for row in summary.standards]
    return HistoryEntry(
        cycle=summary.cycle,
        edition=edition or summary.edition,
        as_of=summary.as_of,
        headline=summary.headline,
        met=verdicts.count("met"),
        not_met=verdicts.count("not_met"),
        unsure=verdicts.count("uncertain") + verdicts.count("too_few"),
        open_follow_ups=4,
        manifest_sha256="a1" * 32,
        ledger_head=HEADS[edition or summary.edition],
        revision_reason="" if edition else summary.revision_reason,
    )


def history_from(source: CycleSummary, **update: Any) -> History:
    """Return the four quarters with all that is not told apart here as in `source`."""
    quarters = zip(CYCLES, EDITIONS, range(len(CYCLES)), strict=True)
    summaries = tuple(_quarter(cycle, edition, number, source) for cycle, edition, number in quarters)
    entries = [entry_of(summary) for summary in summaries]
    entries.append(entry_of(summaries[2], "2025Q3"))
    kinds = ("cycle.opened", "step.started", "step.done")
    events = [
        LedgerEvent(
            seq=3 * i + j + 1,
            at=f"2026-01-12T09:0{i}:0{j}.123456+00:00",
            edition=edition,
            kind=kind,
            actor="ann",
            hash=HEADS[edition] if j == 1 else f"{i}{j}" * 32,
            step="" if j == 0 else "plan",
        )
        for i, edition in enumerate(HEADS)
        for j, kind in enumerate(kinds)
    ]
    events.append(LedgerEvent(seq=16, at="2026-01-13T09:00:00+00:00", edition="", kind="words.expired", actor="ann", hash="ef" * 32))
    whole: dict[str, Any] = {
        "programme": source.programme,
        "summaries": summaries,
        "entries": tuple(entries),
        "follow_ups": summaries[-1].follow_ups,
        "events": tuple(events),
        "left_out": (),
        "files": dict.fromkeys(HEADS, FILES),
    }
    return History(**whole | update)


HISTORY = history_from(sample_loop.SUMMARY)
WITH_ONE_LEFT_OUT = history_from(sample_loop.SUMMARY, left_out=(LeftOut("2024Q4", "its summary.json is no longer in the store"),))
