"""The columns of the published tables: name, type, meaning and how each is read, said once for CSV and schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_args

from config.measures import Figure, Unit
from tasks.results import (
    Cause,
    CauseStatus,
    Change,
    ChangeVerdict,
    Compliance,
    EffectVerdict,
    FollowUp,
    FollowUpKind,
    FollowUpStatus,
    Verdict,
)
from tasks.small_cells import is_change_hidden, is_hidden

Row = TypeVar("Row")
LIST_SEPARATOR = ";"
QUOTES_PUBLISHED = 3

IS_SHARE: Mapping[str, Any] = {"minimum": 0, "maximum": 1}
IS_DIFFERENCE: Mapping[str, Any] = {"minimum": -1, "maximum": 1}
IS_COUNT: Mapping[str, Any] = {"minimum": 0}
IS_NEEDED: Mapping[str, Any] = {"required": True}


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: its name, Table Schema type, meaning, and how it is read from a row's result."""

    name: str
    type: str
    description: str
    read: Callable[[Row], object]
    constraints: Mapping[str, Any] = field(default_factory=dict)


def _any_of(values: object) -> dict[str, Any]:
    return {"enum": list(get_args(values))}


def _comparison_columns(
    earlier: str, difference: str, ends: str, against: str, read: Callable[[Compliance], Change | None]
) -> list[Column[Compliance]]:
    """Return the columns of one comparison: the earlier counts by `earlier`, the difference by `difference`, the rest by `ends`."""

    def of(name: str) -> Callable[[Compliance], object]:
        return lambda row: getattr(read(row), name, None)

    def of_share(name: str) -> Callable[[Compliance], object]:
        return lambda row: None if row.value else getattr(read(row), name, None)

    def count_of(name: str) -> Callable[[Compliance], object]:
        return lambda row: None if is_change_hidden(read(row)) else getattr(read(row), name, None)

    return [
        Column(f"{earlier}cycle", "string", f"The name of {against}.", of("against")),
        Column(f"{earlier}n", "integer", f"Decided cases of {against} at equal age.", count_of("n"), IS_COUNT),
        Column(f"{earlier}met", "integer", f"Of them, those that kept the standard in {against}.", count_of("met"), IS_COUNT),
        Column(f"{earlier}share", "number", f"Share of {against} at equal age, 0 to 1.", of("share"), IS_SHARE),
        Column(difference, "number", f"This share less that of {against}.", of_share("change"), IS_DIFFERENCE),
        Column(f"{ends}low", "number", f"Low end of the 95 % interval of {difference} (Newcombe).", of_share("low"), IS_DIFFERENCE),
        Column(f"{ends}high", "number", f"High end of the 95 % interval of {difference} (Newcombe).", of_share("high"), IS_DIFFERENCE),
        Column(f"{ends}p", "number", f"Two-sided p of {difference}, uncorrected.", of("p"), IS_SHARE),
        Column(
            f"{ends}verdict", "string", f"What {difference} shows, false discoveries controlled.", of("verdict"), _any_of(ChangeVerdict)
        ),
        Column(f"{ends}note", "string", f"Why {difference} cannot be told or compared.", of("note")),
    ]


def _counted(name: str) -> Callable[[Compliance], object]:
    """Return how a count of cases is read: an empty cell where it is of too few customers to be told."""
    return lambda row: None if is_hidden(row) else getattr(row, name)


def _value_columns() -> list[Column[Compliance]]:
    """Return the columns of figures that are no shares, all in the row's unit; empty where the figure is a share."""

    def of(name: str) -> Callable[[Compliance], object]:
        return lambda row: getattr(row.value, name, None)

    return [
        Column("figure", "string", "What the figure is.", lambda row: row.value.figure if row.value else "share", _any_of(Figure)),
        Column("unit", "string", "The figure's unit.", lambda row: row.value.unit if row.value else "share", _any_of(Unit)),
        Column("value", "number", "The figure in its unit, where it is not a share.", of("value")),
        Column("value_low", "number", "Low end of the figure's 95 % interval.", of("low")),
        Column("value_high", "number", "High end of the figure's 95 % interval.", of("high")),
        Column("value_target", "number", "What was promised, in the figure's unit.", of("target")),
        *_value_comparison_columns("value_previous", "value_change", "the quarter before", lambda row: row.previous),
        *_value_comparison_columns("value_year_ago", "value_year_ago_change", "the same quarter a year before", lambda row: row.year_ago),
        Column(
            "unweighted_share",
            "number",
            "met / n, where share is weighted.",
            lambda row: row.unweighted_share,
            IS_SHARE,
        ),
        Column(
            "n_effective",
            "number",
            "Of how many independent, equally weighted cases the interval is, where these are fewer than n.",
            lambda row: row.n_effective,
            IS_COUNT,
        ),
        Column("customers", "integer", "Customers behind the n cases, where some have several.", lambda row: row.customers, IS_COUNT),
    ]


def _value_comparison_columns(
    earlier: str, difference: str, against: str, read: Callable[[Compliance], Change | None]
) -> list[Column[Compliance]]:
    def of(name: str) -> Callable[[Compliance], object]:
        return lambda row: getattr(read(row), name, None) if row.value else None

    return [
        Column(earlier, "number", f"The figure of {against} at equal age, where it is not a share.", of("value")),
        Column(difference, "number", f"The figure less that of {against}, in its unit.", of("change")),
        Column(f"{difference}_low", "number", f"Low end of the 95 % interval of {difference}.", of("low")),
        Column(f"{difference}_high", "number", f"High end of the 95 % interval of {difference}.", of("high")),
    ]


def _response_columns() -> list[Column[Compliance]]:
    """Return the columns that say how many of those who were asked are behind a rating; empty where nobody knows."""

    def of(name: str) -> Callable[[Compliance], object]:
        return lambda row: getattr(row.response, name, None)

    return [
        Column("response_invited", "integer", "Invitations sent in the quarter by the survey behind a rating.", of("invited"), IS_COUNT),
        Column("response_answered", "integer", "Of them, those that were answered.", of("answered"), IS_COUNT),
        Column("response_share", "number", "response_answered / response_invited, 0 to 1.", of("share"), IS_SHARE),
    ]


_COMPARISONS: Mapping[str, Column[Compliance]] = {
    column.name: column
    for column in (
        *_comparison_columns("previous_", "change", "change_", "the quarter before", lambda row: row.previous),
        *_comparison_columns("year_ago_", "year_ago_change", "year_ago_", "the same quarter a year before", lambda row: row.year_ago),
    )
}
# compliance.csv is a public interface: these stand among its first columns, in this order
_FIRST_COMPARISONS = ("previous_share", "change", "change_low", "change_high", "year_ago_share")

COMPLIANCE: tuple[Column[Compliance], ...] = (
    Column("standard", "string", "The standard's id.", lambda row: row.standard, IS_NEEDED),
    Column("touchpoint", "string", "The touchpoint's id, or all.", lambda row: row.touchpoint, IS_NEEDED),
    Column("stage", "string", "The id of the touchpoint's stage, or all.", lambda row: row.stage, IS_NEEDED),
    Column(
        "n",
        "integer",
        "Decided cases; answers, or cases followed, where the figure is no share.",
        _counted("n"),
        IS_COUNT,
    ),
    Column("met", "integer", "Cases that kept the standard; cases done, where the figure is a time.", _counted("met"), IS_COUNT),
    Column(
        "share",
        "number",
        "met / n, 0 to 1; weighted where the survey is.",
        lambda row: row.share,
        IS_SHARE,
    ),
    Column("low", "number", "Low end of the share's 95 % interval (Wilson).", lambda row: row.low, IS_SHARE),
    Column(
        "high",
        "number",
        "High end of the share's 95 % interval (Wilson).",
        lambda row: row.high,
        IS_SHARE,
    ),
    Column("target", "number", "The share that was promised, 0 to 1.", lambda row: row.target, IS_SHARE),
    Column("verdict", "string", "What the figure shows, false discoveries controlled.", lambda row: row.verdict, _any_of(Verdict)),
    Column("pending", "integer", "Cases whose due time is not before the as-of.", _counted("pending"), IS_COUNT),
    Column("excluded", "integer", "Cases without a promise or without an answer.", _counted("excluded"), IS_COUNT),
    Column("share_if_pending_met", "number", "The share if every pending case were met.", lambda row: row.share_if_pending_met, IS_SHARE),
    Column(
        "share_if_pending_missed", "number", "The share if no pending case were met.", lambda row: row.share_if_pending_missed, IS_SHARE
    ),
    *(_COMPARISONS[name] for name in _FIRST_COMPARISONS),
    Column("title", "string", "The standard as people read it.", lambda row: row.title),
    Column("p", "number", "Two-sided p of the figure against its target, uncorrected.", lambda row: row.p, IS_SHARE),
    Column("note", "string", "Why the verdict is what it is.", lambda row: row.note),
    *(column for name, column in _COMPARISONS.items() if name not in _FIRST_COMPARISONS),
    *_response_columns(),
    *_value_columns(),
)


def _quote_column(number: int) -> Column[Cause]:
    return Column(
        f"quote_{number}",
        "string",
        "A customer's own words, masked; empty where too few customers said it.",
        lambda cause: cause.quotes[number - 1].text if len(cause.quotes) >= number else None,
    )


CAUSES: tuple[Column[Cause], ...] = (
    Column("id", "string", "The cause's id: the quarter in which it was first seen, and a number.", lambda cause: cause.id, IS_NEEDED),
    Column("label", "string", "Its most distinctive words.", lambda cause: cause.label),
    Column("size", "integer", "Records of this quarter.", lambda cause: cause.size, IS_COUNT),
    Column(
        "customers", "integer", "Customers behind them; a record of nobody known counts as one.", lambda cause: cause.customers, IS_COUNT
    ),
    Column("share", "number", "Of the quarter's records with a text, 0 to 1.", lambda cause: cause.share, IS_SHARE),
    Column("low", "number", "Low end of the share's 95 % interval (Wilson).", lambda cause: cause.low, IS_SHARE),
    Column("high", "number", "High end of the share's 95 % interval (Wilson).", lambda cause: cause.high, IS_SHARE),
    Column("status", "string", "How it moved, false discoveries controlled.", lambda cause: cause.status, _any_of(CauseStatus)),
    Column("first_seen", "string", "The quarter in which it was first seen.", lambda cause: cause.first_seen),
    Column("quarters_in_row", "integer", "The n-th quarter running in which it was seen.", lambda cause: cause.quarters_in_row),
    Column("theme", "string", "The theme that it belongs to; empty where there are none.", lambda cause: cause.theme),
    Column(
        "previous_size", "integer", "Records of the quarter before, counted by the same rule.", lambda cause: cause.previous_size, IS_COUNT
    ),
    Column("previous_share", "number", "Share of the quarter before, 0 to 1.", lambda cause: cause.previous_share, IS_SHARE),
    Column("change", "number", "This share less that of the quarter before.", lambda cause: cause.change, IS_DIFFERENCE),
    Column("change_low", "number", "Low end of the change's 95 % interval (Newcombe).", lambda cause: cause.change_low, IS_DIFFERENCE),
    Column("change_high", "number", "High end of the change's 95 % interval (Newcombe).", lambda cause: cause.change_high, IS_DIFFERENCE),
    Column("p", "number", "Two-sided p of the change, uncorrected.", lambda cause: cause.p, IS_SHARE),
    Column("terms", "string", "Its most distinctive terms.", lambda cause: cause.terms),
    Column(
        "touchpoints", "string", "Touchpoints of its records, the commonest first.", lambda cause: [part.id for part in cause.touchpoints]
    ),
    Column(
        "departments", "string", "Departments of its records, the commonest first.", lambda cause: [part.id for part in cause.departments]
    ),
    Column("shared_by", "string", "Departments that contribute enough to answer for it.", lambda cause: cause.shared_by),
    Column("took_in", "string", "Earlier causes that it took in.", lambda cause: cause.took_in),
    Column("split_from", "string", "The cause that it was part of.", lambda cause: cause.split_from),
    Column("slices", "string", "Values that it is commoner with.", lambda cause: [f"{one.dimension}={one.value}" for one in cause.slices]),
    Column("standards", "string", "Standards that its cases miss more often.", lambda cause: [one.standard for one in cause.standards]),
    *(_quote_column(number) for number in range(1, QUOTES_PUBLISHED + 1)),
)

FOLLOW_UPS: tuple[Column[FollowUp], ...] = (
    Column("id", "string", "The follow-up's id, the same while it is open.", lambda one: one.id, IS_NEEDED),
    Column("finding", "string", "standard:<id>:<touchpoint> or cause:<id>.", lambda one: one.finding),
    Column("kind", "string", "What kind of action it asks for.", lambda one: one.kind, _any_of(FollowUpKind)),
    Column("status", "string", "How far it is.", lambda one: one.status, _any_of(FollowUpStatus)),
    Column("title", "string", "What is to be done.", lambda one: one.title),
    Column("opened_in", "string", "The cycle that opened it.", lambda one: one.opened_in),
    Column("last_seen_in", "string", "The last cycle whose figures call for it.", lambda one: one.last_seen_in),
    Column("times_seen", "integer", "Cycles in which the finding was there.", lambda one: one.times_seen, {"minimum": 1}),
    Column("stages", "string", "Ids of the stages that it concerns.", lambda one: one.stages),
    Column("touchpoints", "string", "Ids of the touchpoints that it concerns.", lambda one: one.touchpoints),
    Column("owner", "string", "Id of the accountable department.", lambda one: one.owner),
    Column("departments", "string", "Ids of all contributing departments.", lambda one: one.departments),
    Column("due", "date", "The day by which it is due.", lambda one: one.due),
    Column("is_overdue", "boolean", "Whether it was open after that day at the as-of.", lambda one: one.is_overdue),
    Column("evidence", "string", "The figures that call for it.", lambda one: one.evidence),
    Column("severity", "string", "Id of the gravest severity among its records.", lambda one: one.severity),
    Column(
        "customers",
        "integer",
        "Customers, or records, that the finding touched; empty where these are not known, or too few to be told.",
        lambda one: one.customers or None,
        IS_COUNT,
    ),
    Column("done_at", "datetime", "When it was last declared done.", lambda one: one.done_at),
    Column("times_refuted", "integer", "How often what was declared done did not hold.", lambda one: one.times_refuted, IS_COUNT),
    Column("effort_person_weeks", "number", "What it takes, as its owner estimates it.", lambda one: one.effort_person_weeks),
    Column("predicted_change", "number", "Change of the share that was predicted.", lambda one: one.predicted_change, IS_DIFFERENCE),
    Column("root_cause", "string", "Whys, the last one the root.", lambda one: one.root_cause),
    Column("verdict", "string", "Whether what was done worked.", lambda one: one.effect and one.effect.verdict, _any_of(EffectVerdict)),
    Column("change", "number", "After less before, less the same elsewhere.", lambda one: one.effect and one.effect.change, IS_DIFFERENCE),
    Column("change_low", "number", "Low end of its 95 % interval.", lambda one: one.effect and one.effect.low),
    Column("change_high", "number", "High end of its 95 % interval.", lambda one: one.effect and one.effect.high),
)

ASSIGNMENTS: tuple[Column[tuple[object, object, object]], ...] = (
    Column("record_id", "string", "The record whose text it is.", lambda row: row[0], IS_NEEDED),
    Column("cause_id", "string", "The cause; empty where the text fits none.", lambda row: row[1]),
    Column("source", "string", "Where the record came from; ids of two sources may be the same.", lambda row: row[2], IS_NEEDED),
)
