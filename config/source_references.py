"""Names in a source that point to nothing: columns, categories, questions, and parts that do not go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from config.programme import Programme
from config.reads import HttpReads, SqlReads
from config.sources import Source
from config.tables import CUSTOMER_NAME, FILLED_BY_US, UNREADABLE

Location = tuple[str | int, ...]
Problem = tuple[Location, str]
_SURELY_MEANT = 0.85


def broken_in_source(source: Source, at: Location, programme: Programme) -> Iterator[Problem]:
    """Yield what is wrong with one source's names."""
    yield from _of_columns(source, at)
    yield from _of_questions(source, at, [touchpoint.id for touchpoint in programme.touchpoints])
    yield from _of_private_columns(source, at)
    yield from _of_categories(source, at, programme)
    yield from _of_overrides(source, at)
    yield from _of_incremental(source, at)


def nearest(given: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" with the known name that is most like the given one, or nothing."""
    matches = get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def unknown(names: Iterable[str], known: Iterable[str], at: Location, what: str) -> Iterator[Problem]:
    """Yield a problem for each name that is not among the known ones."""
    known = list(known)
    for name in names:
        if name not in known:
            yield at, f"{name!r} is no {what}{nearest(name, known)}"


def _of_columns(source: Source, at: Location) -> Iterator[Problem]:
    for column in source.table.required:
        if column not in source.columns:
            row = "record" if source.fills in ("feedback", "ratings") else "row"
            yield (*at, "columns"), f"source {source.id!r} maps no {column!r}, which every {row} needs"
    yield from _of_names(source, source.columns, (*at, "columns"))


def _of_names(source: Source, columns: Iterable[str], at: Location) -> Iterator[Problem]:
    canonical = (*source.table.columns, CUSTOMER_NAME)
    for column in columns:
        if column in FILLED_BY_US or column.endswith(UNREADABLE):
            yield (*at, column), f"{column!r} is filled by Touchstone itself; choose another name"
        meant = get_close_matches(column, canonical, n=1, cutoff=_SURELY_MEANT)
        if meant and column not in canonical:
            yield (*at, column), f"{column!r} is no canonical column; did you mean {meant[0]!r}?"


def _of_questions(source: Source, at: Location, touchpoints: list[str]) -> Iterator[Problem]:
    if source.fills == "ratings" and not source.ratings:
        yield (*at, "fills"), f"source {source.id!r} fills ratings but lists no question under 'ratings'"
    if source.fills != "ratings" and source.ratings:
        yield (*at, "ratings"), f"source {source.id!r} lists questions; write 'fills: ratings'"
    names = [question.question for question in source.ratings]
    for index, question in enumerate(source.ratings):
        if question.question in names[:index]:
            yield (*at, "ratings", index, "question"), f"the question {question.question!r} is listed twice"
        if question.scale[0] >= question.scale[1]:
            yield (*at, "ratings", index, "scale"), "the lowest score comes first, then the highest"
        if question.touchpoint is not None:
            yield from unknown([question.touchpoint], touchpoints, (*at, "ratings", index, "touchpoint"), "touchpoint")


def _of_private_columns(source: Source, at: Location) -> Iterator[Problem]:
    for part in ("pseudonymise", "mask_addresses"):
        yield from unknown(getattr(source, part), source.columns, (*at, part), f"column that source {source.id!r} maps")


def _of_categories(source: Source, at: Location, programme: Programme) -> Iterator[Problem]:
    if programme.taxonomy is None:
        if source.categories:
            yield (*at, "categories"), "the programme has no 'taxonomy' whose categories these could be; add one"
        return
    known = [category.id for category in programme.taxonomy.categories]
    for own, category in source.categories.items():
        yield from unknown([category], known, (*at, "categories", own), "category of the taxonomy")
    if source.categories and "category" not in source.columns:
        yield (*at, "categories"), f"source {source.id!r} maps no 'category' that could be translated"


def _of_overrides(source: Source, at: Location) -> Iterator[Problem]:
    questions = [question.question for question in source.ratings]
    for key, override in source.overrides.items():
        here = (*at, "overrides", key)
        yield from unknown(override.ratings, questions, (*here, "ratings"), f"question of source {source.id!r}")
        yield from _of_names(source, override.columns, (*here, "columns"))
        for column, expression in override.columns.items():
            if expression is None and column in source.table.required:
                yield (*here, "columns", column), f"{column!r} cannot be left out: every record needs it"


def _of_incremental(source: Source, at: Location) -> Iterator[Problem]:
    if source.incremental is None:
        return
    asked = source.reads.sql if isinstance(source.reads, SqlReads) else ""
    if isinstance(source.reads, HttpReads):
        asked = " ".join([source.reads.http, *source.reads.parameters.values()])
    if ":since" not in asked and "{since}" not in asked:
        yield (*at, "incremental"), "only a source that is asked with :since (sql) or {since} (http) can bring what changed alone"
    if source.fills not in ("feedback", "ratings"):
        yield (*at, "incremental"), f"{source.fills} are always read whole; leave it out"
