from __future__ import annotations

from collections import Counter

import pytest

from config.programme import Audience, Department
from reports.letters import compose
from tasks.results import CycleSummary, Letter
from tests.reports import samples
from tests.reports.markup import read
from tests.reports.samples import AUDIENCES, LEDGER_HEAD, MAILED_DEPARTMENTS
from tests.reports.test_page import HOSTILE

LINK = "https://reports.aldermere.example/aldermere-water/2025Q4/index.html"


@pytest.fixture
def letters(summary: CycleSummary) -> tuple[Letter, ...]:
    return compose(summary, AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)


def letter_to(letters: tuple[Letter, ...], recipient: str, audience: str) -> Letter:
    return next(letter for letter in letters if (letter.recipient, letter.audience) == (recipient, audience))


def test_each_recipient_of_each_audience_gets_one_letter_and_alerts_get_none(letters: tuple[Letter, ...]) -> None:
    assert [(letter.audience, letter.recipient) for letter in letters] == [
        ("leadership", "director@aldermere.example"),
        ("quality", "quality@aldermere.example"),
        ("quality", "director@aldermere.example"),
        ("owners", "care@aldermere.example"),
        ("owners", "networks@aldermere.example"),
        ("owners", "billing@aldermere.example"),
    ]


def test_an_address_given_twice_in_an_audience_gets_one_letter(summary: CycleSummary) -> None:
    audience = Audience(id="a", gets="digest", mail=("x@a.example", "x@a.example"))
    assert len(compose(summary, (audience,), (), None, LEDGER_HEAD)) == 1


def test_the_digest_tells_the_quarter_in_one_screen(letters: tuple[Letter, ...], summary: CycleSummary) -> None:
    digest = letter_to(letters, "director@aldermere.example", "leadership")
    assert digest.subject == "Aldermere Water 2025Q4: 4 of 13 standards met, 4 open follow-ups"
    text = " ".join(digest.text.split())
    assert summary.headline in text
    assert "not met: 51.3 % (47.3 to 55.3 %) of 600 against 80.0 % −12.8 points since 2025Q3: worsened" in text
    assert "Stop postponed leak repairs at their source seen in 4 quarters since 2025Q1; Networks, by 30 January 2026" in text
    assert digest.text.count("“") == 3, "two names in the headline and one quote"
    assert len(digest.text.splitlines()) <= 40


def test_a_digest_of_many_missed_standards_shows_five_and_counts_the_rest(summary: CycleSummary) -> None:
    missed = tuple(row for row in summary.standards if row.verdict == "not_met") * 4
    digest = compose(summary.model_copy(update={"standards": missed}), AUDIENCES[:1], (), LINK, LEDGER_HEAD)[0]
    heads = ("- Put right", "- Visible leaks", "- Median time")
    assert sum(digest.text.count(head) for head in heads) == 5
    assert "- and 7 more in the report" in digest.text


def test_the_report_shows_the_link_the_rules_and_the_head_of_the_ledger(letters: tuple[Letter, ...], summary: CycleSummary) -> None:
    report = letter_to(letters, "quality@aldermere.example", "quality")
    assert LINK in report.text.splitlines()
    assert LEDGER_HEAD in report.text.splitlines()
    assert summary.trace.programme_sha256 in report.text
    assert LEDGER_HEAD in report.html
    assert all(row.title in report.text for row in summary.standards)


def test_without_a_link_a_letter_names_the_file(summary: CycleSummary) -> None:
    for letter in compose(summary, AUDIENCES, MAILED_DEPARTMENTS, None, LEDGER_HEAD):
        assert "aldermere-water/2025Q4/index.html" in letter.text
        assert "href" not in letter.html


def test_a_department_reads_first_what_it_owns_and_then_what_it_contributes_to(letters: tuple[Letter, ...]) -> None:
    care = letter_to(letters, "care@aldermere.example", "owners")
    assert care.subject == "Aldermere Water 2025Q4: 3 follow-ups for Customer Care"
    owned, _, shared = care.text.partition("YOU CONTRIBUTE TO")
    assert "- Keep the promised date" in owned
    assert "- Stop postponed leak repairs" in shared
    assert "Due 30 January 2026; reopened; preventive; seen in 4 quarters" in shared
    assert "  Why: 342 of 2,190 texts (15.6 %), up from 9.7 % in 2025Q3." in shared
    assert "  > “This is the third time" in shared
    assert "Let the fault form" not in care.text


def test_what_is_done_or_verified_is_asked_of_nobody(letters: tuple[Letter, ...]) -> None:
    assert "Keep correcting bills" not in "".join(letter.text for letter in letters)


def test_a_department_without_open_follow_ups_or_without_an_address_gets_no_letter(summary: CycleSummary) -> None:
    idle = (Department(id="stores", title="Stores", mail="stores@aldermere.example"), Department(id="networks", title="Networks"))
    assert compose(summary, AUDIENCES[2:3], idle, LINK, LEDGER_HEAD) == ()


def test_departments_that_share_an_address_get_one_letter_between_them(summary: CycleSummary) -> None:
    sharing = tuple(department.model_copy(update={"mail": "office@aldermere.example"}) for department in MAILED_DEPARTMENTS)
    (letter,) = compose(summary, AUDIENCES[2:3], sharing, LINK, LEDGER_HEAD)
    assert letter.subject.endswith("4 follow-ups for Customer Care, Networks, Digital Services and Billing")
    counts = Counter(line for line in letter.text.splitlines() if line.startswith("  Id: "))
    assert set(counts.values()) == {1}


def test_an_audience_with_addresses_gets_all_open_follow_ups(summary: CycleSummary) -> None:
    audience = Audience(id="pmo", gets="follow_ups", mail=("pmo@aldermere.example",))
    (letter,) = compose(summary, (audience,), MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)
    assert letter.text.count("  Id: ") == 4
    (nothing,) = compose(samples.with_nothing(), (audience,), (), LINK, LEDGER_HEAD)
    assert "No follow-up is open." in nothing.text


def test_an_empty_quarter_still_gives_letters_with_sentences(empty_summary: CycleSummary) -> None:
    for letter in compose(empty_summary, AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD):
        assert "No cause was found" in letter.text


def test_plain_text_and_html_say_the_same(letters: tuple[Letter, ...]) -> None:
    for letter in letters:
        seen = read(letter.html).text
        for line in letter.text.splitlines():
            words = line.strip("->= ").replace("“", "").strip()
            if words and words.upper() != words and not words.startswith(("http", "The report:")):
                assert words.replace("”", "") in seen.replace("”", "").replace("“", ""), words


def test_lines_of_plain_text_fit_a_mail_window_but_for_addresses_and_hashes(letters: tuple[Letter, ...]) -> None:
    long = [line for letter in letters for line in letter.text.splitlines() if len(line) > 76]
    assert [line for line in long if " " in line.strip()] == []


def test_the_html_of_a_mail_carries_its_styles_in_its_tags_and_loads_nothing(letters: tuple[Letter, ...]) -> None:
    for letter in letters:
        page = read(letter.html)
        assert not page.all("script", "style", "link", "img")
        assert page.values("href") == [LINK]


def test_the_same_summary_gives_the_same_letters(letters: tuple[Letter, ...], summary: CycleSummary) -> None:
    assert letters == compose(summary, AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)


def test_hostile_words_add_no_header_no_tag_and_no_line() -> None:
    letters = compose(samples.with_hostile_words(HOSTILE), AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)
    assert letters
    for letter in letters:
        page = read(letter.html)
        assert not page.all("script", "img")
        assert page.values("href") == [LINK]
        assert not [line for line in letter.text.splitlines() if line.startswith("Bcc:")]
        assert not set("\r\n\u202e") & set(letter.subject)
        assert not {"\r", "\u202e"} & (set(letter.text) | set(letter.html))
        assert "1337" not in letter.html + letter.text
