"""The columns of the tables of effects, promises and decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import get_args

from reports.columns import IS_COUNT, IS_DIFFERENCE, IS_NEEDED, IS_SHARE, Column
from tasks.results import (
    CycleSummary,
    Decision,
    DecisionKind,
    Effect,
    EffectVerdict,
    FollowUp,
    MadeWhen,
    PredictionScore,
    Promise,
    PromiseKept,
)

Judged = tuple[FollowUp, Effect]
Promised = tuple[Promise, PromiseKept | None]


def judged(summary: CycleSummary) -> Iterator[Judged]:
    """Return each follow-up of which Check says whether it worked, with what it says."""
    return ((one, one.effect) for one in summary.follow_ups if one.effect is not None)


def promised(summary: CycleSummary) -> Iterator[Promised]:
    """Return each promise that this quarter judges with what came of it, then each whose quarter lies ahead."""
    yield from ((kept.promise, kept) for kept in summary.loop.kept)
    yield from ((promise, None) for promise in summary.loop.promises)


def _of_effect(name: str) -> Callable[[Judged], object]:
    return lambda pair: getattr(pair[1], name)


def _of_promise(name: str) -> Callable[[Promised], object]:
    return lambda pair: getattr(pair[0], name)


def _of_kept(name: str) -> Callable[[Promised], object]:
    return lambda pair: getattr(pair[1], name, None)


EFFECTS: tuple[Column[Judged], ...] = (
    Column("follow_up", "string", "The follow-up's id.", lambda pair: pair[0].id, IS_NEEDED),
    Column("finding", "string", "standard:<id>:<touchpoint> or cause:<id>.", lambda pair: pair[0].finding),
    Column("title", "string", "What was to be done.", lambda pair: pair[0].title),
    Column("owner", "string", "Id of the accountable department.", lambda pair: pair[0].owner),
    Column("done_at", "datetime", "When it was last declared done, in UTC.", lambda pair: pair[0].done_at),
    Column("verdict", "string", "Whether it worked.", _of_effect("verdict"), {"enum": list(get_args(EffectVerdict))}),
    Column("cycle", "string", "The cycle whose Check says so.", _of_effect("cycle")),
    Column(
        "change", "number", "After less before, less the same elsewhere; above 0 is for the better.", _of_effect("change"), IS_DIFFERENCE
    ),
    Column("low", "number", "Low end of the change's 95 % interval.", _of_effect("low")),
    Column("high", "number", "High end of the change's 95 % interval.", _of_effect("high")),
    Column("p", "number", "Two-sided p of the change, uncorrected.", _of_effect("p"), IS_SHARE),
    Column("is_beyond_chance", "boolean", "Whether p holds in the family of all effects of the cycle.", _of_effect("is_beyond_chance")),
    Column("before", "number", "Level before, 0 to 1.", _of_effect("before"), IS_SHARE),
    Column("after", "number", "Level after, 0 to 1.", _of_effect("after"), IS_SHARE),
    Column("before_elsewhere", "number", "Level before where nothing was done.", _of_effect("before_elsewhere"), IS_SHARE),
    Column("after_elsewhere", "number", "Level after where nothing was done.", _of_effect("after_elsewhere"), IS_SHARE),
    Column("n_before", "integer", "Cases or texts before.", _of_effect("n_before"), IS_COUNT),
    Column("n_after", "integer", "Cases or texts after.", _of_effect("n_after"), IS_COUNT),
    Column("change_beyond_trend", "number", "The change beyond a straight trend of its own.", _of_effect("change_beyond_trend")),
    Column("beyond_trend_low", "number", "Low end of its 95 % interval.", _of_effect("beyond_trend_low")),
    Column("beyond_trend_high", "number", "High end of its 95 % interval.", _of_effect("beyond_trend_high")),
    Column("promised", "number", "The change that was predicted, above 0 for the better.", _of_effect("promised"), IS_DIFFERENCE),
    Column("score", "string", "What came of the prediction.", _of_effect("score"), {"enum": list(get_args(PredictionScore))}),
    Column("smallest_seen", "number", "The smallest change that would be found in 80 of 100 such cases.", _of_effect("smallest_seen")),
    Column("method", "string", "How it was found out.", _of_effect("method")),
    Column("elsewhere", "string", "Touchpoints or causes that it is compared with.", _of_effect("elsewhere")),
    Column("harmed", "string", "What got worse meanwhile, beyond chance.", _of_effect("harmed")),
    Column("returned_as", "string", "Later causes that say the same in other words.", _of_effect("returned_as")),
    Column("reason", "string", "Why it cannot be told.", _of_effect("reason")),
    Column("times_refuted", "integer", "How often what was declared done did not hold.", lambda pair: pair[0].times_refuted, IS_COUNT),
)

PROMISES: tuple[Column[Promised], ...] = (
    Column("id", "string", "The objective's id.", _of_promise("id"), IS_NEEDED),
    Column("finding", "string", "standard:<id>:<touchpoint> or cause:<id>.", _of_promise("finding")),
    Column("title", "string", "What it is about.", _of_promise("title")),
    Column("window", "string", "The quarter whose data judge it.", _of_promise("window"), IS_NEEDED),
    Column("window_starts", "datetime", "When that quarter begins, in UTC.", _of_promise("window_starts")),
    Column("baseline", "string", "The quarter that it starts from; empty where none is finished.", _of_promise("baseline")),
    Column("baseline_share", "number", "The level that it starts from, 0 to 1.", _of_promise("baseline_share"), IS_SHARE),
    Column("baseline_n", "integer", "Decided cases or texts behind that level.", _of_promise("baseline_n"), IS_COUNT),
    Column("baseline_met", "integer", "Of them, those that kept it, or told of the cause.", _of_promise("baseline_met"), IS_COUNT),
    Column("baseline_n_effective", "number", "As many independent cases, where these are fewer.", _of_promise("baseline_n_effective")),
    Column("is_weighted", "boolean", "Whether that level is weighted, whose change is not tested.", _of_promise("is_weighted")),
    Column("predicted_change", "number", "The change of the share that is promised.", _of_promise("predicted_change"), IS_DIFFERENCE),
    Column("target_share", "number", "The share that it is to reach.", _of_promise("target_share"), IS_SHARE),
    Column("follow_up", "string", "The follow-up that is to bring it about.", _of_promise("follow_up")),
    Column("why", "string", "If we ..., then ..., because ....", _of_promise("why")),
    Column("test", "string", "How it is judged.", _of_promise("test")),
    Column("planned_in", "string", "The cycle whose Plan stored it first.", _of_promise("planned_in")),
    Column("planned_at", "datetime", "The as-of of that Plan, in UTC.", _of_promise("planned_at")),
    Column("made", "string", "Whether it was made before its quarter began.", _of_promise("made"), {"enum": list(get_args(MadeWhen))}),
    Column("sha256", "string", "Of what was promised, as in the ledger.", _of_promise("sha256")),
    Column("share", "number", "The level in the window; empty while it lies ahead.", _of_kept("share"), IS_SHARE),
    Column("change", "number", "Less that of the baseline.", _of_kept("change"), IS_DIFFERENCE),
    Column("low", "number", "Low end of the change's 95 % interval.", _of_kept("low")),
    Column("high", "number", "High end of the change's 95 % interval.", _of_kept("high")),
    Column("score", "string", "What came of it; empty while it lies ahead.", _of_kept("score"), {"enum": list(get_args(PredictionScore))}),
    Column("is_target_reached", "boolean", "Whether the level reached the target.", _of_kept("is_target_reached")),
    Column("reason", "string", "Why it cannot be told.", _of_kept("reason")),
)

DECISIONS: tuple[Column[Decision], ...] = (
    Column("id", "string", "The decision's id.", lambda one: one.id, IS_NEEDED),
    Column("kind", "string", "What the figures propose.", lambda one: one.kind, {"enum": list(get_args(DecisionKind))}),
    Column("about", "string", "A follow-up's id, or standard:<id>:<touchpoint>.", lambda one: one.about),
    Column("title", "string", "What it is about.", lambda one: one.title),
    Column("reason", "string", "Why it is proposed.", lambda one: one.reason),
    Column("proposed_in", "string", "The cycle that proposed it.", lambda one: one.proposed_in),
    Column("value", "number", "Of raise_target the new target, 0 to 1.", lambda one: one.value, IS_SHARE),
    Column("first", "date", "Of rebase the first day of the new limits.", lambda one: one.first),
    Column(
        "decided",
        "string",
        "What was decided; empty while nobody has.",
        lambda one: one.decided,
        {"enum": [*get_args(DecisionKind), "refused"]},
    ),
    Column("decided_by", "string", "The name that was typed.", lambda one: one.decided_by),
    Column("decided_at", "datetime", "When it was decided, in UTC.", lambda one: one.decided_at),
    Column("note", "string", "What was said with it.", lambda one: one.note),
)
