from __future__ import annotations

from collections import Counter

import pytest

from config.programme import Audience, Department
from reports.charts import described
from reports.letter_layout import PICTURE_LEFT_OUT, REST_LEFT_OUT
from reports.letters import compose
from reports.pictures import chart_png
from tasks.mail import BYTES_BELOW, build_message
from tasks.results import Cause, CycleSummary, Letter, Picture, Quote
from tests.reports import sample_loop, samples
from tests.reports.markup import read
from tests.reports.samples import AUDIENCES, LEDGER_HEAD, MAILED_DEPARTMENTS
from tests.reports.test_page import HOSTILE

LINK = "https://reports.aldermere.example/aldermere-water/2025Q4/index.html"


@pytest.fixture
def letters(summary: CycleSummary) -> tuple[Letter, ...]:
    return compose(placed(summary), AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)


def placed(summary: CycleSummary) -> CycleSummary:
    """The summary with each quote said at its cause's first touchpoint, and known whose it is."""
    own = {place.id: place.departments for place in summary.touchpoints}

    def quotes(cause: Cause) -> tuple[Quote, ...]:
        where = {"touchpoint": cause.touchpoints[0].id, "departments": own[cause.touchpoints[0].id]} if cause.touchpoints else {}
        return tuple(quote.model_copy(update=where) for quote in cause.quotes)

    causes = tuple(cause.model_copy(update={"quotes": quotes(cause)}) for cause in summary.causes)
    return summary.model_copy(update={"causes": causes})


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
    assert "not met: 51.3 % of 600 against 80.0 %; worsened, −12.8 points since 2025Q3" in text
    assert "Stop postponed leak repairs at their source seen in 4 quarters since 2025Q1; Networks, by 30 January 2026" in text
    assert digest.text.count("“") == 3, "two names in the headline and one quote"
    matters = digest.text.partition("WHAT MATTERS MOST")[2].partition("WHAT KEEPS")[0]
    heads = [line for line in matters.splitlines() if line.startswith("- ")]
    assert heads == [
        "- Put right by the promised date (all touchpoints)",
        "- Leak repair postponed again",
        "- Visible leaks repaired within 5 working days (Leak repair visit)",
    ], "548 and 292 promises broken, and between them the biggest cause"
    assert len(digest.text.splitlines()) <= 40


def test_a_letter_about_many_standards_shows_twenty_of_them_the_missed_first_and_counts_the_rest(summary: CycleSummary) -> None:
    met = tuple(row for row in summary.standards if row.verdict == "met") * 50
    missed = tuple(row for row in summary.standards if row.verdict == "not_met")
    report = compose(summary.model_copy(update={"standards": (*met, *missed)}), AUDIENCES[1:2], (), LINK, LEDGER_HEAD)[0]
    standards = report.text.partition("\nSTANDARDS\n")[2].partition("\nCAUSES\n")[0]
    heads = [line for line in standards.splitlines() if line.startswith("- ")]
    assert [head.split("(")[0] for head in heads[:2]] == [
        "- Put right by the promised date ",
        "- Visible leaks repaired within 5 working days ",
    ]
    assert len(heads) == 21
    assert heads[-1] == "- and 183 more in the report"


def test_of_thousands_of_standards_and_causes_no_mail_is_too_large(summary: CycleSummary) -> None:
    many = summary.model_copy(update={"standards": summary.standards * 80, "causes": summary.causes * 80})
    for letter in compose(many, AUDIENCES[:2], (), LINK, LEDGER_HEAD):
        assert len(letter.html) < 40_000


def test_where_nothing_was_missed_the_digest_tells_of_the_three_biggest_causes(summary: CycleSummary) -> None:
    met = tuple(row for row in summary.standards if row.verdict == "met")
    digest = compose(summary.model_copy(update={"standards": met}), AUDIENCES[:1], (), LINK, LEDGER_HEAD)[0]
    matters = digest.text.partition("WHAT MATTERS MOST")[2].partition("WHAT KEEPS")[0]
    heads = [line for line in matters.splitlines() if line.startswith("- ")]
    assert heads == ["- Leak repair postponed again", "- Estimated bill too high", "- Photo upload fails"]


def test_a_quote_that_is_too_long_for_a_digest_is_left_to_the_report_and_never_cut(summary: CycleSummary) -> None:
    first, *others = summary.causes
    long = first.model_copy(
        update={"quotes": (Quote(record_id="1", text="Water everywhere. " * 20), Quote(record_id="2", text="Still wet."))}
    )
    digest = compose(summary.model_copy(update={"causes": (long, *others)}), AUDIENCES[:1], (), LINK, LEDGER_HEAD)[0]
    assert "Water everywhere" not in digest.text
    assert "> “Still wet.”" in digest.text


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
        assert "no cause" in letter.text


def test_plain_text_and_html_say_the_same(letters: tuple[Letter, ...]) -> None:
    for letter in letters:
        page = read(letter.html)
        seen = " ".join((page.text, *page.values("alt"))).replace("\u00a0", " ")
        for line in letter.text.splitlines():
            words = line.strip("->= ").replace("“", "").strip()
            if words and words.upper() != words and not words.startswith(("http", "The report:")):
                assert words.replace("”", "") in seen.replace("”", "").replace("“", ""), words


def test_lines_of_plain_text_fit_a_mail_window_but_for_addresses_and_hashes(letters: tuple[Letter, ...]) -> None:
    long = [line.strip() for letter in letters for line in letter.text.splitlines() if len(line) > 76]
    assert [line for line in long if " " in line and not line.startswith("touchstone ")] == [], "a command stands whole, to be copied"


def test_the_html_of_a_mail_carries_its_styles_in_its_tags_and_loads_nothing(letters: tuple[Letter, ...]) -> None:
    for letter in letters:
        page = read(letter.html)
        assert not page.all("script", "link")
        assert page.values("src") == [f"cid:{picture.content_id}" for picture in letter.pictures]
        assert all(href.startswith(LINK.rpartition("/2025Q4")[0]) for href in page.values("href"))
        (style,) = page.all("style")
        assert style.text.startswith("@media (prefers-color-scheme: dark)"), "what is for dark screens cannot stand in a tag"
        assert "url(" not in letter.html
        assert "var(" not in letter.html
        (body,) = page.all("body")
        assert "#f4f5f7" in body.attributes["style"]


def test_the_same_summary_gives_the_same_letters(letters: tuple[Letter, ...], summary: CycleSummary) -> None:
    assert letters == compose(placed(summary), AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)


def test_hostile_words_add_no_header_no_tag_and_no_line() -> None:
    letters = compose(samples.with_hostile_words(HOSTILE), AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)
    assert letters
    for letter in letters:
        page = read(letter.html)
        assert not page.all("script")
        assert page.values("src") == [f"cid:{picture.content_id}" for picture in letter.pictures]
        assert all(href.startswith("https://reports.aldermere.example/") for href in page.values("href"))
        assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]
        assert not [line for line in letter.text.splitlines() if line.startswith("Bcc:")]
        assert not set("\r\n\u202e") & set(letter.subject)
        assert not {"\r", "\u202e"} & (set(letter.text) | set(letter.html))
        assert "1337" not in letter.html + letter.text


# pictures and lighter forms


def test_the_digest_shows_the_chart_of_the_first_missed_standard_and_says_in_words_what_it_shows(letters: tuple[Letter, ...]) -> None:
    digest = letter_to(letters, "director@aldermere.example", "leadership")
    (image,) = read(digest.html).all("img")
    (chart,) = (chart for chart in samples.SUMMARY.charts if chart.subject == "standard:on-time:all")
    assert image.attributes["alt"].replace("\u00a0", " ") == described(chart)
    assert described(chart) in " ".join(digest.text.split())
    assert digest.pictures == (Picture(png=chart_png(chart, 2.0)),)


def test_a_quarter_without_charts_gives_a_digest_without_a_picture(summary: CycleSummary) -> None:
    (digest,) = compose(summary.model_copy(update={"charts": ()}), AUDIENCES[:1], (), LINK, LEDGER_HEAD)
    assert digest.pictures == ()
    assert "<img" not in digest.html


def test_a_lighter_letter_leaves_out_the_picture_and_then_all_but_headline_and_link_and_says_so(letters: tuple[Letter, ...]) -> None:
    for letter in letters:
        lighter = letter.lighter
        assert lighter is not None
        if letter.pictures:
            assert PICTURE_LEFT_OUT in " ".join(lighter.text.split())
            assert (lighter.pictures, lighter.attachments, lighter.subject) == ((), letter.attachments, letter.subject)
            assert "<img" not in lighter.html
            lighter = lighter.lighter
        assert lighter is not None
        assert REST_LEFT_OUT in " ".join(lighter.text.split())
        assert (lighter.pictures, lighter.attachments, lighter.lighter) == ((), (), None)
        assert read(lighter.html).values("href") == [LINK]
        assert len(lighter.html) < 8_000
        assert letter.text.splitlines()[:5] == lighter.text.splitlines()[:5]


def test_the_lightest_letter_is_small_whatever_the_headline_is(summary: CycleSummary) -> None:
    (digest,) = compose(summary.model_copy(update={"headline": "word " * 90_000}), AUDIENCES[:1], (), LINK, LEDGER_HEAD)
    mail = build_message(digest, sender="a@b.example", message_id="<1@b.example>", date=summary.as_of)
    assert len(mail) < BYTES_BELOW
    assert REST_LEFT_OUT.encode() in mail.replace(b"=\r\n", b"")


def test_the_letter_to_quality_links_to_the_files_that_were_published_and_to_no_other(summary: CycleSummary) -> None:
    files = ["index.html", "workbook.xlsx", "validation/index.html", "counts.parquet"]
    (report, _) = compose(summary, AUDIENCES[1:2], (), LINK, LEDGER_HEAD, files)
    folder = "https://reports.aldermere.example/aldermere-water/2025Q4"
    expected = [
        LINK,
        f"{folder}/workbook.xlsx",
        f"{folder}/validation/index.html",
        "https://reports.aldermere.example/aldermere-water/index.html",
    ]
    assert read(report.html).values("href") == expected
    assert all(f"  {link}" in report.text.splitlines() for link in expected[1:])
    assert "- 4 standards met\n- 3 standards not met\n" in report.text
    assert "- 4 open follow-ups\n" in report.text


# the loop in the letters


@pytest.fixture
def looped() -> tuple[Letter, ...]:
    return compose(placed(sample_loop.SUMMARY), AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)


def words_of(letter: Letter) -> str:
    return " ".join(letter.text.split())


def test_the_digest_sets_claimed_against_true_and_names_what_is_to_be_talked_about_on_one_page(looped: tuple[Letter, ...]) -> None:
    digest = letter_to(looped, "director@aldermere.example", "leadership")
    assert words_of(digest).count("of 6 declared solved, 2 are shown to have worked, 2 did not hold") == 1
    back = digest.text.partition("WHAT KEEPS COMING BACK")[2]
    assert "- Leak repair postponed again Asked for in 4 quarters running; what was done was found twice not to hold; Networks" in words_of(
        digest
    )
    assert "Name one person" not in back, "the agenda is for the report"
    assert "- Declared solved, and still happening\n  Stop postponed leak repairs at their source; Keep the promised date\n" in back
    assert len(digest.text.splitlines()) <= 45


def test_where_the_headline_is_silent_of_claims_the_digest_says_them_itself() -> None:
    silent = sample_loop.SUMMARY.model_copy(update={"headline": samples.SUMMARY.headline})
    digest = compose(silent, AUDIENCES[:1], (), LINK, LEDGER_HEAD)[0]
    assert "- Of 6 declared solved, 2 are shown to have worked" in digest.text


def test_of_many_escalations_a_digest_shows_three_and_counts_the_rest() -> None:
    loop = sample_loop.LOOP.model_copy(update={"escalations": sample_loop.LOOP.escalations * 4})
    digest = compose(sample_loop.SUMMARY.model_copy(update={"loop": loop}), AUDIENCES[:1], (), LINK, LEDGER_HEAD)[0]
    assert digest.text.partition("KEEPS COMING BACK")[2].count("; Networks\n") == 3
    assert "- and 5 more in the report" in digest.text


def test_an_owner_reads_what_came_of_it_what_is_asked_next_and_the_command_to_say_so(looped: tuple[Letter, ...]) -> None:
    owned, _, rest = words_of(letter_to(looped, "networks@aldermere.example", "owners")).partition("YOU CONTRIBUTE TO")
    assert "No effect: 0.4 points fewer texts than where nothing was done (95 % interval −1.3 to +2.1); 5.0 were promised." in owned
    assert "Next: look for the real cause again" in owned
    assert (
        'touchstone follow-ups update aldermere-water fu-2222222222 --status in_progress --why "The real cause" --name "Your name"'
    ) in owned
    shared, _, told = rest.partition("WHAT CAME OF WHAT YOU DID")
    assert "Worse: 6.4 points worse" in shared
    assert "touchstone follow-ups" not in shared, "who contributes is not asked to say that it is done"
    assert "Cannot be told: No quarter has passed since it was done." in told
    assert "touchstone follow-ups" not in told


def test_an_owner_with_nothing_open_still_hears_that_what_was_done_worked() -> None:
    worked = tuple(one for one in sample_loop.FOLLOW_UPS_LOOPED if one.id == sample_loop.BILLS)
    summary = sample_loop.SUMMARY.model_copy(update={"follow_ups": worked})
    (letter,) = compose(summary, AUDIENCES[2:3], MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)
    assert letter.recipient == "billing@aldermere.example"
    assert "Worked: 12.1 points better than where nothing was done" in words_of(letter)


def test_quality_reads_how_many_fixes_worked_and_what_came_of_promises(looped: tuple[Letter, ...]) -> None:
    report = words_of(letter_to(looped, "quality@aldermere.example", "quality"))
    assert "WHETHER WHAT WAS DONE WORKED - 1 worked Keep correcting bills at first contact - 1 no effect" in report
    assert "- Of 4 promises for this quarter, 1 as predicted, 1 less than predicted, 1 more than predicted and 1 cannot be told" in report


def test_without_a_loop_no_letter_has_a_section_about_it(letters: tuple[Letter, ...]) -> None:
    for letter in letters:
        assert "WHETHER WHAT WAS DONE" not in letter.text
        assert "WHAT CAME OF" not in letter.text
        assert "declared solved" not in letter.text


def test_plain_text_and_html_of_the_loop_say_the_same(looped: tuple[Letter, ...]) -> None:
    test_plain_text_and_html_say_the_same(looped)
    test_lines_of_plain_text_fit_a_mail_window_but_for_addresses_and_hashes(looped)


def test_hostile_words_in_the_loop_add_no_header_no_tag_and_no_line() -> None:
    letters = compose(sample_loop.with_hostile_loop(HOSTILE), AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)
    assert letters
    for letter in letters:
        page = read(letter.html)
        assert not page.all("script")
        assert page.values("src") == [f"cid:{picture.content_id}" for picture in letter.pictures]
        assert all(href.startswith("https://reports.aldermere.example/") for href in page.values("href"))
        assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]
        assert not [line for line in letter.text.splitlines() if line.startswith("Bcc:")]
        assert not {"\r", "\u202e"} & (set(letter.text) | set(letter.html))
        assert "1337" not in letter.html + letter.text
