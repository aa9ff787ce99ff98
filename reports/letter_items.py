"""What the letters list: one item for each standard, cause, follow-up, rule and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reports import figures, formats
from reports.effects import claims, effect_sentence
from reports.letter_layout import Item
from reports.loop import update_command
from reports.stages import Names, names_of
from reports.words import CAUSE_STATUSES, CHANGES, EFFECTS, FOLLOW_UP_STATUSES, NEXT_STEPS, PREDICTIONS, VERDICTS
from tasks.results import OPEN_STATUSES, Cause, Compliance, CycleSummary, DataQuality, EscalationCase, FollowUp, Resolutions

SHOWN_TITLES = 3
Quotes = Mapping[str, tuple[str, ...]]  # customers' words by finding


def first_items(items: tuple[Item, ...], at_most: int) -> tuple[Item, ...]:
    """Return the first items, and one that says how many more there are."""
    rest = len(items) - at_most
    return items[:at_most] + ((Item(f"and {rest} more in the report"),) if rest > 0 else ())


def standard_items(rows: Iterable[Compliance], names: Names) -> tuple[Item, ...]:
    """Return an item a standard: verdict, figure with interval, target, change since the quarter before."""
    return tuple(Item(standard_title(row, names), _standard_lines(row), tone=VERDICTS[row.verdict].tone) for row in rows)


def standard_title(row: Compliance, names: Names) -> str:
    """Return a standard with the touchpoint that the figure is of."""
    return f"{row.title} ({names.touchpoints.get(row.touchpoint, row.touchpoint)})"


def _standard_lines(row: Compliance) -> tuple[str, ...]:
    if not row.n:
        return (f"{VERDICTS[row.verdict].word}: no decided case in this quarter",)
    against = f"{figures.measured(row)} of {formats.count(row.n)} against {figures.target(row)}"
    asked = (f"{formats.share(row.response.share)} of {formats.count(row.response.invited)} asked answered",) if row.response else ()
    lines = (f"{VERDICTS[row.verdict].word}: {against}", *asked)
    if row.previous is None or row.previous.change is None:
        return lines
    return (*lines, f"{figures.difference(row, row.previous)} since {row.previous.against}: {CHANGES[row.previous.verdict].word}")


def biggest(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return the causes of this quarter, the biggest first."""
    return tuple(sorted((cause for cause in causes if cause.size), key=lambda cause: (-cause.size, cause.id)))


def cause_item(cause: Cause, quotes: tuple[str, ...] = ()) -> Item:
    """Return a cause: its size and what became of it, and customers' words."""
    return Item(cause.label, (_cause_line(cause),), quotes, tone=CAUSE_STATUSES[cause.status].tone)


def _cause_line(cause: Cause) -> str:
    size = f"{formats.share(cause.share)} of what customers wrote ({formats.counted(cause.size, 'text')})"
    return f"{size}; {CAUSE_STATUSES[cause.status].word}"


def returning_items(follow_ups: Iterable[FollowUp], names: Names) -> tuple[Item, ...]:
    """Return an item a follow-up: how often its finding was seen, and who is to act by when."""
    return tuple(
        Item(
            one.title,
            (
                f"seen in {formats.counted(one.times_seen, 'quarter')} since {one.opened_in};"
                f" {names.departments.get(one.owner, one.owner)}, {formats.deadline(one.due, is_overdue=one.is_overdue)}",
            ),
        )
        for one in follow_ups
    )


def escalation_items(cases: Iterable[EscalationCase], names: Names) -> tuple[Item, ...]:
    """Return an item a case for leadership: why it is one, and who answers for it."""
    return tuple(
        Item(one.title, (f"{formats.clean(one.reason).rstrip('.')}; {names.departments.get(one.owner, one.owner)}",)) for one in cases
    )


def claim_items(resolutions: Resolutions, headline: str) -> tuple[Item, ...]:
    """Return what was declared solved against what the data say of it, unless the headline says so; then what is still happening."""
    sentence = claims(resolutions)
    told = resolutions.claimed and sentence not in headline
    still = "; ".join(resolutions.still_happening[:SHOWN_TITLES])
    rest = len(resolutions.still_happening) - SHOWN_TITLES
    more = f"; and {rest} more" if rest > 0 else ""
    return (
        *((Item(f"{sentence[0].upper()}{sentence[1:]}"),) if told else ()),
        *((Item("Declared solved, and still happening", (f"{still}{more}",)),) if still else ()),
    )


def effect_items(summary: CycleSummary) -> tuple[Item, ...]:
    """Return an item a verdict on what was done, with the titles, and one that counts what came of promises."""
    judged = {verdict: [one.title for one in summary.follow_ups if one.effect and one.effect.verdict == verdict] for verdict in EFFECTS}
    scores = [kept.score for kept in summary.loop.kept]
    counts = formats.listed(f"{scores.count(score)} {sign.word}" for score, sign in PREDICTIONS.items() if score in scores)
    items = [Item(f"{len(titles)} {EFFECTS[verdict].word}", ("; ".join(titles),)) for verdict, titles in judged.items() if titles]
    return (*items, *((Item(f"Of {formats.counted(len(scores), 'promise')} for this quarter, {counts}"),) if scores else ()))


def own_item(one: FollowUp, summary: CycleSummary, quotes: Quotes) -> Item:
    """Return a follow-up in full for its owner: what came of it, what is asked next, and the command to say so."""
    item = follow_up_item(one, summary, quotes)
    asked = f"Next: {NEXT_STEPS[one.status]}"
    if one.status not in OPEN_STATUSES:
        return replace(item, asked=asked)
    return replace(item, asked=f"{asked}. To say so:", command=update_command(one, summary.programme))


def follow_up_item(one: FollowUp, summary: CycleSummary, quotes: Quotes) -> Item:
    """Return a follow-up in full, with what came of it, and the words that `quotes` holds for its finding."""
    titles = names_of(summary).departments
    others = formats.listed(titles.get(department, department) for department in one.departments if department != one.owner)
    owner = f"Accountable: {titles.get(one.owner, one.owner)}" + (f"; contributing: {others}" if others else "")
    due = f"{'Overdue since' if one.is_overdue else 'Due'} {formats.day(one.due)}"
    state = f"{due}; {FOLLOW_UP_STATUSES[one.status].word}; {one.kind}; seen in {formats.counted(one.times_seen, 'quarter')}"
    found = (effect_sentence(one.effect, one.finding),) if one.effect else ()
    lines = (state, *found, f"Why: {one.evidence}", owner, f"Id: {one.id}")
    return Item(one.title, lines, quotes.get(one.finding, ()), tone="bad" if one.is_overdue else "")


def rule_items(data: DataQuality) -> tuple[Item, ...]:
    """Return an item a rule that rows broke, the most often broken first."""
    broken = sorted((rule for rule in data.rules if rule.failed and rule.severity == "error"), key=lambda rule: -rule.failed)
    return tuple(
        Item(f"{rule.source}: {rule.rule}", (f"{formats.count(rule.failed)} of {formats.counted(rule.checked, 'row')} failed",))
        for rule in broken
    )


def source_items(data: DataQuality) -> tuple[Item, ...]:
    """Return an item a source: where each of its rows went."""
    return tuple(
        Item(
            f"{account.source}, {account.cycle}",
            (
                f"{formats.counted(account.read, 'row')}: {formats.count(account.accepted)} accepted,"
                f" {formats.count(account.quarantined)} quarantined, {formats.count(account.filtered)} filtered,"
                f" {formats.count(account.outside_period)} outside the quarter, {formats.count(account.collapsed)} collapsed,"
                f" {formats.count(account.duplicates)} duplicates",
            ),
        )
        for account in data.accounts
    )
