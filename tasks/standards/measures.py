"""What each measure says of each case, as an expression of SQL: met, missed, pending or excluded.

The rule for open cases: a case counts once its due time is before the as-of, closed or not. It is
met if it was done by then, otherwise missed. Until then it is pending, even when it is done already:
counting early successes before their slow siblings are due would flatter every fresh quarter. A
case without a due time is excluded. What is dated after the as-of is not yet known.

Expressions hold numbers and our own column names only, never a word of a programme or a record.
Columns: `t_<time>` in microseconds since 1970 (UTC), null where not yet known; `w_<time>` the working
position of the same instant (tasks.working_time.working_positions); `t_reopened_at`, `is_reopened_ever`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

from config.durations import parse_duration
from config.measures import (
    ByDueDate,
    Elapsed,
    FirstTimeRight,
    Flag,
    MeanElapsed,
    MeanRating,
    Measured,
    MedianElapsed,
    MedianRating,
    NetPromoter,
    NotReopened,
    Rating,
    WithoutTransfer,
)

OUTCOMES = ("met", "missed", "pending", "excluded")
MET, MISSED, PENDING, EXCLUDED = range(len(OUTCOMES))
PROMOTER_FROM = 9
MICROSECONDS_A_MINUTE = 60_000_000
_POSITIONS_A_MICROSECOND = 2


@dataclass(frozen=True)
class Clocks:
    """The as-of on both clocks, and how long a working day is."""

    as_of: int
    as_of_position: int
    minutes_a_day: int


@dataclass(frozen=True)
class Clock:
    """The calendar's clock or that of working time: where the as-of stands on it, and how instants are added to."""

    letter: str
    as_of: int
    length: int

    def at(self, time: str) -> str:
        """Return the column of a time on this clock."""
        return f"{self.letter}_{time}"

    def since(self, time: str) -> str:
        """Return when counting from a time begins: outside opening hours at the next opening."""
        return f"(({self.at(time)} // 2) * 2)" if self.letter == "w" else self.at(time)

    def after(self, time: str) -> str:
        """Return the instant at which the length has passed since a time."""
        return f"({self.since(time)} + {self.length})"


def clock_of(text: str, clocks: Clocks) -> Clock:
    """Return the clock on which a duration such as "2 working days" is counted."""
    length = parse_duration(text)
    microseconds = round(length.minutes(clocks.minutes_a_day) * MICROSECONDS_A_MINUTE)
    if length.is_working:
        return Clock("w", clocks.as_of_position, microseconds * _POSITIONS_A_MICROSECOND)
    return Clock("t", clocks.as_of, microseconds)


def working_times(measure: Measured) -> Iterator[str]:
    """Yield the times that a measure needs on the clock of working time."""
    texts = [getattr(measure, name, None) for name in ("within", "at_most", "first_time_right", "not_reopened_within")]
    if any(text and parse_duration(text).is_working for text in texts):
        yield from (name for name in ("occurred_at", "reopened_at", *measure.columns) if name.endswith("_at"))


def flag_column(flag: str) -> str:
    """Return our own name for a flag of the programme's, safe inside an expression."""
    return f"flag_{flag.encode().hex()}"


@singledispatch
def outcome(measure: Measured, clocks: Clocks) -> str:
    """Return the expression of the index in OUTCOMES; of an answer its `score` is measured."""
    raise NotImplementedError(f"no rule for the measure {type(measure).__name__}")


@outcome.register
def _(measure: ByDueDate, clocks: Clocks) -> str:
    return _by_due_time("t_due_at", f"t_{measure.by_due_date} <= t_due_at", clocks.as_of)


@outcome.register
def _(measure: Elapsed, clocks: Clocks) -> str:
    return _within(*measure.elapsed, clock_of(measure.within, clocks))


@outcome.register
def _(measure: MedianElapsed, clocks: Clocks) -> str:
    return _within(*measure.median, clock_of(measure.at_most, clocks))


@outcome.register
def _(measure: MeanElapsed, clocks: Clocks) -> str:
    return _within(*measure.mean, clock_of(measure.at_most, clocks))


@outcome.register
def _(measure: FirstTimeRight, clocks: Clocks) -> str:
    clock = clock_of(measure.first_time_right, clocks)
    due = f"CASE WHEN is_first_contact_resolved IS NOT NULL THEN {clock.after('occurred_at')} END"
    return _by_due_time(due, f"is_first_contact_resolved AND NOT {_is_reopened_by(clock.after('occurred_at'), clock)}", clock.as_of)


@outcome.register
def _(measure: NotReopened, clocks: Clocks) -> str:
    clock = clock_of(measure.not_reopened_within, clocks)
    due = clock.after("resolved_at")
    return _by_due_time(due, f"NOT {_is_reopened_by(due, clock)}", clock.as_of)


@outcome.register
def _(measure: WithoutTransfer, clocks: Clocks) -> str:
    clock = clock_of(measure.within, clocks)
    due = f"CASE WHEN transferred_count IS NOT NULL THEN {clock.after('occurred_at')} END"
    kept = f"transferred_count = 0 AND {clock.at(measure.without_transfer)} <= {clock.after('occurred_at')}"
    return _by_due_time(due, kept, clock.as_of)


@outcome.register
def _(measure: Flag, _clocks: Clocks) -> str:
    return _yes_or_no(flag_column(measure.flag), flag_column(measure.flag))


@outcome.register
def _(measure: Rating, _clocks: Clocks) -> str:
    return _yes_or_no("score", f"score >= {measure.at_least!r}")


@outcome.register
def _(measure: MeanRating | MedianRating, _clocks: Clocks) -> str:
    return _yes_or_no("score", f"score >= {measure.at_least!r}")


@outcome.register
def _(_measure: NetPromoter, _clocks: Clocks) -> str:
    return _yes_or_no("score", f"score >= {PROMOTER_FROM}")


def minutes_taken(start: str, end: str, clocks: Clocks, *, is_working: bool) -> tuple[str, str]:
    """Return two expressions: whole minutes from start to end, or to the as-of while it is not done; and whether it is done.

    What is done before it began took no time.
    """
    clock = Clock("w", clocks.as_of_position, 0) if is_working else Clock("t", clocks.as_of, 0)
    a_minute = MICROSECONDS_A_MINUTE * (_POSITIONS_A_MICROSECOND if is_working else 1)
    until = f"coalesce({clock.at(end)}, {clock.as_of})"
    return f"greatest(0, ({until} - {clock.since(start)}) // {a_minute})", f"({clock.at(end)} IS NOT NULL)"


def _within(start: str, done: str, clock: Clock) -> str:
    return _by_due_time(clock.after(start), f"{clock.at(done)} <= {clock.after(start)}", clock.as_of)


def _is_reopened_by(due: str, clock: Clock) -> str:
    return f"(is_reopened_ever OR coalesce({clock.at('reopened_at')} <= {due}, false))"


def _by_due_time(due: str, kept: str, as_of: int) -> str:
    return f"CASE WHEN {due} IS NULL THEN {EXCLUDED} WHEN {due} >= {as_of} THEN {PENDING} WHEN {kept} THEN {MET} ELSE {MISSED} END"


def _yes_or_no(answer: str, kept: str) -> str:
    return f"CASE WHEN {answer} IS NULL THEN {EXCLUDED} WHEN {kept} THEN {MET} ELSE {MISSED} END"
