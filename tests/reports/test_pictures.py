"""Control charts as pictures: what each medium gets, how small it is, and that nothing of the machine enters."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import pytest
from PIL import Image

from config.look import Look
from reports import formats
from reports.pictures import chart_png, chart_svg, chart_svg_in_light
from reports.tokens import LIGHT
from tasks.results import Chart
from tests.reports.sample_findings import CHARTS

LONGEST = max(CHARTS, key=lambda chart: len(chart_svg(chart)))
HOSTILE = CHARTS[0].model_copy(update={"title": '</title><script>alert(1)</script> var(--none) {{ 7 }} " & \u202e'})


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.subject)
def test_a_chart_on_the_page_is_small_has_its_words_and_no_colour_of_its_own(chart: Chart) -> None:
    drawn = chart_svg(chart)
    assert len(drawn) < 10_000
    assert re.match(r'<svg class="control" viewBox="0 0 480 200" role="img"><title>[^<]+</title><desc>[^<]+</desc><', drawn)
    assert {value for value in re.findall(r'(?:fill|stroke)="([^"]*)"', drawn)} <= {f"var(--{name})" for name in LIGHT}
    assert "style=" not in drawn
    assert "aria-" not in drawn
    assert not re.search(r"\d\.\d\d", re.sub(r"<title>.*?</desc>", "", drawn).replace("stroke-width", "")) or "1.25" in drawn


def test_the_picture_for_paper_stands_alone_in_light_colours() -> None:
    alone = chart_svg_in_light(LONGEST)
    root = ElementTree.fromstring(alone)  # noqa: S314
    assert (root.tag, root.get("width"), root.get("height")) == ("{http://www.w3.org/2000/svg}svg", "480", "200")
    assert "var(" not in alone
    assert {LIGHT["ink"], LIGHT["muted"], LIGHT["track"], LIGHT["bad"]} <= set(re.findall(r'="(#\w+)"', alone))
    paths = re.compile(r' d="([^"]*)"')
    assert paths.findall(alone) == paths.findall(chart_svg(LONGEST)), "the same drawing in another colour"


def test_a_title_can_hold_anything_and_stays_words() -> None:
    for drawn in (str(chart_svg(HOSTILE)), chart_svg_in_light(HOSTILE)):
        title = ElementTree.fromstring(drawn)[0].text  # noqa: S314
        assert title is not None
        assert title.startswith('</title><script>alert(1)</script> var(--none) {{ 7 }} " & ,')


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.subject)
def test_a_picture_for_mails_is_twice_as_large_of_a_palette_and_under_25_kilobytes(chart: Chart) -> None:
    content = chart_png(chart)
    assert len(content) < 25_000
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "P", (960, 400))
        colours = {f"#{red:02x}{green:02x}{blue:02x}" for _, (red, green, blue) in picture.convert("RGB").getcolors() or []}
    assert {LIGHT["paper"], LIGHT["ink"]} <= colours, "ground and ink are as they are on the page"
    assert chart_png(chart, 1.0) != content


def test_a_chart_drawn_twice_has_the_same_bytes() -> None:
    again = LONGEST.model_copy(deep=True)
    assert chart_svg(again) == chart_svg(LONGEST)
    assert chart_png(again) == chart_png(LONGEST)


def test_a_chart_is_labelled_in_the_look_of_its_programme() -> None:
    many = CHARTS[-1].model_copy(
        update={"points": tuple(point.model_copy(update={"value": 10_000.0 + i * 900}) for i, point in enumerate(CHARTS[-1].points[:8]))}
    )
    before = chart_svg(many)
    with formats.written_as(Look(numbers="1.234,5")):
        german = chart_svg(many)
    assert ">10,000<" in before
    assert ">10.000<" in german
    assert chart_svg(many) == before
