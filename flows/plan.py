"""Plan: what this cycle builds on, fixed before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from config.loading import fingerprint, thaw
from config.periods import Quarter
from config.programme import Programme
from config.sources import Source
from flows.handover import Agreed, Counted, EarlierCycle, Findings, Followed, Grouped, Plan, Pulled, Snapshot, Stored
from flows.run import Run, step
from tasks.decisions import rebasings
from tasks.follow_ups.life import as_known_at
from tasks.ledger.admissions import admissions_of
from tasks.ledger.connection import Ledger
from tasks.ledger.decisions import decisions_of
from tasks.ledger.editions import SNAPSHOT_STEP, latest_edition, output_of
from tasks.ledger.models import Cycle
from tasks.ledger.references import gone
from tasks.ledger.removals import removed_subjects
from tasks.ledger.views import editions, follow_ups
from tasks.promises import Figures, made_promises
from tasks.results import Decision, FollowUp, Promise, Ref
from tasks.standards.definitions import definitions
from tasks.vault import get_json

EARLIER_QUARTERS = 4
PLAN_STEP = "plan"
FOLLOWED_STEP = "effects"
AGREED_STEP = "follow-ups"


def plan(run: Run) -> Plan:
    """Return the finished cycles, follow-ups and promises that this cycle carries forward."""
    return step(run, PLAN_STEP, Plan, look_back)


def look_back(run: Run) -> Plan:
    """Return the outputs of the four quarters before that are finished and have not expired, and what people were asked and promised."""
    ledger, programme = run.journal.ledger, run.programme.programme
    quarters = [str(run.quarter.back(number)) for number in range(1, EARLIER_QUARTERS + 1)]
    found = [latest_edition(ledger, programme, quarter, status="finished") for quarter in quarters]
    earlier = [_outputs(ledger, edition) for edition in found if edition is not None]
    kept = tuple(one for one in earlier if _is_kept(run, one.feedback, one.ratings, one.findings))
    decisions = tuple(_as_known_at(one, run.as_of) for one in decisions_of(ledger, programme) if one.proposed_in <= str(run.quarter))
    return Plan(
        earlier=kept,
        cause_model=_nearest_model(run, "model"),
        praise_model=_nearest_model(run, "praise_model"),
        follow_ups=_follow_ups(run),
        promises=_promises(run, kept),
        decisions=decisions,
        rebased=rebasings(decisions),
        removed=removed_subjects(ledger, programme),
        admissions=tuple(one for one in admissions_of(ledger, programme) if _is_kept(run, one.table)),
    )


def _follow_ups(run: Run) -> tuple[FollowUp, ...]:
    """Return all follow-ups that earlier cycles opened, as they were known at the as-of."""
    every = follow_ups(run.journal.ledger, run.programme.programme, only_open=False)
    return tuple(as_known_at(one, run.as_of) for one in every if one.opened_in <= str(run.quarter))


def _as_known_at(decision: Decision, as_of: datetime) -> Decision:
    """Return a decision as it was known then: not made yet where it was made later."""
    is_later = decision.decided_at is not None and decision.decided_at > as_of
    return decision.model_copy(update={"decided": None, "decided_by": "", "decided_at": None, "note": ""}) if is_later else decision


def _promises(run: Run, earlier: Sequence[EarlierCycle]) -> tuple[Promise, ...]:
    """Return what was promised before, as it was first stored, and what the programme's objectives promise anew."""
    ledger = run.journal.ledger
    others = [(datetime.fromisoformat(e.as_of), e) for e in editions(ledger, run.programme.programme) if not e.is_draft]
    before = sorted(((at, e) for at, e in others if e.edition != run.edition and at < run.as_of), key=lambda pair: pair[0], reverse=True)
    outputs = [output_of(ledger, edition, PLAN_STEP) for _, edition in before]
    known = {promise.id: promise for output in outputs if output for promise in Plan.model_validate_json(output).promises}
    finished = {one.cycle: figures_of(run, one) for one in earlier} if run.programme.objectives else {}
    clock = datetime.now(UTC)  # whether a prediction was made before its window is a fact of the world, and no figure
    return made_promises(run.programme, tuple(known.values()), finished, str(run.quarter), run.as_of, clock)


def figures_of(run: Run, earlier: EarlierCycle) -> Figures:
    """Return what an earlier cycle found, as far as promises start from it or are judged by it."""
    found = get_json(run.vault, earlier.findings, Findings)
    return Figures(found.standards, found.causes)


def plan_sha256(programme_sha256: str, plan: Plan) -> str:
    """Return the hash by which a plan is approved: of the frozen programme and of everything that the cycle builds on."""
    return fingerprint(programme_sha256 + plan.model_dump_json())


def mapping_hash(source: Source) -> str:
    """Return a hash of a source's mapping, overrides applied: the same hash, the same meaning of its columns.

    Where the rows are does not change it, nor what the taxonomy makes of their categories: stored rows are classified anew.
    """
    no_meaning = {"reads", "categories", "incremental", "late_after_days", "overrides"}
    return fingerprint(source.model_dump_json(by_alias=True, exclude=no_meaning))


def mapping_hashes(programme: Programme, quarter: Quarter) -> dict[str, str]:
    """Return the hash of each source's mapping, as it is for a quarter."""
    return {source.id: mapping_hash(source.at(quarter)) for source in programme.sources}


def _outputs(ledger: Ledger, edition: Cycle) -> EarlierCycle:
    snapshot = Snapshot.model_validate_json(_output(ledger, edition, SNAPSHOT_STEP))
    grouped = Grouped.model_validate_json(_output(ledger, edition, "causes"))
    quarter, programme = Quarter.parse(edition.cycle), thaw(edition.frozen)
    return EarlierCycle(
        cycle=edition.cycle,
        edition=edition.edition,
        as_of=datetime.fromisoformat(edition.as_of),
        feedback=snapshot.feedback,
        ratings=snapshot.ratings,
        findings=Stored.model_validate_json(_output(ledger, edition, "findings")).ref,
        cause_model=grouped.model,
        assignments=grouped.assignments,
        praise_assignments=grouped.praise_assignments,
        sources=mapping_hashes(programme, quarter),
        watermarks=_watermarks(ledger, edition, [source for source in programme.sources if source.incremental]),
        counted=_counted(ledger, edition),
        everywhere=_followed(ledger, edition),
        agreed=_agreed(ledger, edition),
        definitions=definitions(programme, mapping_hashes(programme, quarter)),
    )


def _counted(ledger: Ledger, edition: Cycle) -> Counted | None:
    """Return the edition's counts; None where its version kept fewer of them."""
    output = output_of(ledger, edition, "standards")
    counted = Counted.model_validate_json(output) if output else None
    return counted if counted and counted.slices else None


def _followed(ledger: Ledger, edition: Cycle) -> Ref | None:
    """Return the edition's counts at every touchpoint; None where its version followed nothing."""
    output = output_of(ledger, edition, FOLLOWED_STEP)
    return Followed.model_validate_json(output).everywhere if output else None


def _agreed(ledger: Ledger, edition: Cycle) -> tuple[FollowUp, ...]:
    output = output_of(ledger, edition, AGREED_STEP)
    return Agreed.model_validate_json(output).follow_ups if output else ()


def _watermarks(ledger: Ledger, edition: Cycle, sources: Sequence[Source]) -> dict[str, datetime]:
    pulled = [Pulled.model_validate_json(_output(ledger, edition, pull_step(source.id))) for source in sources]
    return {one.source: one.watermark for one in pulled if one.watermark is not None}


def pull_step(source_id: str) -> str:
    """Return the name of the step that pulls a source."""
    return f"pull {source_id}"


def _nearest_model(run: Run, name: str) -> Ref | None:
    finished = [e for e in editions(run.journal.ledger, run.programme.programme) if e.status == "finished" and not e.is_draft]
    before = [edition for edition in finished if edition.cycle < str(run.quarter)]
    if not before:
        return None
    latest = max(before, key=lambda edition: (edition.cycle, edition.revision))
    model: Ref | None = getattr(Grouped.model_validate_json(_output(run.journal.ledger, latest, "causes")), name)
    return model if model and _is_kept(run, model) else None


def _is_kept(run: Run, *refs: Ref) -> bool:
    """Return whether none of the objects has expired; one that is gone in any other way is for its reader to find."""
    expired = gone(run.journal.ledger, run.programme.programme)
    return all(ref.uri not in expired or run.vault.exists(ref.uri) for ref in refs)


def _output(ledger: Ledger, edition: Cycle, name: str) -> str:
    output = output_of(ledger, edition, name)
    if output is None:
        raise RuntimeError(f"{edition.edition} is finished and has no output of its step {name!r}")
    return output
