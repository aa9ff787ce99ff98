"""Names in a programme that point to nothing, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.causes import broken_decisions
from config.loop_references import broken_in_loop
from config.measures import Measured, measure_name
from config.programme import Programme, Touchpoint
from config.source_references import Location, Problem, broken_in_source, nearest, unknown
from config.standards import ALL_TOUCHPOINTS, Standard
from config.tables import CUSTOMER_NAME

Names = Mapping[str, list[str]]
_WITH_IDS = ("stages", "departments", "touchpoints", "standards", "sources", "audiences", "severities", "objectives")
_NOT_FOR_WHERE = {CUSTOMER_NAME, "text", "record_id", "customer_id"}


def broken_references(programme: Programme) -> Iterator[Problem]:
    """Yield every name that points to nothing, every id given twice, every required column that is missing."""
    ids = {part: [item.id for item in getattr(programme, part)] for part in _WITH_IDS}
    for part, names in ids.items():
        for index, name in enumerate(names):
            if name in names[:index]:
                yield (part, index, "id"), f"the id {name!r} is given twice"
    for index, source in enumerate(programme.sources):  # first: a misspelt column here breaks other parts
        yield from broken_in_source(source, ("sources", index), programme)
    yield from _of_taxonomy(programme)
    columns = _where_columns(programme)
    for index, touchpoint in enumerate(programme.touchpoints):
        yield from _of_touchpoint(touchpoint, ("touchpoints", index), ids, columns)
    for index, standard in enumerate(programme.standards):
        yield from _of_standard(standard, ("standards", index), ids["touchpoints"], programme)
        yield from _of_where(standard.where, ("standards", index), columns)
    for index, severity in enumerate(programme.severities):
        yield from _of_where(severity.where, ("severities", index), columns)
    yield from broken_in_loop(programme)
    yield from _of_charts_and_drivers(programme)
    yield from _of_approvals(programme)
    yield from ((("causes", *place), message) for place, message in broken_decisions(programme.causes))


def _of_taxonomy(programme: Programme) -> Iterator[Problem]:
    """Yield categories given twice, and places that ask for one that there is not."""
    if programme.taxonomy is None:
        return
    names = [category.id for category in programme.taxonomy.categories]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield ("taxonomy", "categories", index, "id"), f"the id {name!r} is given twice"
    for part in ("touchpoints", "severities"):
        for index, placed in enumerate(getattr(programme, part)):
            wanted = placed.where.get("category", ())
            yield from unknown(wanted, names, (part, index, "where", "category"), "category of the taxonomy")


def _of_approvals(programme: Programme) -> Iterator[Problem]:
    if programme.approvals and not any(audience.gets == "approvals" and audience.mail for audience in programme.audiences):
        yield ("approvals",), "nobody is asked for them; add an audience that gets approvals"
    for index, subject in enumerate(programme.approvals):
        if subject in programme.approvals[:index]:
            yield ("approvals", index), f"{subject!r} is given twice"


def _of_touchpoint(touchpoint: Touchpoint, at: Location, ids: Names, columns: list[str]) -> Iterator[Problem]:
    if touchpoint.id == ALL_TOUCHPOINTS:
        yield (*at, "id"), "'all' stands for all touchpoints; choose another id"
    yield from unknown([touchpoint.stage], ids["stages"], (*at, "stage"), "stage")
    yield from unknown(touchpoint.departments, ids["departments"], (*at, "departments"), "department")
    yield from unknown([touchpoint.accountable], touchpoint.departments, (*at, "accountable"), "department of this touchpoint")
    yield from _of_where(touchpoint.where, at, columns)


def _of_where(where: Mapping[str, object], at: Location, columns: list[str]) -> Iterator[Problem]:
    for column in where:
        if column not in columns:
            yield (*at, "where", column), f"no source maps a column {column!r}{nearest(column, columns)}"


def _of_standard(standard: Standard, at: Location, touchpoints: list[str], programme: Programme) -> Iterator[Problem]:
    places = [place for place in standard.places if place != ALL_TOUCHPOINTS]
    yield from unknown(places, touchpoints, (*at, "touchpoints"), "touchpoint")
    for index, place in enumerate(places):
        if place in places[:index]:
            yield (*at, "touchpoints", index), f"the touchpoint {place!r} is given twice"
    yield from _of_measure(standard.measure, (*at, "measure"), programme)


def _of_measure(measure: Measured, at: Location, programme: Programme) -> Iterator[Problem]:
    if measure.question is not None:
        yield from unknown([measure.question], _questions(programme), (*at, measure_name(measure)), "question of any source")
        return
    mappings = [set(source.columns) for source in programme.sources]
    known = sorted(set().union(*mappings))
    if any(measure.is_told_by(mapped) for mapped in mappings):
        return
    if not any(set(measure.columns) <= mapped for mapped in mappings):
        wanted = " and ".join(repr(column) for column in measure.columns)
        yield at, f"no source maps {wanted}{nearest(measure.columns[-1], known)}"
    else:
        yield at, "no source maps 'reopened_at' or 'reopened_count'"


def _of_charts_and_drivers(programme: Programme) -> Iterator[Problem]:
    """Yield standards and places of re-based charts that there are not, and a question about the whole that nobody asks."""
    standards = {standard.id: standard for standard in programme.promises}
    for index, rebasing in enumerate(programme.rebased):
        at = ("rebased", index)
        yield from unknown([rebasing.standard], standards, (*at, "standard"), "standard")
        if rebasing.touchpoint and rebasing.standard in standards:
            places = standards[rebasing.standard].places
            yield from unknown([rebasing.touchpoint], places, (*at, "touchpoint"), "touchpoint of this standard")
    if programme.overall_question:
        yield from unknown([programme.overall_question], _questions(programme), ("overall_question",), "question of any source")


def _questions(programme: Programme) -> list[str]:
    return [question.question for source in programme.sources for question in source.ratings]


def _where_columns(programme: Programme) -> list[str]:
    mapped = {name for source in programme.sources if source.fills in ("feedback", "ratings") for name in source.columns}
    return sorted((mapped - _NOT_FOR_WHERE) | {"source", "segment", "is_internal"})
