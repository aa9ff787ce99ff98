"""Control charts as pictures: what each medium gets, how small it is, and that nothing of the machine enters."""

from __future__ import annotations

import re
import struct
import zlib
from xml.etree import ElementTree

import pytest

from config.look import Look
from reports import formats
from reports.chart_png import small_png
from reports.chart_slim import slim
from reports.pictures import chart_png, chart_svg, chart_svg_in_light
from reports.tokens import LIGHT
from tasks.results import Chart
from tests.reports.sample_findings import CHARTS

LONGEST = max(CHARTS, key=lambda chart: len(chart_svg(chart)))
HOSTILE = CHARTS[0].model_copy(update={"title": '</title><script>alert(1)</script> var(--none) {{ 7 }} " & \u202e'})


def png(lines: list[bytes], width: int) -> bytes:
    """Return an RGBA PNG of lines that are filtered already."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">II5B", width, len(lines), 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(lines))) + chunk(b"IEND", b"")


def chunks(content: bytes) -> dict[bytes, bytes]:
    """Return a PNG's chunks by name, each proved by its checksum."""
    found, at = {}, 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        name, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", content, at + 8 + length) == (zlib.crc32(name + body),)
        found[name] = body
        at += 12 + length
    return found


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
    parts = chunks(content)
    assert len(content) < 25_000
    assert struct.unpack(">II5B", parts[b"IHDR"]) == (960, 400, 8, 3, 0, 0, 0)
    colours = {parts[b"PLTE"][at : at + 3].hex() for at in range(0, len(parts[b"PLTE"]), 3)}
    assert len(colours) <= 256
    assert {LIGHT["paper"][1:], LIGHT["ink"][1:]} <= colours or len(colours) > 100
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


def test_filtered_lines_become_the_right_colours() -> None:
    red, blue = b"\xff\0\0\xff", b"\0\0\xff\xff"
    plain = b"\0" + red + red + blue
    by_left_neighbour = b"\1" + red + b"\0\0\0\0" + b"\x01\0\xff\0"  # 255 + 1 wraps to 0
    parts = chunks(small_png(png([plain, by_left_neighbour], 3)))
    lines = zlib.decompress(parts[b"IDAT"])
    palette = [parts[b"PLTE"][at : at + 3] for at in range(0, 6, 3)]
    assert [[palette[place] for place in lines[at + 1 : at + 4]] for at in (0, 4)] == [[red[:3], red[:3], blue[:3]]] * 2


def test_of_too_many_colours_like_ones_become_one() -> None:
    line = b"\0" + b"".join(bytes([i, i // 2, 255 - i, 255]) for i in range(256)) + b"".join(bytes([0, i, 0, 255]) for i in range(256))
    parts = chunks(small_png(png([line], 512)))
    assert len(parts[b"PLTE"]) <= 3 * 256


def test_a_png_that_cannot_be_read_this_way_is_refused() -> None:
    with pytest.raises(ValueError, match="filtered by something else"):
        small_png(png([b"\4" + b"\0" * 4], 1))


def test_what_looks_alike_becomes_one_path_in_the_order_drawn() -> None:
    drawn = slim(
        '<svg xmlns="http://www.w3.org/2000/svg"><g transform="translate(54,8)"><path class="background" d="M0,0h5"/>'
        '<path transform="translate(1,2)" d="M0,0L3,0L3,-1.25Z" fill="red"/><path transform="translate(10.04,2)" d="M0,0L1,1" fill="red"/>'
        '<line transform="translate(0,9)" x2="4" y2="0" stroke="blue"/><text transform="translate(2,3)">a &lt; b</text></g></svg>'
    )
    assert drawn == (
        '<path fill="red" d="M55 10h3v-1.2zM64 10l1 1"/><path stroke="blue" d="M54 17h4"/><g><text x="56" y="11">a &lt; b</text></g>'
    )


def test_a_path_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(ValueError, match="never asked for"):
        slim('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0,0h4"/></svg>')
