"""Every kind of page of the richest sample, as files in a folder, the way that publishing lays them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from reports import tables
from reports.history_pages import history_pages
from reports.history_record import FOLLOW_UPS_PAGE, INDEX_PAGE, History, cause_page, ledger_page, standard_page
from reports.letters import compose
from reports.page import FILES_BESIDE, pages_apart, render_report
from reports.standard_pages import standard_pages
from reports.validation import render_validation
from tasks.results import Adjustment, CycleSummary, DataQuality, Letter, Theme
from tests.reports import sample_loop, samples
from tests.reports.sample_big import big_summary
from tests.reports.sample_history import HEADS, RENAMED, history_from

RICH = sample_loop.SUMMARY.model_copy(
    update={
        "praise": tuple(one.model_copy(update={"id": f"praise-{one.id}"}) for one in samples.CAUSES[:2]),
        "themes": (
            Theme(label="Everything late", causes=tuple(one.id for one in samples.CAUSES[:4]), size=400, share=0.4, low=0.3, high=0.5),
        ),
        "cause_notes": ("Two texts could not be read.",),
    }
)
TABLES: Mapping[str, Callable[[CycleSummary], bytes]] = {
    "compliance.csv": tables.compliance_csv,
    "causes.csv": tables.causes_csv,
    "follow_ups.csv": tables.follow_ups_csv,
    "effects.csv": tables.effects_csv,
    "promises.csv": tables.promises_csv,
    "decisions.csv": tables.decisions_csv,
    "charts.csv": tables.charts_csv,
    "times.csv": tables.times_csv,
    "slices.csv": tables.slices_csv,
    "drivers.csv": tables.drivers_csv,
}
EMPTY = samples.with_nothing()
MANY = big_summary(standards=53, causes=3)  # enough for some standards to have pages of their own
REFUSED = samples.DATA.model_copy(
    update={
        "gate": (samples.DATA.gate[0].model_copy(update={"is_passed": False}), *samples.DATA.gate[1:]),
        "adjustments": (*samples.DATA.adjustments, Adjustment(source="survey", words="A day before a month was taken.", rows=3)),
    }
)
# folders beside the history's: the richest report, one of nothing, one that was refused, one of many standards
WHOLE, BARE, SHUT, FULL = "2026Q2", "2024Q4", "2026Q1", "2026Q3"
KINDS: Mapping[str, str] = {
    "report": f"{WHOLE}/index.html",
    "report of nothing": f"{BARE}/index.html",
    "report of many": f"{FULL}/index.html",
    "standard apart": f"{FULL}/{min(pages_apart(MANY).values())}",
    "validation": f"{WHOLE}/validation/index.html",
    "validation of nothing": f"{BARE}/validation/index.html",
    "refusal": f"{SHUT}/validation/index.html",
    "history": INDEX_PAGE,
    "standard": standard_page("leaks", "leak-repair"),
    "cause": cause_page(RENAMED),
    "follow-ups": FOLLOW_UPS_PAGE,
    "ledger": ledger_page("2025Q4"),
}


def edition_files(summary: CycleSummary) -> dict[str, bytes]:
    """Return an edition's folder: its pages and tables as they are published, and a stub for each file whose content no test here reads."""
    assignments = pd.DataFrame({"record_id": ["C-1", "-2"], "cause_id": [samples.CAUSES[0].id, ""], "source": "desk"}, dtype="str")
    stubs = dict.fromkeys((*FILES_BESIDE, "report.pdf", "validation/quarantine.csv"), b"{}")
    return stubs | {
        "index.html": render_report(summary),
        **standard_pages(summary),
        "validation/index.html": validation(summary, summary.data),
        "summary.json": tables.summary_json(summary),
        "assignments.csv": tables.assignments_csv(assignments),
        **{name: write(summary) for name, write in TABLES.items()},
    }


def validation(summary: CycleSummary, data: DataQuality, cycle: str = "") -> bytes:
    """Return the validation page of a cycle."""
    return render_validation(summary.title, cycle or summary.cycle, summary.as_of, summary.timezone, data)


def letters(summary: CycleSummary) -> tuple[Letter, ...]:
    """Return the letters to every audience."""
    link = "https://reports.aldermere.example/aldermere-water/2025Q4/index.html"
    return compose(summary, samples.AUDIENCES, samples.MAILED_DEPARTMENTS, link, samples.LEDGER_HEAD)


def history(summary: CycleSummary) -> History:
    """Return the four quarters of the sample, with every file that is published."""
    plain = summary.model_copy(update={"themes": ()})  # which name causes that the earlier quarters do not have
    return history_from(plain, files=dict.fromkeys(HEADS, frozenset({*FILES_BESIDE, "report.pdf"})))


def programme_files() -> dict[str, bytes]:
    """Return a programme's published folder: history, editions, one of a quarter of nothing and one that was refused."""
    quarters = {one.cycle: one for one in history(RICH).summaries}
    editions = {edition: quarters[edition.partition(".")[0]] for edition in HEADS}
    files = {f"{edition}/{name}": content for edition, one in editions.items() for name, content in edition_files(one).items()}
    files |= {
        f"{folder}/{name}": content
        for folder, one in ((WHOLE, RICH), (BARE, EMPTY), (FULL, MANY))
        for name, content in edition_files(one).items()
    }
    refused = {"index.html": validation(RICH, REFUSED, SHUT), "quarantine.csv": b"", "../manifest.json": b"{}"}
    files |= {f"{SHUT}/validation/{name}": content for name, content in refused.items()}
    return files | history_pages(history(RICH))


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder, and return it."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
