"""Control charts as pictures: for the page in its own colours, alone in light ones, and as PNG for mails. Vega-Lite draws them."""

from __future__ import annotations

import re
from functools import lru_cache
from io import BytesIO

from markupsafe import Markup

from config.look import Look
from reports import formats
from reports.chart_slim import slim
from reports.chart_spec import chart_spec
from reports.charts import HEIGHT, WIDTH, described, kind_of
from reports.tokens import LIGHT
from tasks.results import Chart

VEGA_LITE = "6.4"  # another version may draw other bytes
_KEPT = 2048  # pictures that one process remembers; each is a few thousand bytes

_COLOURS = 64
_FONT = "Liberation Sans"
_COLOUR = re.compile(r"var\(--([\w-]+)\)")


def chart_svg(chart: Chart) -> Markup:
    """Return a chart with at least one point as inline SVG for the page, in the page's colours, its text alternative inside.

    Colours are presentation attributes (fill="var(--ink)"), which a strict policy lets in, and which follow light, dark and print.
    """
    return Markup('<svg class="control" viewBox="0 0 {} {}" role="img">{}{}</svg>').format(
        WIDTH, HEIGHT, _words(chart), _drawn(chart, formats.look_now())
    )


def chart_svg_in_light(chart: Chart) -> str:
    """Return the chart as an SVG file of its own: WIDTH by HEIGHT pixels, light colours written out, on no ground."""
    return _alone(chart, _words(chart))


def chart_png(chart: Chart, scale: float = 2.0) -> bytes:
    """Return the chart as PNG on white, `scale` pixels for each of the SVG's; its text alternative has to stand beside it."""
    return _png(chart, scale, formats.look_now())


@lru_cache(maxsize=_KEPT)
def _png(chart: Chart, scale: float, _look: Look) -> bytes:
    import vl_convert

    ground = Markup('<path fill="{}" d="M0 0h{}v{}h-{}z"/>').format(LIGHT["paper"], WIDTH, HEIGHT, WIDTH)
    return _in_few_colours(vl_convert.svg_to_png(_alone(chart, ground), scale=scale))


def _in_few_colours(png: bytes) -> bytes:
    """Return a picture as a PNG with a palette: an eighth of the bytes."""
    from PIL import Image

    small = BytesIO()
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def _alone(chart: Chart, first: Markup) -> str:
    box = Markup('width="{0}" height="{1}" viewBox="0 0 {0} {1}"').format(WIDTH, HEIGHT)
    head = Markup('<svg xmlns="http://www.w3.org/2000/svg" {} fill="none" font-family="{}" font-size="12">').format(box, _FONT)
    return f"{head}{first}{_COLOUR.sub(lambda name: LIGHT[name[1]], _drawn(chart, formats.look_now()))}</svg>"


def _words(chart: Chart) -> Markup:
    return Markup("<title>{}</title><desc>{}</desc>").format(
        formats.clean(f"{chart.title}, {kind_of(chart)}"), formats.clean(described(chart))
    )


@lru_cache(maxsize=_KEPT)
def _drawn(chart: Chart, _look: Look) -> Markup:
    import vl_convert

    return slim(vl_convert.vegalite_to_svg(chart_spec(chart), vl_version=VEGA_LITE))
