"""Names in a programme that point to nothing, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.measures import Rating
from config.programme import ALL_TOUCHPOINTS, Programme, Standard, Touchpoint
from config.source_references import Location, Problem, broken_in_source, nearest, unknown
from config.tables import CUSTOMER_NAME

Names = Mapping[str, list[str]]
_WITH_IDS = ("stages", "departments", "touchpoints", "standards", "sources", "audiences")
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
    yield from _of_approvals(programme)


def _of_taxonomy(programme: Programme) -> Iterator[Problem]:
    """Yield categories given twice, and places that ask for one that there is not."""
    if programme.taxonomy is None:
        return
    names = [category.id for category in programme.taxonomy.categories]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield ("taxonomy", "categories", index, "id"), f"the id {name!r} is given twice"
    for index, touchpoint in enumerate(programme.touchpoints):
        wanted = touchpoint.where.get("category", ())
        yield from unknown(wanted, names, ("touchpoints", index, "where", "category"), "category of the taxonomy")


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
    for column in touchpoint.where:
        if column not in columns:
            yield (*at, "where", column), f"no source maps a column {column!r}{nearest(column, columns)}"


def _of_standard(standard: Standard, at: Location, touchpoints: list[str], programme: Programme) -> Iterator[Problem]:
    places = [place for place in standard.places if place != ALL_TOUCHPOINTS]
    yield from unknown(places, touchpoints, (*at, "touchpoints"), "touchpoint")
    for index, place in enumerate(places):
        if place in places[:index]:
            yield (*at, "touchpoints", index), f"the touchpoint {place!r} is given twice"
    if isinstance(standard.measure, Rating):
        questions = [question.question for source in programme.sources for question in source.ratings]
        yield from unknown([standard.measure.rating], questions, (*at, "measure", "rating"), "question of any source")
    elif not any(set(standard.measure.columns) <= set(source.columns) for source in programme.sources):
        wanted = " and ".join(repr(column) for column in standard.measure.columns)
        known = sorted({name for source in programme.sources for name in source.columns})
        yield (*at, "measure"), f"no source maps {wanted}{nearest(standard.measure.columns[-1], known)}"


def _where_columns(programme: Programme) -> list[str]:
    mapped = {name for source in programme.sources if source.fills in ("feedback", "ratings") for name in source.columns}
    return sorted((mapped - _NOT_FOR_WHERE) | {"source", "segment", "is_internal"})
