"""Letters about a cycle that needs a person: data that did not pass, an approval asked for, a cycle that failed or is stuck."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from config.programme import Programme, Subject
from reports import figures, formats
from reports.letter_items import rule_items, source_items
from reports.letter_layout import Content, Item, Section, letter_of
from reports.letters import recipients
from tasks.results import DataQuality, FollowUp, Letter

_SHOWN_CHANGES = 30


@formats.in_its_look
def ask_for_plan(
    programme: Programme, edition: str, sha256: str, changes: Sequence[str] | None, follow_ups: Sequence[FollowUp]
) -> tuple[Letter, ...]:
    """Return the letters that ask for the approval of a plan: what the cycle will measure, and what is still open.

    `changes` are the differences from the programme of the quarter before; None where there was none.
    """
    standards = tuple(Item(f"{one.name}: {figures.promised(one)}") for one in programme.promises)
    changed = tuple(Item(line) for line in (changes or ())[:_SHOWN_CHANGES])
    unchanged = "The programme is the one of the quarter before." if changes is not None else "There is no quarter before."
    open_ones = tuple(Item(one.title, (f"{one.owner}, due {formats.day(one.due)}",)) for one in follow_ups)
    content = Content(
        subject=f"{programme.title} {edition}: please approve the plan",
        heading=f"{programme.title}, {edition}",
        lead=f"The cycle {edition} waits until its plan is approved; nothing has been read yet.",
        sections=(
            Section("Changed since the quarter before", changed, unchanged),
            Section("Standards, and what they promise", standards, "No standard is set."),
            Section("Follow-ups that are still open", open_ones, "No follow-up is open."),
        ),
        closing=_how_to_decide(programme, edition, "plan", sha256),
    )
    return _to(programme, "approvals", content)


@formats.in_its_look
def ask_for_publication(programme: Programme, edition: str, sha256: str, headline: str, place: str) -> tuple[Letter, ...]:
    """Return the letters that ask for the approval of a publication: the report's first sentence, and where to look at it."""
    content = Content(
        subject=f"{programme.title} {edition}: please approve the publication",
        heading=f"{programme.title}, {edition}",
        lead=headline,
        sections=(Section("Look at it first", (Item(place),)),),
        closing=("Nothing is published, and nobody else was told.", *_how_to_decide(programme, edition, "publication", sha256)),
    )
    return _to(programme, "approvals", content)


@formats.in_its_look
def remind_of(programme: Programme, edition: str, subject: Subject, sha256: str, since: date) -> tuple[Letter, ...]:
    """Return the letters that remind of an approval that was asked for on that day."""
    content = Content(
        subject=f"{programme.title} {edition}: the {subject} still waits for approval",
        heading=f"{programme.title}, {edition}",
        lead=f"The cycle {edition} has waited for the approval of its {subject} since {formats.day(since)}.",
        sections=(),
        closing=_how_to_decide(programme, edition, subject, sha256),
    )
    return _to(programme, "approvals", content)


@formats.in_its_look
def tell_of_refusal(programme: Programme, cycle: str, data: DataQuality) -> tuple[Letter, ...]:
    """Return the letters that say that a cycle is not publishable and why."""
    failed = [check for check in data.gate if check.is_required and not check.is_passed]
    content = Content(
        subject=f"{programme.title} {cycle}: not published, the data did not pass",
        heading=f"{programme.title}, {cycle}",
        lead=f"This cycle is not publishable: {formats.counted(len(failed), 'required check')} failed.",
        sections=(
            Section("What failed", tuple(Item(check.description, (check.notes,) if check.notes else ()) for check in failed)),
            Section("Rules that rows broke", rule_items(data), "No row broke a rule."),
            Section("What was read", source_items(data), "No source was read."),
        ),
        closing=(
            "Nothing of this cycle was published except its validation page (validation/index.html) and its manifest."
            " When the source is put right, run the cycle again.",
        ),
    )
    return _to(programme, "alerts", content)


@formats.in_its_look
def tell_of_trouble(programme: Programme, edition: str, what: str, error: str, what_to_do: str) -> tuple[Letter, ...]:
    """Return the letters that say that a cycle failed or is stuck, why, and what to do."""
    content = Content(
        subject=f"{programme.title} {edition}: {what}",
        heading=f"{programme.title}, {edition}",
        lead=f"The cycle {edition} {what}.",
        sections=(Section("Why", (Item(error),) if error else (), "No error was recorded."), Section("What to do", (Item(what_to_do),))),
        closing=("`touchstone status` shows how it stands, `touchstone doctor` tries everything that it needs.",),
    )
    return _to(programme, "alerts", content)


def _how_to_decide(programme: Programme, edition: str, subject: Subject, sha256: str) -> tuple[str, ...]:
    cycle = edition.split(".", maxsplit=1)[0]
    return (
        f"sha256 of the {subject}: {sha256}",
        f"To decide, use the deployment “approve” in Prefect's page, or: touchstone approve PROGRAMME-FILE --cycle {cycle} "
        f"--sha256 {sha256[:8]} --name “Your name” (with --reject and --note to refuse it). The programme is {programme.programme}.",
    )


def _to(programme: Programme, gets: str, content: Content) -> tuple[Letter, ...]:
    """Return the letter to each address of the audiences that get such letters, one an address."""
    addressed = {
        address: audience.id
        for audience in reversed(programme.audiences)
        if audience.gets == gets
        for address in recipients(audience, programme.departments)
    }
    return tuple(letter_of(content, audience, address) for address, audience in addressed.items())
