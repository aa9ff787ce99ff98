"""Act: what is asked of people after this cycle, and what it says of the loop: promised, claimed, shown, proposed."""

from __future__ import annotations

from collections.abc import Sequence

from flows.handover import Agreed, Counted, Findings, Followed, FollowUps, Grouped, Plan, Snapshot
from flows.plan import figures_of, mapping_hashes
from flows.quiet import quiet_output
from flows.run import Run
from tasks.decisions import proposed, target_notes, waiting
from tasks.escalation import escalations
from tasks.opening.found import Found, touched
from tasks.planning import decide_follow_ups
from tasks.priorities.candidates import candidates
from tasks.priorities.capacity import capacity_plan
from tasks.priorities.rank import priorities
from tasks.promises import Figures, carried_on, kept_promises
from tasks.resolutions import resolutions
from tasks.results import CapacityPlan, Compliance, Decision, FollowUp, Loop, Priority, PromiseKept
from tasks.severity import severe_cases, severities
from tasks.standards.definitions import definitions
from tasks.standards.placement import place
from tasks.vault import get_json, get_table, put_json


def agree(run: Run, plan: Plan, snapshot: Snapshot, findings: Findings, followed: Followed) -> Agreed:
    """Return all follow-ups after this cycle, and what it says of the loop."""
    carried = get_json(run.vault, followed.follow_ups, FollowUps).follow_ups
    found = _found(run, snapshot, findings)
    follow_ups = decide_follow_ups(found, carried, run.programme, str(run.quarter), run.as_of)
    return Agreed(follow_ups=follow_ups, loop=put_json(run.vault, _loop(run, plan, findings, followed, found, follow_ups)))


def _found(run: Run, snapshot: Snapshot, findings: Findings) -> Found:
    """Return the quarter's findings with whom they touched, and how gravely."""
    feedback = get_table(run.vault, snapshot.feedback)
    records = feedback.loc[(feedback["cycle"] == str(run.quarter)) & (feedback["occurred_at"] <= run.as_of)]
    records = records.assign(touchpoint=place(records, run.programme), severity=severities(records, run.programme))
    grouped, counted = run.output("causes", Grouped), run.output("standards", Counted)
    if grouped is None or counted is None:
        raise RuntimeError("follow-ups can be decided only after Check")
    praise = get_table(run.vault, grouped.praise_assignments) if grouped.praise_assignments else None
    hit = touched(records, get_table(run.vault, counted.outcomes), get_table(run.vault, grouped.assignments), praise, run.programme)
    return Found(
        standards=findings.standards,
        causes=findings.causes,
        praise=findings.praise,
        severities=hit.severities,
        customers=hit.customers,
        severe=severe_cases(records["severity"], records["touchpoint"], run.programme),
    )


def _loop(run: Run, plan: Plan, findings: Findings, followed: Followed, found: Found, follow_ups: Sequence[FollowUp]) -> Loop:
    cycle = str(run.quarter)
    decisions = _decisions(run, plan, findings, follow_ups)
    order, choice = _what_first(run, findings, follow_ups)
    return Loop(
        carried_on=carried_on(plan.earlier[0].agreed if plan.earlier else (), follow_ups),
        promises=tuple(one for one in plan.promises if one.window > cycle),
        kept=_kept(run, plan, findings),
        resolutions=resolutions(follow_ups, cycle),
        escalations=escalations(follow_ups, findings.causes, found.severe, run.programme, cycle),
        priorities=order,
        plan=choice,
        decisions=decisions,
        notes=(*followed.notes, *target_notes(plan.decisions, run.programme)),
    )


def _kept(run: Run, plan: Plan, findings: Findings) -> tuple[PromiseKept, ...]:
    """Return what came of the promises that this quarter judges, standards whose meaning changed since marked as such."""
    finished = {one.cycle: figures_of(run, one) for one in plan.earlier} if plan.promises else {}
    meanings = definitions(run.programme, mapping_hashes(run.programme, run.quarter))
    redefined = {one.cycle: [name for name, now in meanings.items() if one.definitions.get(name, now) != now] for one in plan.earlier}
    figures = Figures(findings.standards, findings.causes)
    return kept_promises(plan.promises, figures, finished, run.programme, str(run.quarter), redefined)


def _decisions(run: Run, plan: Plan, findings: Findings, follow_ups: Sequence[FollowUp]) -> tuple[Decision, ...]:
    """Return what is proposed now, what still waits, and what was decided since the last report."""
    figures = [findings.standards, *_earlier_figures(run, plan)]
    new = proposed(follow_ups, figures, plan.decisions, run.programme, str(run.quarter), run.as_of)
    before = plan.earlier[0].as_of if plan.earlier else None
    made = [one for one in plan.decisions if one.decided_at is not None and (before is None or one.decided_at > before)]
    return tuple(sorted((*waiting([*plan.decisions, *new]), *made), key=lambda one: (one.decided is not None, one.kind, one.about, one.id)))


def _earlier_figures(run: Run, plan: Plan) -> list[Sequence[Compliance]]:
    """Return what was published of the quarters before, newest first, with nothing for a quarter that has no report."""
    by_cycle = {one.cycle: one for one in plan.earlier}
    quarters = [str(run.quarter.back(number)) for number in range(1, run.programme.escalation.raise_target_after_quarters)]
    found = [by_cycle.get(quarter) for quarter in quarters]
    return [get_json(run.vault, one.findings, Findings).standards if one else () for one in found]


def _what_first(run: Run, findings: Findings, follow_ups: Sequence[FollowUp]) -> tuple[tuple[Priority, ...], CapacityPlan | None]:
    every = candidates(follow_ups, findings.standards, findings.causes, run.programme)
    capacity = {one.id: one.capacity_person_weeks for one in run.programme.departments if one.capacity_person_weeks is not None}
    with quiet_output():
        return priorities(every), capacity_plan(every, capacity)
