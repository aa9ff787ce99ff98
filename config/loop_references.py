"""Names in severities and objectives that point to nothing, and predictions that cannot be judged."""

from __future__ import annotations

from collections.abc import Iterator

from config.loop import Objective
from config.programme import Programme
from config.source_references import Location, Problem, unknown
from config.standards import ALL_TOUCHPOINTS


def broken_in_loop(programme: Programme) -> Iterator[Problem]:
    """Yield what is wrong with severities and objectives; ids and columns are looked at with all others."""
    yield from _of_severities(programme)
    for index, objective in enumerate(programme.objectives):
        yield from _of_objective(objective, ("objectives", index), programme)


def _of_severities(programme: Programme) -> Iterator[Problem]:
    has_text = any("text" in source.columns for source in programme.sources if source.fills in ("feedback", "ratings"))
    for index, severity in enumerate(programme.severities):
        at = ("severities", index)
        if severity.words and not has_text:
            yield (*at, "words"), "no source maps 'text', in which these are looked for"
        graver = [one.id for one in programme.severities[:index] if not one.is_for_leadership]
        if severity.is_for_leadership and graver:
            yield (
                (*at, "is_for_leadership"),
                f"this goes to leadership and the graver {graver[0]!r} does not; list the gravest first, or let both go",
            )


def _of_objective(objective: Objective, at: Location, programme: Programme) -> Iterator[Problem]:
    standards = {standard.id: standard for standard in programme.promises}
    if objective.baseline is not None and objective.baseline >= objective.window:
        yield (
            (*at, "baseline"),
            f"{objective.baseline} does not lie before the window {objective.window}; name an earlier quarter, or leave it out",
        )
    if objective.standard is None:
        return
    yield from unknown([objective.standard], standards, (*at, "standard"), "standard")
    if objective.standard in standards:
        yield from _of_place(objective, standards[objective.standard].places, (*at, "touchpoint"))


def _of_place(objective: Objective, places: tuple[str, ...], at: Location) -> Iterator[Problem]:
    if objective.touchpoint is None:
        if len(places) > 1:
            yield at, f"{objective.standard!r} has a figure at each of {', '.join(places)}; name one of them"
    elif places == (ALL_TOUCHPOINTS,):
        yield at, f"{objective.standard!r} has one figure over all touchpoints; leave touchpoint out"
    else:
        yield from unknown([objective.touchpoint], places, at, "touchpoint of this standard")
