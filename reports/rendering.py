"""One template environment for everything in HTML: values are escaped, cleaned, and missing ones are an error."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import causes, charts, csv_rows, effects, figures, formats, loop, pictures, tokens, words
from reports.words import assurance_sign, variation_sign
from tasks.small_cells import is_hidden

_TEXTS_KEPT = 4096  # most of what a page prints is printed again: names, verdicts, small numbers
_FILTERS: tuple[Callable[..., object], ...] = (
    formats.amount,
    formats.amount_range,
    formats.share,
    formats.share_range,
    formats.change,
    formats.change_range,
    formats.count,
    formats.counted,
    formats.decimal,
    formats.day,
    formats.deadline,
    formats.in_days,
    formats.listed,
    formats.local_day,
    formats.spoken,
    formats.short_hash,
    figures.kind,
    figures.is_time,
    is_hidden,
    figures.figure,
    figures.interval,
    figures.target,
    figures.difference,
    figures.difference_range,
    figures.earlier,
    figures.bar,
    pictures.chart_svg,
    csv_rows.slice_key,
    charts.spark,
    causes.seen_for,
    causes.came_from,
    causes.week_line,
    causes.weeks_in_words,
    causes.name_in,
    charts.kind_of,
    charts.summary_of,
    charts.described,
    charts.marks_among,
    effects.claims,
    effects.unjudged,
    effects.effect_sentence,
    effects.effect_bar,
    effects.kept_bar,
    effects.moved,
    effects.points,
    effects.is_about_texts,
    loop.choices,
    loop.choice_meaning,
    loop.decide_command,
    loop.update_command,
    variation_sign,
    assurance_sign,
)
_SIGNS: Mapping[str, object] = {
    "verdicts": words.VERDICTS,
    "changes": words.CHANGES,
    "cause_statuses": words.CAUSE_STATUSES,
    "uses": words.USES,
    "follow_up_statuses": words.FOLLOW_UP_STATUSES,
    "next_steps": words.NEXT_STEPS,
    "effects": words.EFFECTS,
    "predictions": words.PREDICTIONS,
    "decision_kinds": words.DECISIONS,
    "refused": words.REFUSED,
    "made": words.MADE,
    "made_meanings": words.MADE_MEANINGS,
}


def render(template: str, **context: object) -> bytes:
    """Return a template of reports/templates filled with `context`, as UTF-8; raises jinja2.UndefinedError for a name not given."""
    return _environment().get_template(template).render(**context).encode()


def render_page(template: str, *, has_logo: bool = True, **context: object) -> bytes:
    """Return a whole HTML page: `render`, with the style sheet inside and a policy that lets only this style sheet in.

    It is headed by the logo of the look that it is written in; pages of which there are thousands go without.
    """
    style, digest = _style()
    return render(template, style=style, style_hash=digest, logo=formats.look_now().logo if has_logo else "", **context)


@cache
def _style() -> tuple[Markup, str]:
    """Return the style sheet, our tokens first, and its sha256 as a policy names it."""
    source = tokens.custom_properties() + files("reports").joinpath("templates", "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    return Markup(source), digest  # noqa: S704 - our own style sheet, which holds nobody's words


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update((function.__name__, function) for function in _FILTERS)
    environment.globals.update(_SIGNS, instant=formats.instant, period=formats.period)
    return environment


def _clean(value: object) -> object:
    """Return every text that a template prints on one line and without direction controls; what is markup already stays."""
    if type(value) is Markup or not isinstance(value, str):
        return value
    return _cleaned(value)


@lru_cache(maxsize=_TEXTS_KEPT)
def _cleaned(text: str) -> str:
    return formats.clean(text).replace(" %", "\u00a0%")  # no line may end between a number and its per cent sign
