"""Publishing: render every file from the summary, promote them as one, seal them, renew the history."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pandas as pd

from flows.handover import Counted, Grouped, Published, PublishedFile, Rendered, Snapshot
from flows.history_site import history_files, replace_history
from flows.run import Run, step
from reports import tables
from reports.manifest import manifest_json, refusal_json, seal_json
from reports.page import render_report
from reports.pdf import report_pdf
from reports.quarantine import quarantine_csv
from reports.standard_pages import standard_pages
from reports.validation import render_validation
from reports.workbook import workbook_xlsx
from tasks.follow_ups.life import with_changes
from tasks.ledger.decisions import decision_rows, decisions_of
from tasks.ledger.editions import SNAPSHOT_STEP, output_of
from tasks.ledger.journal import head
from tasks.ledger.models import DecisionRow, FollowUpRow, PublishedObject
from tasks.ledger.views import editions
from tasks.ledger.views import follow_ups as follow_ups_of
from tasks.parquet import parquet_bytes
from tasks.publishing import INDEX, MANIFEST, publish_files, replace_file
from tasks.results import OPEN_STATUSES, CycleSummary, DataQuality, FollowUp, HistoryEntry, Ref
from tasks.small_cells import data_without_small_cells, without_hidden_cases, without_hidden_causes, without_small_cells
from tasks.vault import get_bytes, get_table, put_bytes

PUBLISH_STEP = "publish"
VALIDATION_PAGE = "validation/index.html"
QUARANTINE_LIST = "validation/quarantine.csv"
SEAL = "seal.json"
OUTCOME_COLUMNS = ["record_id", "standard", "touchpoint", "outcome", "source"]


def publish(run: Run, summary: CycleSummary, rendered: Rendered) -> Published:
    """Return what is visible now: every file of the edition, its manifest and seal, and the history page.

    The follow-ups are opened with it, in the same transaction.
    """
    opened = [] if run.is_draft else summary.follow_ups  # a draft asks nothing of anybody
    return step(
        run,
        PUBLISH_STEP,
        Published,
        promote,
        summary,
        rendered,
        rows=lambda result: [*_object_rows(run, result), *_follow_up_rows(run, opened), *_decision_rows(run, summary)],
    )


def publish_refusal(run: Run, data: DataQuality) -> Published:
    """Publish the validation page and a manifest, and nothing else, for a cycle that is not publishable."""
    return step(run, "publish validation", Published, promote_refusal, data, rows=lambda result: _object_rows(run, result))


def render(run: Run, summary: CycleSummary) -> Rendered:
    """Render every file, and keep its bytes in the vault."""
    grouped, counted = run.output("causes", Grouped), run.output("standards", Counted)
    if grouped is None or counted is None:
        raise RuntimeError("a report can be rendered only after Check")
    summary = without_small_cells(summary, run.programme.rules.customers_at_least)
    files = {
        INDEX: render_report(summary),
        **standard_pages(summary),
        VALIDATION_PAGE: render_validation(summary.title, summary.cycle, summary.as_of, summary.timezone, summary.data),
        QUARANTINE_LIST: quarantine_csv(_quarantine(run)),
        "summary.json": tables.summary_json(summary),
        "compliance.csv": tables.compliance_csv(summary),
        "causes.csv": tables.causes_csv(summary),
        "follow_ups.csv": tables.follow_ups_csv(summary),
        "effects.csv": tables.effects_csv(summary),
        "promises.csv": tables.promises_csv(summary),
        "decisions.csv": tables.decisions_csv(summary),
        "assignments.csv": tables.assignments_csv(without_hidden_causes(get_table(run.vault, grouped.assignments), summary)),
        "charts.csv": tables.charts_csv(summary),
        "times.csv": tables.times_csv(summary),
        "slices.csv": tables.slices_csv(summary),
        "drivers.csv": tables.drivers_csv(summary),
        "workbook.xlsx": workbook_xlsx(summary),
        "report.pdf": report_pdf(summary),
        "outcomes.parquet": parquet_bytes(without_hidden_cases(get_table(run.vault, counted.outcomes), summary)[OUTCOME_COLUMNS]),
        **{f"{name}.parquet": parquet_bytes(without_hidden_cases(get_table(run.vault, ref), summary)) for name, ref in _counts(counted)},
    }
    files["datapackage.json"] = tables.datapackage_json(summary, files)
    files[MANIFEST] = manifest_json(summary, files)
    return Rendered(files={name: put_bytes(run.vault, content, f".{name.rpartition('.')[2]}") for name, content in files.items()})


def _counts(counted: Counted) -> list[tuple[str, Ref]]:
    """Return the counts that charts, medians, means and net promoter scores are made from, by name."""
    named = (("counts", counted.counts), ("scores", counted.scores), ("durations", counted.durations))
    return [(name, ref) for name, ref in named if ref is not None]


def with_manifest(run: Run, summary: CycleSummary, rendered: Rendered) -> Rendered:
    """Return the rendered files with their manifest, which versions of the first schema made only when they published."""
    if MANIFEST in rendered.files:
        return rendered
    content = manifest_json(summary, rendered_files(run, rendered))
    return Rendered(files=rendered.files | {MANIFEST: put_bytes(run.vault, content, ".json")})


def rendered_files(run: Run, rendered: Rendered) -> dict[str, bytes]:
    """Return the rendered files by name."""
    return {name: get_bytes(run.vault, ref) for name, ref in rendered.files.items()}


def promote(run: Run, summary: CycleSummary, rendered: Rendered) -> Published:
    """Publish the files, then the seal, then the history page that shows them."""
    files = rendered_files(run, rendered)
    keys = publish_files(run.store, summary.programme, summary.edition, files)
    seq, chain_head = head(run.journal.ledger, summary.programme)
    replace_file(
        run.store,
        f"{summary.programme}/{summary.edition}/{SEAL}",
        seal_json(summary.programme, summary.edition, seq, chain_head, files[MANIFEST]),
    )
    told = CycleSummary.model_validate_json(files["summary.json"])  # as published: without small cells
    entry = _entry(told, hashlib.sha256(files[MANIFEST]).hexdigest(), chain_head)
    entries = [entry, *([] if run.is_draft else _published_before(run))]
    replace_history(run, history_files(run, told, entries, files))
    return Published(files=_listed(keys, files), entry=entry, ledger_head=chain_head)


def promote_refusal(run: Run, data: DataQuality) -> Published:
    """Publish validation page and manifest."""
    programme, cycle = run.programme, str(run.quarter)
    data = data_without_small_cells(data, programme.rules.customers_at_least)
    files = {
        VALIDATION_PAGE: render_validation(programme.title, cycle, run.as_of, programme.timezone, data),
        QUARANTINE_LIST: quarantine_csv(_quarantine(run)),
    }
    files[MANIFEST] = refusal_json(programme.programme, cycle, run.edition, run.as_of.isoformat(), run.programme_sha256, data, files)
    keys = publish_files(run.store, programme.programme, run.edition, files)
    return Published(files=_listed(keys, files), entry=None, ledger_head="")


def _quarantine(run: Run) -> pd.DataFrame:
    snapshot = run.output(SNAPSHOT_STEP, Snapshot)
    if snapshot is None:
        raise RuntimeError("what was quarantined is known only after Do")
    return get_table(run.vault, snapshot.quarantine)


def _listed(keys: Sequence[str], files: Mapping[str, bytes]) -> tuple[PublishedFile, ...]:
    pairs = zip(keys, files.values(), strict=True)
    return tuple(PublishedFile(key=key, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content)) for key, content in pairs)


def _entry(summary: CycleSummary, manifest_sha256: str, ledger_head: str) -> HistoryEntry:
    verdicts = [row.verdict for row in summary.standards]
    return HistoryEntry(
        cycle=summary.cycle,
        edition=summary.edition,
        as_of=summary.as_of,
        headline=summary.headline,
        met=verdicts.count("met"),
        not_met=verdicts.count("not_met"),
        unsure=verdicts.count("uncertain") + verdicts.count("too_few"),
        open_follow_ups=sum(follow_up.status in OPEN_STATUSES for follow_up in summary.follow_ups),
        manifest_sha256=manifest_sha256,
        ledger_head=ledger_head,
        revision_reason=summary.revision_reason,
    )


def _published_before(run: Run) -> list[HistoryEntry]:
    """Return the history entries of all other editions that were published."""
    ledger = run.journal.ledger
    others = [edition for edition in editions(ledger, run.programme.programme) if not edition.is_draft and edition.edition != run.edition]
    outputs = [output_of(ledger, edition, PUBLISH_STEP) for edition in others]
    entries = [Published.model_validate_json(output).entry for output in outputs if output is not None]
    return [entry for entry in entries if entry is not None]


def _follow_up_rows(run: Run, follow_ups: Sequence[FollowUp]) -> list[FollowUpRow]:
    """Return the rows to write; what a person has done to a follow-up meanwhile stays done."""
    programme = run.programme.programme
    changes = {one.id: one.changes for one in follow_ups_of(run.journal.ledger, programme, only_open=False)}
    current = [with_changes(one, changes.get(one.id, ())) for one in follow_ups]
    return [
        FollowUpRow(programme=programme, id=one.id, status=one.status, edition=run.edition, content=one.model_dump_json())
        for one in current
    ]


def _decision_rows(run: Run, summary: CycleSummary) -> list[DecisionRow]:
    """Return the rows of what is proposed for the first time; a draft proposes nothing."""
    known = decisions_of(run.journal.ledger, summary.programme)
    return [] if run.is_draft else decision_rows(summary.programme, run.edition, summary.loop.decisions, known)


def _object_rows(run: Run, published: Published) -> list[PublishedObject]:
    return [PublishedObject(programme=run.programme.programme, edition=run.edition, **file.model_dump()) for file in published.files]
