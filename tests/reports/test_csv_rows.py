"""Every figure of the page leads to its row in the files beside it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping

import pytest

from reports import tables
from reports.csv_rows import csv_rows
from reports.page import render_report
from tasks.results import CycleSummary
from tests.reports import sample_loop, samples
from tests.reports.markup import Page, plain, read

FILES: Mapping[str, Callable[[CycleSummary], bytes]] = {
    "compliance.csv": tables.compliance_csv,
    "causes.csv": tables.causes_csv,
    "follow_ups.csv": tables.follow_ups_csv,
    "effects.csv": tables.effects_csv,
    "promises.csv": tables.promises_csv,
    "decisions.csv": tables.decisions_csv,
    "times.csv": tables.times_csv,
    "slices.csv": tables.slices_csv,
    "drivers.csv": tables.drivers_csv,
    "charts.csv": tables.charts_csv,
}
KEYS: Mapping[str, tuple[str, ...]] = {
    "compliance.csv": ("standard", "touchpoint"),
    "times.csv": ("touchpoint", "start", "end"),
    "slices.csv": ("standard", "touchpoint", "dimension", "value", "dimension_2", "value_2"),
    "drivers.csv": ("source", "overall", "question"),
    "charts.csv": ("subject",),
    "effects.csv": ("follow_up",),
}


def rows_at(link: str, content: bytes) -> list[dict[str, str]]:
    """Return the rows that a fragment of RFC 7111 names, the header being row 1."""
    first, last = re.fullmatch(r"[\w.]+#row=(\d+)-?(\d*)", link).groups()  # type: ignore[union-attr]
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[int(first) - 1 : int(last or first)]]


@pytest.mark.parametrize("quarter", [samples.SUMMARY, sample_loop.SUMMARY], ids=["findings", "loop"])
def test_each_link_names_the_rows_that_bear_its_key_and_no_row_is_left_without(quarter: CycleSummary) -> None:
    contents = {file: make(quarter) for file, make in FILES.items()}
    counted = dict.fromkeys(FILES, 0)
    for (file, *key), link in csv_rows(quarter).items():
        found = rows_at(link, contents[file])
        names = KEYS.get(file, ("id",))
        assert {tuple(row[name] for name in names if row[name]) for row in found} == {tuple(part.lstrip("'") for part in key if part)}
        counted[file] += len(found)
    assert counted == {file: len(contents[file].decode().splitlines()) - 1 for file in FILES}


def links_of(page: Page) -> list[tuple[str, str]]:
    """Return each link to a row with what it says."""
    return [(one.attributes["href"], plain(one.text)) for one in page.all("a") if "#row=" in one.attributes["href"]]


def numbers(cells: Iterable[str]) -> set[str]:
    """Return the numbers of a row as a page could write them: shares as per cent, differences as points, all with one to three places."""
    known: set[str] = set()
    for cell in cells:
        try:
            value = float(cell)
        except ValueError:
            continue
        known |= {f"{number:,.{places}f}".lstrip("-") for number in (value, value * 100) for places in (0, 1, 2)}
    return known


def test_every_figure_that_leads_to_a_row_stands_in_that_row() -> None:
    for quarter in (samples.SUMMARY, sample_loop.SUMMARY):
        page = read(render_report(quarter))
        contents = {file: make(quarter) for file, make in FILES.items()}
        figures = [
            (link, words)
            for link, words in links_of(page)
            if re.match(r"[+−]?\d[\d,.]* (%|points|hours|working hours)|[+−]?\d+\.\d+$", words)
        ]
        assert len(figures) > 20
        for link, words in figures:
            (row,) = rows_at(link, contents[link.partition("#")[0]])
            assert words.split()[0].lstrip("+−") in numbers(row.values()), (link, words)


def test_every_standard_cause_follow_up_chart_time_slice_driver_promise_decision_and_effect_has_its_link_on_the_page() -> None:
    shown: set[str] = set()
    known: set[str] = set()
    for quarter in (samples.SUMMARY, sample_loop.SUMMARY):
        shown |= {link for link, _ in links_of(read(render_report(quarter)))}
        known |= {link for link in csv_rows(quarter).values()}
    assert {link.partition("#")[0] for link in shown} == set(FILES)
    assert known - shown == set()


def test_links_of_a_page_in_a_folder_lead_out_of_it() -> None:
    assert set(csv_rows(samples.SUMMARY, "../").values()) == {f"../{link}" for link in csv_rows(samples.SUMMARY).values()}
