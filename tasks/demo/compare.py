"""What was planted beside what a run of the product found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from tasks.results import Cause, Compliance, CycleSummary, SourceAccount

MOST = 0.5  # of a planted cause's records in one found cause, and of that cause's records planted for it
GROWN = 1.5  # times the size of the quarter before; planted: more than twice
LEFT_OVER = 0.25  # of the size of the quarter before; planted: nothing
_NO_CAUSE = ""
_ROWS = (
    ("read", "rows read of those written"),
    ("filtered", "rows of the staff log left out"),
    ("duplicates", "copied rows set aside"),
    ("quarantined", "broken rows quarantined"),
)


@dataclass(frozen=True)
class Comparison:
    """One planted truth, what was found in its place, and whether the two agree."""

    what: str
    planted: str
    found: str
    is_agreed: bool


@dataclass(frozen=True)
class _Match:
    """The found cause that holds most records of a planted one."""

    cause_id: str
    recall: float
    purity: float


def compare(truth: Mapping[str, Any], summaries: Sequence[CycleSummary], assignments: Mapping[str, pd.DataFrame]) -> tuple[Comparison, ...]:
    """Return a row for each planted truth: standards and changes, causes, masking, rows set aside.

    `truth` is DemoData.truth; `summaries` holds one summary a cycle; `assignments` holds for each cycle a
    table of record_id and cause_id ("": no cause). What was not run, or is not there, does not agree.
    """
    by_cycle = {summary.cycle: summary for summary in summaries}
    return (
        *_standards(truth, by_cycle),
        *_changes(truth, by_cycle),
        _told_apart(truth, assignments),
        *_events(truth, by_cycle, assignments),
        *_effects(truth, by_cycle),
        _masking(truth, summaries),
        *_rows(truth, by_cycle),
    )


def _standards(truth: Mapping[str, Any], by_cycle: Mapping[str, CycleSummary]) -> Iterator[Comparison]:
    """Yield the verdict of each standard in the last quarter."""
    cycle = truth["cycles"][-1]
    for standard in truth["standards"]:
        figure, verdict = standard["figures"][cycle], standard["verdicts"][cycle]
        found = _compliance(by_cycle.get(cycle), standard["id"], standard["touchpoint"])
        yield Comparison(
            what=f"{cycle} standard {standard['id']}",
            planted=f"{_words(verdict)}, {figure['share']:.1%} of {figure['n']}",
            found=_in_words(found),
            is_agreed=found is not None and found.verdict == verdict and (found.n, found.met) == (figure["n"], figure["met"]),
        )


def _changes(truth: Mapping[str, Any], by_cycle: Mapping[str, CycleSummary]) -> Iterator[Comparison]:
    for change in truth["changes"]:
        compliance = _compliance(by_cycle.get(change["cycle"]), change["standard"], change["touchpoint"])
        found = compliance.previous if compliance else None
        points = "" if found is None or found.change is None else f", {100 * found.change:+.1f} points"
        yield Comparison(
            what=f"{change['cycle']} change of {change['standard']}",
            planted=f"{change['verdict']}, {_planted_points(truth, change):+.1f} points",
            found=f"{_words(found.verdict)}{points}" if found else "not found",
            is_agreed=found is not None and found.verdict == change["verdict"],
        )


def _effects(truth: Mapping[str, Any], by_cycle: Mapping[str, CycleSummary]) -> Iterator[Comparison]:
    """Yield what came of each fix that people declared done."""
    for planted in truth["effects"]:
        summary = by_cycle.get(planted["cycle"])
        follow_ups = summary.follow_ups if summary else ()
        mended = [one for one in follow_ups if (one.finding, one.opened_in) == (planted["finding"], planted["opened_in"])]
        effect = mended[0].effect if mended else None
        yield Comparison(
            what=f"{planted['cycle']} fix of {planted['finding'].split(':')[1]}",
            planted=_words(planted["verdict"]),
            found=f"{_words(effect.verdict)}, {100 * effect.change:+.1f} points" if effect and effect.change is not None else "not judged",
            is_agreed=effect is not None and effect.verdict == planted["verdict"],
        )


def _told_apart(truth: Mapping[str, Any], assignments: Mapping[str, pd.DataFrame]) -> Comparison:
    """Return whether each planted cause of each quarter was found as a cause of its own."""
    planted = [(cause, cycle) for cycle in truth["cycles"] for cause in truth["causes"] if cause["records"][cycle]]
    matches = [_match(cause["records"][cycle], assignments.get(cycle)) for cause, cycle in planted]
    names = {(cycle, match.cause_id) for (_, cycle), match in zip(planted, matches, strict=True)}
    recall, purity = min(match.recall for match in matches), min(match.purity for match in matches)
    good = sum(match.recall > MOST and match.purity > MOST for match in matches)
    return Comparison(
        what="root causes told apart",
        planted=f"{len(planted)}: {len(truth['causes'])} causes in {len(truth['cycles'])} quarters",
        found=f"{good}; recall {recall:.0%}, purity {purity:.0%} or more",
        is_agreed=good == len(planted) == len(names),
    )


def _events(
    truth: Mapping[str, Any], by_cycle: Mapping[str, CycleSummary], assignments: Mapping[str, pd.DataFrame]
) -> Iterator[Comparison]:
    """Yield for each cause that appeared, grew or was cured what the quarter's report says of it."""
    for cause in truth["causes"]:
        for earlier, cycle in pairwise(truth["cycles"]):
            if cause["status"][cycle] in _JUDGES:
                yield _event(cause, earlier, cycle, by_cycle, assignments)


def _event(
    cause: Mapping[str, Any], earlier: str, cycle: str, by_cycle: Mapping[str, CycleSummary], assignments: Mapping[str, pd.DataFrame]
) -> Comparison:
    status, records = cause["status"][cycle], cause["records"]
    seen_in = cycle if records[cycle] else earlier
    found = _match(records[seen_in], assignments.get(seen_in)).cause_id
    now, before = (_cause(by_cycle.get(name), found) for name in (cycle, earlier))
    are_run = cycle in by_cycle and earlier in by_cycle
    return Comparison(
        what=f"{cycle} cause {cause['id']}",
        planted=f"{status}, {len(records[earlier])} to {len(records[cycle])}",
        found=_size_in_words(now, before),
        is_agreed=are_run and _JUDGES[status](now, before),
    )


def _appeared(now: Cause | None, before: Cause | None) -> bool:
    return now is not None and now.status == "new" and before is None


def _grown(now: Cause | None, before: Cause | None) -> bool:
    return now is not None and before is not None and now.status == "growing" and now.size >= GROWN * before.size


def _cured(now: Cause | None, before: Cause | None) -> bool:
    return before is not None and (now is None or (now.status in ("gone", "shrinking") and now.size <= LEFT_OVER * before.size))


_JUDGES = {"appeared": _appeared, "grown": _grown, "cured": _cured}


def _masking(truth: Mapping[str, Any], summaries: Sequence[CycleSummary]) -> Comparison:
    quotes = [quote.text.casefold() for summary in summaries for cause in summary.causes for quote in cause.quotes]
    personal = [value.casefold() for kind in ("emails", "phones", "names") for value in truth["personal"][kind]]
    left = sum(value in text for text in quotes for value in personal)
    return Comparison(
        what="personal data in quotes",
        planted=f"{len(personal)} names, addresses and numbers",
        found=f"{left} left in {len(quotes)} quotes",
        is_agreed=left == 0 and bool(quotes),
    )


def _rows(truth: Mapping[str, Any], by_cycle: Mapping[str, CycleSummary]) -> Iterator[Comparison]:
    """Yield what became of the files' rows, each source's quarters added up."""
    planted = {(source, cycle): rows for source, cycles in truth["rows"].items() for cycle, rows in cycles.items()}
    found = {(account.source, account.cycle): account for summary in by_cycle.values() for account in _own_accounts(summary)}
    for name, what in _ROWS:
        right = sum(key in found and getattr(found[key], name) == rows[name] for key, rows in planted.items())
        yield Comparison(
            what=what,
            planted=f"{sum(rows[name] for rows in planted.values())} in {len(planted)} files",
            found=f"{sum(getattr(account, name) for account in found.values())}; {right} files agree",
            is_agreed=right == len(planted),
        )


def _own_accounts(summary: CycleSummary) -> list[SourceAccount]:
    """Return the accounts of the quarter's own files, not those of earlier quarters read again."""
    return [account for account in summary.data.accounts if account.cycle == summary.cycle]


def _compliance(summary: CycleSummary | None, standard: str, touchpoint: str) -> Compliance | None:
    rows = summary.standards if summary else ()
    return next((row for row in rows if (row.standard, row.touchpoint) == (standard, touchpoint)), None)


def _cause(summary: CycleSummary | None, cause_id: str) -> Cause | None:
    return next((cause for cause in (summary.causes if summary else ()) if cause.id == cause_id), None)


def _match(records: Sequence[str], assigned: pd.DataFrame | None) -> _Match:
    """Return the found cause that holds most of the records; of several that hold as many, the first by id."""
    if assigned is None:
        return _Match(_NO_CAUSE, 0.0, 0.0)
    found = assigned.loc[assigned["cause_id"] != _NO_CAUSE]
    held = found.loc[found["record_id"].isin(list(records)), "cause_id"].value_counts()
    if held.empty:
        return _Match(_NO_CAUSE, 0.0, 0.0)
    most = min(held.index[held == held.max()])
    return _Match(most, int(held[most]) / len(records), int(held[most]) / int((found["cause_id"] == most).sum()))


def _planted_points(truth: Mapping[str, Any], change: Mapping[str, Any]) -> float:
    """Return by how many points a standard's planted share changed."""
    figures = next(standard["figures"] for standard in truth["standards"] if standard["id"] == change["standard"])
    earlier = truth["cycles"][truth["cycles"].index(change["cycle"]) - 1]
    return 100 * float(figures[change["cycle"]]["share"] - figures[earlier]["share"])


def _in_words(found: Compliance | None) -> str:
    if found is None:
        return "not found"
    if found.share is None or found.low is None or found.high is None:
        return f"{_words(found.verdict)}, no case decided"
    return f"{_words(found.verdict)}, {found.share:.1%} of {found.n} ({found.low:.0%} to {found.high:.0%})"


def _size_in_words(now: Cause | None, before: Cause | None) -> str:
    status = _words(now.status) if now else "not listed"
    name = next((f" {cause.id}" for cause in (now, before) if cause), "")
    return f"{status}{name}, {before.size if before else 0} to {now.size if now else 0}"


def _words(name: str) -> str:
    return name.replace("_", " ")
