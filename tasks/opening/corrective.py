"""What went wrong: standards that were not met, the biggest causes, and severe single cases."""

from __future__ import annotations

from collections.abc import Iterator

from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS
from config.written import number, percent
from tasks.opening.drafts import Draft, most_accountable, owner_at
from tasks.opening.found import CAUSE, SEVERE, STANDARD, Found
from tasks.results import Cause, Compliance, Value

CONTRIBUTION_AT_LEAST = 0.10  # of a cause's records, before a touchpoint is part of its follow-up


def corrective(found: Found, programme: Programme) -> Iterator[Draft]:
    """Yield what each standard not met, each of the biggest causes and each touchpoint with severe cases asks for."""
    for row in found.standards:
        if row.verdict == "not_met":
            yield _for_standard(row, found, programme)
    present = sorted((cause for cause in found.causes if cause.size > 0), key=lambda cause: (-cause.size, cause.id))
    for cause in present[: programme.rules.biggest_causes]:
        yield _for_cause(cause, found, programme)
    for (severity, touchpoint), records in found.severe.items():
        if records:
            yield _for_severe(severity, touchpoint, records, found, programme)


def figures_of(cause: Cause) -> str:
    """Return the size of a cause in words, with its share and interval."""
    share, low, high = (percent(part) for part in (cause.share, cause.low, cause.high))
    return f"{cause.size} records ({share} of those with a text, 95 % interval {low} to {high})."


def place_in_words(touchpoint: str, programme: Programme) -> str:
    """Return where something is, in words that follow a verb; "" stands for no touchpoint."""
    if touchpoint == ALL_TOUCHPOINTS:
        return "over all touchpoints"
    return f"at {programme.touchpoint(touchpoint).title}" if touchpoint else "at no known touchpoint"


def _for_standard(row: Compliance, found: Found, programme: Programme) -> Draft:
    is_over_all = row.touchpoint == ALL_TOUCHPOINTS
    finding = f"{STANDARD}:{row.standard}:{row.touchpoint}"
    return Draft(
        finding,
        f"Keep the standard “{row.title}” {place_in_words(row.touchpoint, programme)}",
        _figures(row),
        tuple(touchpoint.id for touchpoint in programme.touchpoints) if is_over_all else (row.touchpoint,),
        most_accountable(programme) if is_over_all else owner_at(row.touchpoint, programme),
        severity=found.severities.get(finding, ""),
        customers=found.customers.get(finding, row.n - row.met),
    )


def _figures(row: Compliance) -> str:
    if row.value is not None:
        return _value_in_words(row.value, row.n)
    share, low, high = (percent(part) for part in (row.share, row.low, row.high))
    kept = share if row.unweighted_share is None else f"{share} weighted"
    return f"{row.met} of {row.n} kept ({kept}, 95 % interval {low} to {high}); promised: {percent(row.target, 0)}."


def _value_in_words(value: Value, n: int) -> str:
    """Return a figure that is no share with its unit, its interval as far as it is known, and what was promised."""
    unit = f" {value.unit}" if value.unit.endswith("hours") else ""
    kind = "net promoter score" if value.figure == "net_promoter" else f"{value.figure} {'time' if unit else 'score'}"
    parts = (value.value, value.low, value.high, value.target)
    known = ("not known" if part is None else f"{number(f'{part:.{1 if unit else 2}f}')}{unit}" for part in parts)
    figure, low, high, target = known
    promise = f"at {'least' if value.is_higher_better else 'most'} {target}"
    return f"{kind} of {n} cases {figure} (95 % interval {low} to {high}); promised: {promise}."


def _for_cause(cause: Cause, found: Found, programme: Programme) -> Draft:
    hit = [part.id for part in cause.touchpoints if part.share >= CONTRIBUTION_AT_LEAST] or [part.id for part in cause.touchpoints[:1]]
    finding = f"{CAUSE}:{cause.id}"
    return Draft(
        finding,
        f"Find and remove the root of “{cause.label}”",
        figures_of(cause),
        tuple(hit),
        owner_at(hit[0] if hit else "", programme),
        helpers=cause.shared_by if len(cause.shared_by) > 1 else (),
        severity=found.severities.get(finding, ""),
        customers=found.customers.get(finding, cause.size),
    )


def _for_severe(severity: str, touchpoint: str, records: int, found: Found, programme: Programme) -> Draft:
    title = next(one.title for one in programme.severities if one.id == severity)
    finding = f"{SEVERE}:{severity}:{touchpoint}"
    return Draft(
        finding,
        f"Find out what led to “{title}” {place_in_words(touchpoint, programme)}, and see that it cannot happen again",
        f"{records} {'record shows' if records == 1 else 'records show'} it.",
        (touchpoint,) if touchpoint else (),
        owner_at(touchpoint, programme),
        severity=severity,
        customers=found.customers.get(finding, records),
    )
