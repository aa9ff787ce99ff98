"""The digest for leadership: one screen of headline, the three things that matter, what keeps coming back, and one picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from reports import figures, formats
from reports.letter_charts import chart_at, chart_of
from reports.letter_items import biggest, cause_item, claim_items, escalation_items, first_items, returning_items, standard_title
from reports.letter_layout import Content, Item, Section
from reports.stages import EVERYWHERE, Names, names_of, open_follow_ups
from reports.words import CHANGES, VERDICTS
from tasks.results import Cause, Compliance, CycleSummary, EscalationCase, Quote

MATTERS = 3
RETURNING = 3
QUOTED_CHARACTERS = 200  # a longer quote is not cut, since words are told as they were written: it is left to the report


def digest(summary: CycleSummary, subject: str, link: str | None) -> Content:
    """Return the digest of a quarter."""
    missed = missed_most(summary.standards)
    return Content(
        subject=subject,
        heading=f"{summary.title}, {summary.edition}",
        lead=summary.headline,
        sections=(
            Section("What matters most", _matters(summary, missed), "No standard was found not met, and no cause in what customers wrote."),
            Section("What keeps coming back", _coming_back(summary), "Nothing was seen more than once."),
        ),
        link=link,
        chart=chart_of(missed, summary.charts) or chart_at({EVERYWHERE, *(place.id for place in summary.touchpoints)}, summary.charts),
    )


def missed_most(standards: Iterable[Compliance]) -> tuple[Compliance, ...]:
    """Return the standards that are not met, those first whose promise was broken in most cases."""
    missed = (row for row in standards if row.verdict == "not_met")
    return tuple(sorted(missed, key=lambda row: (row.met - row.n, row.standard, row.touchpoint)))


def _matters(summary: CycleSummary, missed: tuple[Compliance, ...]) -> tuple[Item, ...]:
    """Return the three things that matter: missed standards and the biggest causes by turns, a standard first."""
    names, causes = names_of(summary), biggest(summary.causes)
    turns = chain.from_iterable(zip_longest((_missed_item(row, names) for row in missed), (_quoted(cause) for cause in causes)))
    return tuple(item for item in turns if item is not None)[:MATTERS]


def _missed_item(row: Compliance, names: Names) -> Item:
    sign, change = VERDICTS[row.verdict], row.previous
    line = f"{sign.word}: {figures.figure(row)} of {formats.count(row.n)} against {figures.target(row)}"
    if change and change.verdict in ("improved", "worsened"):
        line += f"; {CHANGES[change.verdict].word}, {figures.difference(row, change)} since {change.against}"
    return Item(standard_title(row, names), (line,), tone=sign.tone)


def _quoted(cause: Cause) -> Item:
    return cause_item(cause, short_quotes(cause.quotes)[:1])


def short_quotes(quotes: Iterable[Quote]) -> tuple[str, ...]:
    """Return the quotes that fit a digest, whole, in the order given."""
    return tuple(quote.text for quote in quotes if len(quote.text) <= QUOTED_CHARACTERS)


def _coming_back(summary: CycleSummary) -> tuple[Item, ...]:
    """Return what goes to leadership, then claimed against true; where nothing goes there, follow-ups that were seen more than once."""
    names, claimed = names_of(summary), claim_items(summary.loop.resolutions, summary.headline)
    if summary.loop.escalations:
        return (*first_items(_read_out(summary.loop.escalations, names), RETURNING), *claimed)
    returning = sorted((one for one in open_follow_ups(summary.follow_ups) if one.times_seen > 1), key=lambda one: -one.times_seen)
    return (*first_items(returning_items(returning, names), RETURNING), *claimed)


def _read_out(cases: Sequence[EscalationCase], names: Names) -> tuple[Item, ...]:
    """Return the cases, the first that has short words of a customer with them."""
    items = escalation_items(cases, names)
    words = [short_quotes((one.quote,) if one.quote else ()) for one in cases]
    first = next((place for place, quotes in enumerate(words) if quotes), -1)
    return tuple(replace(item, quotes=words[place]) if place == first else item for place, item in enumerate(items))
