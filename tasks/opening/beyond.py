"""What is worth doing where nothing went wrong yet: prevent it elsewhere, make what worked the way of working, keep what is praised."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from config.programme import Programme
from config.tables import FEEDBACK_COLUMNS
from config.written import percent
from tasks.opening.corrective import place_in_words
from tasks.opening.drafts import Draft, owner_at
from tasks.opening.found import CAUSE, PRAISE, PREVENT, SEVERE, STANDARD, TRAIN, Found
from tasks.opening.turns import is_shown_in
from tasks.results import Cause, FollowUp

_WENT_WRONG = (STANDARD, CAUSE, SEVERE)
_NOT_A_PLACE = (*FEEDBACK_COLUMNS, "segment")  # how and by whom it was told; a programme's own columns say where, or of what


def kind_of(finding: str) -> str:
    """Return the first part of a finding: standard, cause, severe, praise, prevent or train."""
    return finding.partition(":")[0]


def is_judged(follow_up: FollowUp) -> bool:
    """Return whether a follow-up is about what went wrong, so that data can judge it; all others are done by a person's word.

    It goes by what it comes from: nobody takes a fix out of the count by calling it something else.
    """
    return kind_of(follow_up.finding) in _WENT_WRONG


def preventive(found: Found, carried: Sequence[FollowUp], wanted: Mapping[str, Draft], programme: Programme, cycle: str) -> Iterator[Draft]:
    """Yield one draft for each cause whose fix was verified in this cycle and which still is somewhere else.

    That is the touchpoint with most of its records, at least customers_at_least, which neither the fix nor a follow-up that the cause
    itself asks for (`wanted`, by finding) covers; where there is none, the place that a column of the programme's own tells.
    """
    causes = {f"{CAUSE}:{cause.id}": cause for cause in found.causes if cause.size > 0}
    for fixed in carried:
        cause = causes.get(fixed.finding)
        if cause is not None and is_shown_in(fixed, cycle):
            again = wanted.get(fixed.finding)
            draft = _elsewhere(cause, {*fixed.touchpoints, *(again.places if again else ())}, programme)
            if draft is None and again is None:
                draft = _at_slice(cause, programme)
            if draft is not None:
                yield draft


def training(carried: Sequence[FollowUp], cycle: str) -> Iterator[Draft]:
    """Yield one draft for each fix that was verified in this cycle: to make it the way of working."""
    for fixed in carried:
        if is_judged(fixed) and is_shown_in(fixed, cycle):
            yield Draft(
                f"{TRAIN}:{fixed.id}",
                f"Make what worked the way of working, and train it: {fixed.title[:1].lower()}{fixed.title[1:]}",
                f"what was done was shown to work ({fixed.id}).",
                fixed.touchpoints,
                fixed.owner,
                kind="training",
                helpers=fixed.departments,
                customers=fixed.customers,
            )


def sustaining(found: Found, programme: Programme) -> Iterator[Draft]:
    """Yield a draft for what most customers praise, where at least customers_at_least records do."""
    praised = [cause for cause in found.praise if cause.size >= programme.rules.customers_at_least]
    for praise in sorted(praised, key=lambda cause: (-cause.size, cause.id))[:1]:
        touchpoint = praise.touchpoints[0].id if praise.touchpoints else ""
        finding = f"{PRAISE}:{praise.id}"
        yield Draft(
            finding,
            f"Keep what customers praise: “{praise.label}”" + (f" {place_in_words(touchpoint, programme)}" if touchpoint else ""),
            f"{praise.size} records praise it ({percent(praise.share)} of praise with a text).",
            (touchpoint,) if touchpoint else (),
            owner_at(touchpoint, programme),
            kind="sustaining",
            customers=found.customers.get(finding, praise.size),
        )


def _elsewhere(cause: Cause, covered: Collection[str], programme: Programme) -> Draft | None:
    others = [part for part in cause.touchpoints if part.id not in covered and part.records >= programme.rules.customers_at_least]
    if not others:
        return None
    largest = min(others, key=lambda part: -part.records)
    evidence = f"{largest.records} of its {cause.size} records, where nothing was done yet."
    return _prevent(cause, largest.id, place_in_words(largest.id, programme), evidence, largest.records, programme)


def _at_slice(cause: Cause, programme: Programme) -> Draft | None:
    part = next((one for one in cause.slices if one.dimension not in _NOT_A_PLACE), None)
    if part is None or not cause.touchpoints:
        return None
    touchpoint = cause.touchpoints[0].id
    where = f"{place_in_words(touchpoint, programme)} where {part.dimension.replace('_', ' ')} is {part.value}"
    shares = f"{percent(part.share)}; of all others {percent(part.elsewhere_share)}"
    evidence = f"{part.records} of its {cause.size} records are there ({shares})."
    return _prevent(cause, touchpoint, where, evidence, part.records, programme)


def _prevent(cause: Cause, touchpoint: str, where: str, evidence: str, customers: int, programme: Programme) -> Draft:
    return Draft(
        f"{PREVENT}:{cause.id}:{touchpoint}",
        f"Prevent “{cause.label}” {where}",
        evidence,
        (touchpoint,),
        owner_at(touchpoint, programme),
        kind="preventive",
        customers=customers,
    )
