"""Times, slices, mix effects, drivers and departments on the page; and that page and tables say the same numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from reports import formats, tables
from reports.departments import arrange_by_department
from reports.page import render_report
from tasks.results import CycleSummary
from tests.reports.markup import Page, plain, read

Row = dict[str, str]


@pytest.fixture
def page(summary: CycleSummary) -> Page:
    return read(render_report(summary))


def rows_of(content: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def number(cell: str) -> float | None:
    return float(cell) if cell else None


def text_of(page: Page, tag: str, words: str) -> str:
    """Return the text of the last element of that tag that holds those words."""
    return [plain(element.text) for element in page.all(tag) if words in plain(element.text)][-1]


# the same numbers in page and tables


def _shares(row: Row) -> list[str]:
    written = [
        formats.share(number(row["share"])),
        formats.share_range(number(row["low"]), number(row["high"])),
        formats.share(number(row["target"])),
    ]
    if row["unweighted_share"]:
        written.append(f"{formats.share(number(row['unweighted_share']))} unweighted")
    for change, low, high, earlier in (
        ("change", "change_low", "change_high", "previous_share"),
        ("year_ago_change", "year_ago_low", "year_ago_high", "year_ago_share"),
    ):
        if row[change]:
            written += [
                formats.change(number(row[change])),
                formats.change_range(number(row[low]), number(row[high])),
                formats.share(number(row[earlier])),
            ]
    return written


def _values(row: Row) -> list[str]:
    unit = row["unit"]
    written = [
        formats.amount_range(number(row["value_low"]), number(row["value_high"]), unit),
        formats.amount(number(row["value_target"]), unit),
    ]
    if row["value"]:
        written.append(formats.amount(number(row["value"]), unit))
    for change, earlier in (("value_change", "value_previous"), ("value_year_ago_change", "value_year_ago")):
        if row[change]:
            ends = formats.difference_range(number(row[f"{change}_low"]), number(row[f"{change}_high"]), unit)
            written += [formats.difference(number(row[change]), unit), ends, formats.amount(number(row[earlier]), unit)]
    return written


def test_every_figure_of_a_standard_on_the_page_is_the_one_in_the_table(page: Page, summary: CycleSummary) -> None:
    rows = rows_of(tables.compliance_csv(summary))
    assert {row["unit"] for row in rows} == {"share", "hours", "working hours", "score", "net promoter"}
    for row in rows:
        shown = plain(page.by_id(f"standard-{row['standard']}-{row['touchpoint']}").text)
        written = _values(row) if row["figure"] != "share" else _shares(row) if row["share"] else ["No decided case"]
        assert [text for text in written if text not in shown] == [], row["standard"]
        for name, ending in (("customers", "customers"), ("n_effective", "independent cases")):
            assert not row[name] or f"{round(float(row[name])):,} {ending}" in shown


def test_a_figure_that_is_no_share_leaves_the_columns_of_shares_empty(summary: CycleSummary) -> None:
    rows = {row["standard"]: row for row in rows_of(tables.compliance_csv(summary))}
    shares = (
        "share",
        "low",
        "high",
        "target",
        "previous_share",
        "change",
        "change_low",
        "change_high",
        "year_ago_share",
        "year_ago_change",
    )
    assert {rows["leak-time"][name] for name in shares} == {""}
    found = [
        rows["leak-time"][name]
        for name in ("figure", "value", "value_low", "value_target", "value_previous", "value_change", "change_verdict")
    ]
    assert found == ["median", "152.400000", "140.250000", "120.000000", "131.000000", "21.400000", "worsened"]
    assert {rows["leaks"][name] for name in rows["leaks"] if name.startswith("value")} == {""}


def test_the_last_judged_point_of_each_chart_is_the_one_in_the_table(page: Page, summary: CycleSummary) -> None:
    rows = rows_of(tables.charts_csv(summary))
    assert len(rows) == sum(len(chart.points) for chart in summary.charts)
    for chart in summary.charts:
        last = [row for row in rows if row["subject"] == chart.subject and row["is_provisional"] == "false"][-1]
        limits = formats.amount_range(number(last["low"]), number(last["high"]), last["unit"])
        expected = [f"Last value {formats.amount(number(last['value']), last['unit'])}", limits]
        tag = "figure" if chart.subject.startswith("standard:") else "li"
        place = next(place.title for place in summary.touchpoints if place.id == chart.touchpoint) if chart.touchpoint != "all" else ""
        words = chart.title if tag == "figure" else place
        assert [text for text in expected if text not in text_of(page, tag, words)] == [], chart.subject


def test_the_signals_in_the_table_are_those_that_the_chart_marks(summary: CycleSummary) -> None:
    rows = [row for row in rows_of(tables.charts_csv(summary)) if row["subject"] == "standard:leaks:leak-repair"]
    assert [row["signals"] for row in rows].count("shift") == 15
    assert "outside_limits;two_of_three;shift" in [row["signals"] for row in rows]
    assert {row["kind"] for row in rows} == {"p_prime"}
    assert {row["is_provisional"] for row in rows[-3:]} == {"true"}


def test_limits_that_are_not_there_are_empty_cells(summary: CycleSummary) -> None:
    rows = [row for row in rows_of(tables.charts_csv(summary)) if row["subject"] == "standard:recommend:bill"]
    assert {(row["low"], row["high"], row["centre"], row["kind"]) for row in rows} == {("", "", "", "")}


def test_times_on_the_page_are_those_in_the_table(page: Page, summary: CycleSummary) -> None:
    for row, stage in zip(rows_of(tables.times_csv(summary)), ("all", "put-right", "put-right"), strict=True):
        shown = plain(page.by_id(f"stage-{stage}").text)
        for name in ("median_hours", "ninety_percent_hours"):
            assert not row[name] or formats.amount(float(row[name]), "hours") in shown
        assert formats.amount_range(number(row["low_hours"]), number(row["high_hours"]), "hours") in shown
        assert f"{int(row['done']):,} of {int(row['n']):,} done {row['waiting']}" in shown


def test_slices_on_the_page_are_those_in_the_table_with_their_parts_flat(page: Page, summary: CycleSummary) -> None:
    rows = rows_of(tables.slices_csv(summary))
    assert [(row["dimension"], row["value"], row["dimension_2"], row["value_2"]) for row in rows] == [
        ("channel", "telephone", "district", "Harwick"),
        ("pipe_material", "lead", "", ""),
        ("district", "Castle Hill", "", ""),
    ]
    for row in rows:
        shown = text_of(page, "tr", row["value"])
        kept = f"{formats.share(float(row['share']))} {formats.share_range(float(row['low']), float(row['high']))}"
        figures = f"{kept} {row['missed']} of {row['n']} missed {formats.share(float(row['elsewhere_share']))}"
        assert f"{figures} {float(row['excess_misses']):.1f} {row['customers']}" in shown


def test_drivers_on_the_page_are_those_in_the_table(page: Page, summary: CycleSummary) -> None:
    rows = rows_of(tables.drivers_csv(summary))
    assert [row["question"] for row in rows] == ["kept_informed", "friendliness", "ease_of_reporting", "tidiness"]
    for row in rows:
        shown = text_of(page, "tr", formats.spoken(row["question"]))
        for share, low, high in (("share", "low", "high"), ("own", "own_low", "own_high")):
            assert f"{formats.share(float(row[share]))} {formats.share_range(float(row[low]), float(row[high]))}" in shown
        assert f"{float(row['correlation']):.2f}".replace("-", "−") in shown
        assert formats.spoken(row["use"]) in shown
    section = plain(page.by_id("drivers").text)
    assert f"go with {formats.share(float(rows[0]['r2']))} of its differences (R², 95 % interval 39.1 to 53.8 %)" in section


# what a reader is told


def test_slices_stand_in_the_stage_of_their_figure_and_those_over_all_across_all_stages(page: Page) -> None:
    assert "channel: telephone, district: Harwick" in plain(page.by_id("stage-all").text)
    assert "pipe material: lead" in plain(page.by_id("stage-put-right").text)
    assert "Where it is worst" not in plain(page.by_id("stage-pay").text)


def test_of_many_slices_ten_are_shown_and_the_rest_are_counted(summary: CycleSummary) -> None:
    page = read(render_report(summary.model_copy(update={"slices": summary.slices[:1] * 13})))
    assert page.by_id("stage-all").text.count("channel: telephone") == 10
    assert "The ten with the most excess misses; 3 more in the file." in plain(page.by_id("stage-all").text)


def test_a_whole_that_its_parts_do_not_follow_is_said_beside_its_change(page: Page) -> None:
    assert (
        "The whole worsened, while among cases of the same channel no change is shown (−0.6 points, −3.0 to +1.8): the mix by channel changed."
    ) in plain(page.by_id("standard-on-time-all").text)
    assert (
        "The whole improved, while among cases of the same bill type it worsened (−2.1 points, −3.9 to −0.3): the mix by bill type changed."
    ) in plain(page.by_id("standard-bill-right-bill").text)
    assert "The whole" not in plain(page.by_id("standard-leaks-leak-repair").text)


def test_times_say_that_open_cases_are_in_them_and_what_is_not_reached(page: Page) -> None:
    shown = plain(page.by_id("stage-put-right").text)
    assert "Open cases are included: they count for as long as they have waited." in shown
    assert "Leak repair visit from when it was told until it was first resolved 152.4 hours 6.4 days 140.2 to 166.0 hours" in shown
    assert "Interrupted supply from when it was told until it was closed for good fewer than half are done 30.5 hours or more" in shown


def test_drivers_are_called_an_association_and_say_what_could_be_left_out_and_what_was_not_looked_at(page: Page) -> None:
    section = plain(page.by_id("drivers").text)
    assert "This is an association; it does not prove that one brings about the other." in section
    assert "Could be left out next time, together: tidiness. Without it less than 1 % of the differences is lost." in section
    assert "Not looked at: fax service (fewer than 100 answered it), parking (every answer is the same)." in section
    assert "61 respondents answered “overall satisfaction”. Fewer than 100 respondents answered the overall question." in section


def test_a_department_shares_the_verdicts_of_every_touchpoint_that_it_shapes(page: Page, summary: CycleSummary) -> None:
    networks = next(one for one in arrange_by_department(summary) if one.title == "Networks")
    assert [place.id for place in networks.accountable_for] == ["leak-repair", "supply"]
    assert networks.verdicts == {"not_met": 2, "uncertain": 1, "too_few": 1}
    section = plain(page.by_id("departments").text)
    assert "Digital Services Online fault form Leak repair visit and The bill 2 met 2 not met 2 uncertain 1 too few" in section
    assert "Standards over all touchpoints are everybody’s, and not counted here." in section


def test_stages_come_before_departments(page: Page) -> None:
    sections = [section.attributes["id"] for section in page.all("section") if "id" in section.attributes]
    assert sections.index("departments") > max(sections.index(name) for name in sections if name.startswith("stage-"))


def test_an_earlier_quarters_value_is_restated_in_its_unit(page: Page) -> None:
    assert "131.5 hours median time of 702 128.0 hours median time of 701" in plain(page.by_id("restatements").text)


def test_no_material_change_is_a_verdict_of_its_own(page: Page) -> None:
    assert "+0.5 hours −1.5 to +2.5 no material change from 151.9 hours in 2024Q4" in plain(
        page.by_id("standard-leak-time-leak-repair").text
    )


def test_what_was_not_found_has_no_heading(empty_summary: CycleSummary) -> None:
    page = read(render_report(empty_summary))
    headings = {plain(element.text) for element in page.all("h2", "h3")}
    assert not headings & {"Over time", "How long it takes", "Where it is worst", "What goes with overall satisfaction", "Control charts"}
    assert not page.all("figure", "details")


WRITERS: dict[str, Callable[[CycleSummary], bytes]] = {
    "times": tables.times_csv,
    "slices": tables.slices_csv,
    "drivers": tables.drivers_csv,
    "charts": tables.charts_csv,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_of_nothing_has_its_header_alone(empty_summary: CycleSummary, name: str) -> None:
    assert len(WRITERS[name](empty_summary).decode().splitlines()) == 1
