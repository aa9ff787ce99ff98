"""The frontline reads what customers thanked for, and nothing else."""

from __future__ import annotations

from typing import Any

from config.programme import Audience, Department
from reports.letters import compose
from tasks.results import Cause, Contribution, CycleSummary, Letter, Quote
from tests.reports import samples
from tests.reports.samples import LEDGER_HEAD, MAILED_DEPARTMENTS, SUMMARY

FRONTLINE = Audience(id="frontline", gets="praise", mail=("all@aldermere.example",))
EACH = Audience(id="frontline", gets="praise", mail="departments")
CARE = ("customer-care",)


def thanks(label: str, *said: tuple[str, str, int]) -> Cause:
    """Praise with a quote and so many records at each of these touchpoints."""
    own = {place.id: place.departments for place in SUMMARY.touchpoints}
    size = sum(records for _, _, records in said)
    changes: dict[str, Any] = {
        "id": f"2025Q4-{label}",
        "label": label,
        "size": size,
        "quotes": tuple(Quote(record_id=words, text=words, touchpoint=place, departments=own[place]) for place, words, _ in said),
        "touchpoints": tuple(Contribution(id=place, records=records, share=records / size) for place, _, records in said),
    }
    return samples.CAUSES[0].model_copy(update=changes)


PRAISED = SUMMARY.model_copy(
    update={
        "praise": (
            thanks("Friendly voices", ("phone-line", "She stayed on the line. Thank you.", 40)),
            thanks("Quick crews", ("leak-repair", "Here within the hour!", 30), ("supply", "Back before tea.", 12)),
        )
    }
)


def letters_of(summary: CycleSummary, audience: Audience = FRONTLINE) -> tuple[Letter, ...]:
    return compose(summary, (audience,), MAILED_DEPARTMENTS, None, LEDGER_HEAD)


def test_the_frontline_reads_thanks_by_touchpoint_in_customers_own_words_then_what_was_kept_or_got_better() -> None:
    (letter,) = letters_of(PRAISED)
    assert letter.subject == "Aldermere Water 2025Q4: what customers thanked us for"
    words = " ".join(letter.text.split())
    assert "customers thanked us in 148 texts." in words
    assert (
        "PHONE LINE - Friendly voices 40 texts > “She stayed on the line. Thank you.” "
        "LEAK REPAIR VISIT - Quick crews 30 texts > “Here within the hour!” "
        "INTERRUPTED SUPPLY - Quick crews 12 texts > “Back before tea.” "
        "KEPT, OR BETTER THAN BEFORE"
    ) in words
    kept = letter.text.partition("KEPT, OR BETTER")[2]
    assert kept.count("  Kept: ") == sum(row.verdict == "met" for row in SUMMARY.standards)


def test_no_blame_is_in_it() -> None:
    for letter in (*letters_of(PRAISED), *letters_of(PRAISED, EACH)):
        said = f"{letter.subject} {letter.text} {letter.html}"
        for word in ("not met", "missed", "worse", "complaint", "overdue", "follow-up", "uncertain", *(c.label for c in SUMMARY.causes)):
            assert word not in said, word
        assert not [
            one.title for one in SUMMARY.standards if one.verdict != "met" and one.title in letter.text and "Better: " not in letter.text
        ]


def test_each_department_gets_only_praise_of_its_own_touchpoints() -> None:
    letters = {letter.recipient.split("@")[0]: letter.text for letter in letters_of(PRAISED, EACH)}
    assert set(letters) == {"care", "networks"}, "nobody thanked Billing, and Digital Services has no address"
    assert "Back before tea" not in letters["care"]
    assert "Here within the hour" in letters["care"], "Customer Care shapes leak repairs too"
    assert "She stayed" not in letters["networks"]
    assert "148" not in letters["care"], "how many thanked all of us is not what they thanked Customer Care for"


def test_a_departments_own_case_at_a_shared_touchpoint_is_no_other_departments() -> None:
    shared = thanks("Quick crews", ("leak-repair", "Here within the hour!", 30))
    own = shared.model_copy(update={"quotes": tuple(quote.model_copy(update={"departments": ("networks",)}) for quote in shared.quotes)})
    letters = {letter.recipient: letter.text for letter in letters_of(SUMMARY.model_copy(update={"praise": (own,)}), EACH)}
    assert "Here within the hour" in letters["networks@aldermere.example"]
    assert "Here within the hour" not in letters["care@aldermere.example"]


def test_where_nobody_gave_thanks_there_is_no_mail() -> None:
    assert letters_of(SUMMARY) == ()
    assert letters_of(SUMMARY, EACH) == ()
    elsewhere = SUMMARY.model_copy(update={"praise": (thanks("Friendly voices", ("phone-line", "Thank you.", 40)),)})
    billing = (Department(id="billing", title="Billing", mail="billing@aldermere.example"),)
    assert compose(elsewhere, (EACH,), billing, None, LEDGER_HEAD) == ()


def test_praise_that_was_hidden_as_too_little_brings_no_words_either() -> None:
    few = thanks("Quick crews", ("leak-repair", "Here within the hour!", 30)).model_copy(update={"touchpoints": ()})
    assert letters_of(SUMMARY.model_copy(update={"praise": (few,)})) == ()
