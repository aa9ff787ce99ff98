"""Act: decide follow-ups, publish what was found, and tell people."""

from __future__ import annotations

from dataclasses import dataclass

from flows.closing import agree
from flows.handover import Agreed, Findings, Followed, Grouped, Plan, Published, Rendered, Snapshot, Stored
from flows.mailing import tell, tell_of_refusal
from flows.plan import AGREED_STEP
from flows.publishing import publish, publish_refusal, render, with_manifest
from flows.run import Run, step
from reports.headline import headline
from tasks.responses import with_response_rates
from tasks.results import CycleSummary, DataQuality, Family, Loop, NamedPart, Place, Trace
from tasks.standards.placement import place
from tasks.vault import get_json, get_table, put_json


@dataclass(frozen=True)
class Decided:
    """What is ready to be published."""

    summary: CycleSummary
    rendered: Rendered


def decide(run: Run, plan: Plan, snapshot: Snapshot, findings: Findings, followed: Followed) -> Decided:
    """Return what this cycle asks of people and says to them, rendered and not yet published."""
    agreed = step(run, AGREED_STEP, Agreed, agree, plan, snapshot, findings, followed)
    summary = get_json(run.vault, step(run, "summary", Stored, summarise, snapshot, findings, followed, agreed).ref, CycleSummary)
    rendered = step(run, "render", Rendered, render, summary)
    return Decided(summary, with_manifest(run, summary, rendered))


def act(run: Run, decided: Decided) -> Published:
    """Return what is visible now: the report published, its follow-ups opened, its readers told."""
    published = publish(run, decided.summary, decided.rendered)
    tell(run, decided.summary, published)
    return published


def refuse(run: Run, snapshot: Snapshot) -> str:
    """Publish only the validation page, tell the ops lead, and return in one sentence why nothing else is."""
    data = data_quality(run, snapshot)
    publish_refusal(run, data)
    tell_of_refusal(run, data)
    reasons = "; ".join(
        f"{check.description.lower()} ({check.notes})" for check in snapshot.gate if check.is_required and not check.is_passed
    )
    subject = f"{run.edition} of {run.programme.programme}"
    return f"{subject} is not publishable; not so: {reasons}. Correct the source or the mapping and run it again."


def summarise(run: Run, snapshot: Snapshot, findings: Findings, followed: Followed, agreed: Agreed) -> Stored:
    """Store the one summary that every report is rendered from."""
    starts, ends = run.programme.span(run.quarter)
    loop = get_json(run.vault, agreed.loop, Loop) if agreed.loop else Loop()
    named = {
        part: tuple(NamedPart(id=one.id, title=one.title) for one in getattr(run.programme, part)) for part in ("stages", "departments")
    }
    summary = CycleSummary(
        programme=run.programme.programme,
        title=run.programme.title,
        cycle=str(run.quarter),
        edition=run.edition,
        is_draft=run.is_draft,
        revision_reason=run.revision_reason,
        timezone=run.programme.timezone,
        look=run.programme.look,
        starts=starts,
        ends=ends,
        as_of=run.as_of,
        headline=headline(findings.standards, findings.causes, agreed.follow_ups, loop.resolutions),
        touchpoints=_places(run, snapshot),
        standards=with_response_rates(findings.standards, snapshot.quality.responses, run.programme),
        restatements=findings.restatements,
        times=findings.times,
        charts=findings.charts,
        slices=findings.slices,
        mixes=findings.mixes,
        drivers=findings.drivers,
        causes=findings.causes,
        themes=findings.themes,
        praise=findings.praise,
        cause_notes=findings.cause_notes,
        follow_ups=agreed.follow_ups,
        loop=loop,
        families=(*findings.families, Family(name="effectiveness", tests=followed.tests, rejected=followed.rejected)),
        data=data_quality(run, snapshot),
        trace=Trace(
            programme_sha256=run.programme_sha256,
            snapshot=(snapshot.feedback, snapshot.ratings, snapshot.quarantine),
            versions=run.versions,
        ),
        **named,
    )
    return Stored(ref=put_json(run.vault, summary))


def data_quality(run: Run, snapshot: Snapshot) -> DataQuality:
    """Return what was read, checked and set aside; causes are counted where they have been found already."""
    feedback = get_table(run.vault, snapshot.feedback)
    kinds = feedback.loc[feedback["cycle"] == str(run.quarter)].get("kind")
    grouped = run.output("causes", Grouped)
    return DataQuality(
        accounts=snapshot.accounts,
        refreshed=snapshot.refreshed,
        rules=snapshot.rules,
        gate=snapshot.gate,
        unplaced=snapshot.unplaced,
        records=snapshot.records,
        ratings=snapshot.answers,
        texts=grouped.texts if grouped else 0,
        without_cause=grouped.without_cause if grouped else 0,
        praise=int((kinds == "praise").sum()) if kinds is not None else 0,
        taxonomy_version=run.programme.taxonomy.version if run.programme.taxonomy else None,
        **dict(snapshot.quality),
    )


def _places(run: Run, snapshot: Snapshot) -> tuple[Place, ...]:
    feedback = get_table(run.vault, snapshot.feedback)
    records = place(feedback.loc[feedback["cycle"] == str(run.quarter)], run.programme).value_counts()
    return tuple(
        Place(
            id=point.id,
            title=point.title,
            stage=point.stage,
            departments=point.departments,
            accountable=point.accountable,
            records=int(records.get(point.id, 0)),
        )
        for point in run.programme.touchpoints
    )
