"""Names in a programme that point to nothing, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from config.measures import Rating
from config.programme import ALL_TOUCHPOINTS, Programme, Standard, Touchpoint
from config.sources import Source
from config.tables import CUSTOMER_NAME, FEEDBACK_COLUMNS, FEEDBACK_REQUIRED, FILLED_BY_US, UNREADABLE

Location = tuple[str | int, ...]
Problem = tuple[Location, str]
Names = Mapping[str, list[str]]
_WITH_IDS = ("stages", "departments", "touchpoints", "standards", "sources", "audiences")
_NOT_FOR_WHERE = {CUSTOMER_NAME, "text", "record_id", "customer_id"}
_SURELY_MEANT = 0.85


def broken_references(programme: Programme) -> Iterator[Problem]:
    """Yield every name that points to nothing, every id given twice, every required column that is missing."""
    ids = {part: [item.id for item in getattr(programme, part)] for part in _WITH_IDS}
    for part, names in ids.items():
        for index, name in enumerate(names):
            if name in names[:index]:
                yield (part, index, "id"), f"the id {name!r} is given twice"
    for index, source in enumerate(programme.sources):  # first: a misspelt column here breaks other parts
        yield from _of_columns(source, ("sources", index))
        yield from _of_questions(source, ("sources", index), ids["touchpoints"])
    columns = _where_columns(programme)
    for index, touchpoint in enumerate(programme.touchpoints):
        yield from _of_touchpoint(touchpoint, ("touchpoints", index), ids, columns)
    for index, standard in enumerate(programme.standards):
        yield from _of_standard(standard, ("standards", index), ids["touchpoints"], programme)
    yield from _of_approvals(programme)


def _of_approvals(programme: Programme) -> Iterator[Problem]:
    if programme.approvals and not any(audience.gets == "approvals" and audience.mail for audience in programme.audiences):
        yield ("approvals",), "nobody is asked for them; add an audience that gets approvals"
    for index, subject in enumerate(programme.approvals):
        if subject in programme.approvals[:index]:
            yield ("approvals", index), f"{subject!r} is given twice"


def nearest(given: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" with the known name that is most like the given one, or nothing."""
    matches = get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def _of_touchpoint(touchpoint: Touchpoint, at: Location, ids: Names, columns: list[str]) -> Iterator[Problem]:
    if touchpoint.id == ALL_TOUCHPOINTS:
        yield (*at, "id"), "'all' stands for all touchpoints; choose another id"
    yield from _unknown([touchpoint.stage], ids["stages"], (*at, "stage"), "stage")
    yield from _unknown(touchpoint.departments, ids["departments"], (*at, "departments"), "department")
    yield from _unknown([touchpoint.accountable], touchpoint.departments, (*at, "accountable"), "department of this touchpoint")
    for column in touchpoint.where:
        if column not in columns:
            yield (*at, "where", column), f"no source maps a column {column!r}{nearest(column, columns)}"


def _of_standard(standard: Standard, at: Location, touchpoints: list[str], programme: Programme) -> Iterator[Problem]:
    places = [place for place in standard.places if place != ALL_TOUCHPOINTS]
    yield from _unknown(places, touchpoints, (*at, "touchpoints"), "touchpoint")
    for index, place in enumerate(places):
        if place in places[:index]:
            yield (*at, "touchpoints", index), f"the touchpoint {place!r} is given twice"
    if isinstance(standard.measure, Rating):
        questions = [question.question for source in programme.sources for question in source.ratings]
        yield from _unknown([standard.measure.rating], questions, (*at, "measure", "rating"), "question of any source")
    elif not any(set(standard.measure.columns) <= set(source.columns) for source in programme.sources):
        wanted = " and ".join(repr(column) for column in standard.measure.columns)
        known = sorted({name for source in programme.sources for name in source.columns})
        yield (*at, "measure"), f"no source maps {wanted}{nearest(standard.measure.columns[-1], known)}"


def _of_columns(source: Source, at: Location) -> Iterator[Problem]:
    for column in FEEDBACK_REQUIRED:
        if column not in source.columns:
            yield (*at, "columns"), f"source {source.id!r} maps no {column!r}, which every record needs"
    canonical = (*FEEDBACK_COLUMNS, CUSTOMER_NAME)
    for column in source.columns:
        if column in FILLED_BY_US or column.endswith(UNREADABLE):
            yield (*at, "columns", column), f"{column!r} is filled by Touchstone itself; choose another name"
        meant = get_close_matches(column, canonical, n=1, cutoff=_SURELY_MEANT)
        if meant and column not in canonical:
            yield (*at, "columns", column), f"{column!r} is no canonical column; did you mean {meant[0]!r}?"


def _of_questions(source: Source, at: Location, touchpoints: list[str]) -> Iterator[Problem]:
    if source.fills == "ratings" and not source.ratings:
        yield (*at, "fills"), f"source {source.id!r} fills ratings but lists no question under 'ratings'"
    if source.fills == "feedback" and source.ratings:
        yield (*at, "ratings"), f"source {source.id!r} lists questions; write 'fills: ratings'"
    for index, question in enumerate(source.ratings):
        if question.touchpoint is not None:
            yield from _unknown([question.touchpoint], touchpoints, (*at, "ratings", index, "touchpoint"), "touchpoint")


def _unknown(names: Iterable[str], known: Iterable[str], at: Location, what: str) -> Iterator[Problem]:
    known = list(known)
    for name in names:
        if name not in known:
            yield at, f"{name!r} is no {what}{nearest(name, known)}"


def _where_columns(programme: Programme) -> list[str]:
    mapped = {name for source in programme.sources for name in source.columns}
    return sorted((mapped - _NOT_FOR_WHERE) | {"source"})
