"""The look of a mail: the page's own colours and sizes, written into each tag, because mail programmes drop style sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from reports.tokens import DARK, FONTS, LIGHT, SPACE_REM, TYPE_REM, pixels

_USE = re.compile(r"var\(--([\w-]+)\)")
_FOR_DARK = "@media (prefers-color-scheme: dark)"


@cache
def style_sheet() -> Markup:
    """Return templates/letter.css with the values of reports.tokens in place of their names; KeyError for an unknown one.

    What stands under the query for dark screens gets the dark values. Sizes are in pixels, which every mail programme knows.
    """
    source = files("reports").joinpath("templates", "letter.css").read_text(encoding="utf-8")
    for_light, query, for_dark = source.partition(_FOR_DARK)
    sizes = {name: f"{pixels(name):g}px" for name in (*TYPE_REM, *SPACE_REM)}
    styles = _filled(for_light, {**LIGHT, **FONTS, **sizes}) + query + _filled(for_dark, DARK)
    return Markup(styles)  # noqa: S704 - our own style sheet, which holds nobody's words


def inlined(html: str) -> str:
    """Return an HTML document with its styles in its tags; only what is for dark screens stays in its head. Nothing is loaded."""
    import css_inline

    return css_inline.inline(html, keep_at_rules=True, load_remote_stylesheets=False)


def _filled(sheet: str, values: Mapping[str, str]) -> str:
    return _USE.sub(lambda use: values[use[1]], sheet)
