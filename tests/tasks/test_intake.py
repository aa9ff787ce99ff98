"""Every row that is read is accounted for once, what is set aside says why, and nobody is named in what is stored."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from config.periods import Quarter
from tasks.intake import Intake, empty_ratings, take_in
from tasks.raw import Raw
from tasks.results import SourceAccount
from tests.programmes import programme, source

Q1, Q2 = Quarter(2026, 1), Quarter(2026, 2)
AS_OF = datetime(2026, 4, 10, 16, tzinfo=UTC)  # 10 April, noon in New York
GOOD = {"id": "1", "when": "2026-02-01 10:00", "done": "", "place": "counter", "words": "Too slow", "by": "customer"}
COLUMNS = {
    "record_id": "id",
    "pipe": {"is": "complaint"},
    "occurred_at": "when",
    "resolved_at": "done",
    "category": "place",
    "text": "words",
}
SURVEY: dict[str, Any] = {
    "fills": "ratings",
    "columns": {"record_id": "id", "pipe": {"is": "survey"}, "occurred_at": "when"},
    "ratings": [
        {"question": "view", "from": "q1", "scale": [1, 5], "missing": ["9"]},
        {"question": "food", "from": "q2", "scale": [1, 5]},
    ],
}


def raw(rows: Sequence[dict[str, str]]) -> Raw:
    """Return rows as a reader gives them: numbered from 2, each a good one with some values changed."""
    table = pd.DataFrame([GOOD | row for row in rows], columns=list(GOOD | (rows[0] if rows else {})), dtype="str")
    table.index = pd.RangeIndex(2, 2 + len(table))
    return Raw(table, "cases-{cycle}.csv", "ab" * 32)


def take(*rows: dict[str, str], quarters: Sequence[Quarter] = (Q1,), key: str | None = None, **parts: Any) -> Intake:
    """Take rows in through the small programme's source, with some of its parts changed."""
    return take_in(raw(rows), source(**{"columns": COLUMNS} | parts), programme(), quarters, AS_OF, key)


def parts_of(account: SourceAccount) -> dict[str, int]:
    numbers = account.model_dump(include={"read", "filtered", "outside_period", "collapsed", "duplicates", "quarantined", "accepted"})
    return {name: number for name, number in numbers.items() if number}


# where each row goes


def test_each_row_goes_to_one_place_and_all_places_add_up_to_what_was_read() -> None:
    rows = [
        {"id": "good"},
        {"id": "last year's", "when": "2025-12-31 23:59"},
        {"id": "the next quarter's", "when": "2026-04-01 00:00"},
        {"id": "entered by staff", "by": "staff"},
        {"id": "good"},
        {"id": "unreadable", "when": "31.02.2026"},
        {"id": "done too early", "done": "2026-02-01 09:59"},
        {"id": "last moment", "when": "2026-03-31 23:59:59"},
    ]
    taken = take(*rows, keep={"by": ["customer"]})
    expected = {"read": 8, "filtered": 1, "outside_period": 2, "duplicates": 1, "quarantined": 2, "accepted": 2}
    assert parts_of(taken.account) == expected
    assert taken.records["record_id"].tolist() == ["good", "last moment"]
    assert (taken.account.source, taken.account.cycle) == ("cases", "2026Q1")
    assert (taken.account.place, taken.account.sha256) == ("cases-{cycle}.csv", "ab" * 32)


class Row(NamedTuple):
    """One raw row of the invariant below."""

    id: str
    when: str
    done: str
    by: str
    words: str


IS_IN_QUARTER = {"2026-02-01 10:00": True, "2026-03-31": True, "2025-11-01": False, "2026-04-09": False, "2026-13-01": None, "": None}
rows_of_all_kinds = st.builds(
    Row,
    id=st.sampled_from(["", "a", "b", "c", "d", "e", "f", "g", "h", " h "]),
    when=st.sampled_from(list(IS_IN_QUARTER)),
    done=st.sampled_from(["", "2026-01-31 12:00", "2026-04-01", "?"]),
    by=st.sampled_from(["customer", "customer", "staff"]),
    words=st.sampled_from(["x", "y"]),
)


def fates_of(rows: Sequence[Row]) -> list[str]:
    """Return what must become of each row, by the rules as they are written down."""
    fates, bare = [], [Row(*(value.strip() for value in row)) for row in rows]
    for number, row in enumerate(bare):
        if row.by != "customer":
            fates.append("filtered")
        elif IS_IN_QUARTER[row.when] is False:
            fates.append("outside_period")
        else:
            fates.append("duplicates" if row in bare[number + 1 :] else "candidate")
    fates = _without_earlier_versions(rows, fates)
    ids = Counter(row.id.strip() for row, fate in zip(rows, fates, strict=True) if fate == "candidate")
    return [_judged(row, ids) if fate == "candidate" else fate for row, fate in zip(rows, fates, strict=True)]


def _without_earlier_versions(rows: Sequence[Row], fates: list[str]) -> list[str]:
    """Of candidates with one id and one instant the one with the latest time counts, of equally late ones the last."""
    latest: dict[tuple[str, str], tuple[str, int]] = {}
    versions = [
        (number, row) for number, row in enumerate(rows) if fates[number] == "candidate" and row.id.strip() and IS_IN_QUARTER[row.when]
    ]
    for number, row in versions:
        version = max(row.when, row.done.replace("?", "")), number
        latest[row.id.strip(), row.when] = max(latest.get((row.id.strip(), row.when), version), version)
    counting = {number for _, number in latest.values()}
    return ["collapsed" if number in dict(versions) and number not in counting else fate for number, fate in enumerate(fates)]


def _judged(row: Row, ids: Counter[str]) -> str:
    is_early = row.done == "2026-01-31 12:00" and bool(IS_IN_QUARTER[row.when])
    is_bad = row.id.strip() == "" or ids[row.id.strip()] > 1 or IS_IN_QUARTER[row.when] is None or row.done == "?" or is_early
    return "quarantined" if is_bad else "accepted"


@settings(max_examples=8, deadline=None)
@given(st.lists(rows_of_all_kinds, max_size=25))
def test_no_row_is_lost_or_counted_twice_whatever_the_rows_are(rows: list[Row]) -> None:
    taken = take(*(row._asdict() for row in rows), keep={"by": ["customer"]})
    fates = fates_of(rows)
    assert parts_of(taken.account) == {name: n for name, n in (Counter(fates) + Counter(read=len(rows))).items() if n}
    assert taken.records["record_id"].tolist() == [r.id.strip() for r, fate in zip(rows, fates, strict=True) if fate == "accepted"]
    assert taken.quarantine["row"].tolist() == [number for number, fate in enumerate(fates, start=2) if fate == "quarantined"]
    assert (taken.quarantine["rule"].str.len() > 0).all()


def test_a_source_without_a_row_is_taken_in_without_one() -> None:
    taken = take()
    assert parts_of(taken.account) == {}
    assert len(taken.records) == len(taken.quarantine) == len(taken.ratings) == 0
    assert {result.checked for result in taken.rules} == {0}


def test_an_account_that_does_not_add_up_cannot_be_made() -> None:
    parts = {"filtered": 0, "outside_period": 0, "collapsed": 0, "duplicates": 0, "quarantined": 0, "accepted": 1}
    with pytest.raises(ValueError, match="2 rows were read and 1 are accounted for"):
        SourceAccount(source="a", cycle="2026Q1", place="", sha256="", read=2, **parts)


def test_two_rows_that_differ_in_what_could_not_be_read_are_no_duplicates() -> None:
    assert parts_of(take({"when": "yesterday"}, {"when": "tomorrow"}).account) == {"read": 2, "quarantined": 2}


def test_of_two_answers_under_one_id_at_one_instant_the_last_read_counts_where_any_answer_differs() -> None:
    taken = take({"q1": "1", "q2": "5"}, {"q1": "5", "q2": "5"}, {"q1": "1", "q2": "5"}, **SURVEY)
    assert parts_of(taken.account) == {"read": 3, "duplicates": 1, "collapsed": 1, "accepted": 1}
    assert taken.ratings["score"].tolist() == [1, 5]


# quarters


def test_a_quarter_is_that_of_the_programmes_own_clock() -> None:
    taken = take(
        {"id": "a", "when": "2026-04-01T03:59:59Z"}, {"id": "b", "when": "2026-04-01T04:00:00Z"}, {"id": "c", "when": "2026-01-01"}
    )
    assert taken.records["record_id"].tolist() == ["a", "c"]
    assert taken.records["cycle"].tolist() == ["2026Q1"] * 2


def test_what_happened_after_the_as_of_is_not_yet_known() -> None:
    taken = take({"id": "a", "when": "2026-04-10 12:00"}, {"id": "b", "when": "2026-04-10 12:00:01"}, quarters=[Q2])
    assert taken.records["record_id"].tolist() == ["a"]
    assert parts_of(taken.account) == {"read": 2, "outside_period": 1, "accepted": 1}


def test_one_file_may_serve_several_quarters_and_the_account_is_of_the_first() -> None:
    rows = [
        {"id": "a", "when": "2026-04-02"},
        {"id": "b", "when": "2026-02-02"},
        {"id": "b2", "when": "2026-02-02", "done": "2026-02-01"},
        {"id": "c", "when": "2025-11-02"},
        {"id": "d", "when": "?"},
        {"id": "e", "when": "2026-04-02", "done": "2026-04-01"},
    ]
    taken = take(*rows, quarters=[Q2, Q1])
    assert parts_of(taken.account) == {"read": 6, "outside_period": 3, "quarantined": 2, "accepted": 1}
    assert dict(zip(taken.records["record_id"], taken.records["cycle"], strict=True)) == {"a": "2026Q2", "b": "2026Q1"}
    assert taken.quarantine["record_id"].tolist() == ["d", "e"]  # of the first quarter, and what belongs to none
    failed = {result.rule: result.failed for result in taken.rules}
    assert failed["resolved_at is not before occurred_at"] == 1


def test_a_fiscal_year_moves_the_quarters() -> None:
    one = source(columns=COLUMNS)
    april = programme(year_starts_in="april")
    taken = take_in(raw([{"when": "2026-02-01"}]), one, april, [Quarter(2025, 4)], AS_OF, None)
    assert taken.records["cycle"].tolist() == ["2025Q4"]


# quarantine

REASONS = {
    "no id": ({"id": ""}, "record_id is there"),
    "no time": ({"when": ""}, "occurred_at is there"),
    "a time that cannot be read": ({"when": "31.02.2026"}, "occurred_at is there; occurred_at can be read"),
    "done before it happened": ({"done": "2026-01-31"}, "resolved_at is not before occurred_at"),
    "an end that cannot be read": ({"done": "soon"}, "resolved_at can be read"),
    "an unknown pipe": ({"via": "pigeon"}, "pipe is one of survey, complaint, call, return, social, frontline, visit"),
    "an unknown kind": ({"kind": "rant"}, "kind is one of complaint, comment, praise, suggestion, question"),
    "an unknown touchpoint": ({"at": "sight"}, "touchpoint is one of the programme's"),
    "a negative weight": ({"weight": "-1"}, "weight is not negative"),
    "a weight in words": ({"weight": "heavy"}, "weight can be read"),
    "neither yes nor no": ({"staff": "perhaps"}, "is_internal can be read"),
}
MORE = {"via": "call", "kind": "complaint", "at": "site", "weight": "1", "staff": "no"}


@pytest.fixture(scope="module")
def quarantined() -> Intake:
    columns = {"pipe": "via", "kind": "kind", "touchpoint": "at", "weight": "weight", "is_internal": "staff"}
    rows = [MORE | {"id": f"r{number}"} | broken for number, (broken, _) in enumerate(REASONS.values())]
    return take(MORE | {"id": "good"}, *rows, columns=COLUMNS | columns)


@pytest.mark.parametrize("name", REASONS)
def test_a_quarantined_row_says_which_rule_it_broke_and_where_it_stands_in_the_file(name: str, quarantined: Intake) -> None:
    number = 3 + list(REASONS).index(name)
    row = quarantined.quarantine.set_index("row").loc[number]
    assert row["rule"] == REASONS[name][1]
    assert row["source"] == "cases"


def test_what_was_good_is_accepted_beside_what_was_not(quarantined: Intake) -> None:
    assert quarantined.records["record_id"].tolist() == ["good"]
    assert parts_of(quarantined.account) == {"read": 12, "quarantined": 11, "accepted": 1}


def test_each_rule_says_how_many_rows_it_looked_at_and_which_failed(quarantined: Intake) -> None:
    found = {finding.rule: finding for finding in quarantined.rules}
    assert all(finding.checked == 12 and finding.source == "cases" for finding in quarantined.rules)
    assert found["occurred_at is there"].failed == 2
    assert found["occurred_at is there"].record_ids == ("r1", "r2")
    assert found["record_id is there"].record_ids == ("(none)",)
    assert found["record_id is unique"].failed == 0


def test_no_more_than_twenty_record_ids_are_listed_for_a_rule() -> None:
    taken = take(*({"id": f"r{number}", "when": "?"} for number in range(30)))
    finding = next(finding for finding in taken.rules if finding.rule == "occurred_at can be read")
    assert finding.failed == 30
    assert finding.record_ids == tuple(f"r{number}" for number in range(20))


# what is stored


def test_what_is_stored_are_canonical_columns_dimensions_and_the_cycle_and_no_helper() -> None:
    columns = COLUMNS | {"region": "place", "airline": "by"}
    assert take({}, columns=columns).records.columns.tolist() == [
        *("record_id", "source", "pipe", "category", "text", "occurred_at", "resolved_at"),
        *("airline", "region", "cycle"),
    ]


def test_the_same_rows_in_another_order_give_the_same_records() -> None:
    rows = [{"id": f"r{number}", "done": "?" if number % 3 == 0 else ""} for number in range(9)]
    one, other = take(*rows), take(*reversed(rows))
    assert sorted(one.records["record_id"]) == sorted(other.records["record_id"])
    assert parts_of(one.account) == parts_of(other.account)


# ratings


def test_a_survey_row_is_one_record_and_a_score_for_each_answer() -> None:
    taken = take({"id": "a", "q1": "4", "q2": ""}, {"id": "b", "q1": "9", "q2": "2"}, {"id": "c", "q1": "9", "q2": ""}, **SURVEY)
    assert taken.records["record_id"].tolist() == ["a", "b", "c"]
    assert taken.ratings[["record_id", "question", "score"]].to_numpy().tolist() == [["a", "view", 4.0], ["b", "food", 2.0]]
    assert taken.ratings["cycle"].tolist() == ["2026Q1"] * 2


def test_one_score_off_its_scale_sets_the_whole_row_aside_and_says_so_once() -> None:
    taken = take({"id": "a", "q1": "7", "q2": "8"}, {"id": "b", "q1": "1", "q2": "0"}, {"id": "c", "q1": "?", "q2": "?"}, **SURVEY)
    assert len(taken.records) == len(taken.ratings) == 0
    broken = taken.quarantine.loc[taken.quarantine["rule"] != "", "rule"]
    assert broken.tolist() == ["score is not above its scale", "score is not below its scale", "score can be read"]


def test_ratings_of_rows_that_were_not_accepted_go_with_them() -> None:
    taken = take({"id": "a", "q1": "4", "q2": "4"}, {"id": "b", "when": "?", "q1": "4", "q2": "4"}, **SURVEY)
    assert taken.ratings["record_id"].unique().tolist() == ["a"]


def test_ratings_without_a_row_have_the_same_columns_as_ratings_with_some() -> None:
    taken = take({"id": "a", "q1": "4", "q2": "4"}, **SURVEY)
    assert taken.ratings.dtypes.astype(str).to_dict() == empty_ratings().dtypes.astype(str).to_dict()


# people's data

SECRETS = ("jane.doe@mail.example", "617-555-0182", "Jane Doe", "Doe", "C-4711", "GB82 WEST 1234 5698 7654 32")
TELLING = {
    "words": "I am Jane Doe, write to jane.doe@mail.example or call 617-555-0182. Mrs Doe",
    "place": "counter of Jane Doe",
    "note": "IBAN GB82 WEST 1234 5698 7654 32",
    "who": "Jane Doe",
    "customer": "C-4711",
}
PRIVATE = COLUMNS | {"customer_id": "customer", "customer_name": "who", "remark": "note"}


@pytest.fixture(scope="module")
def private() -> Intake:
    return take(TELLING | {"id": "good"}, TELLING | {"id": "bad", "done": "?"}, columns=PRIVATE, key="key")


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_that_names_a_customer_is_in_anything_that_intake_returns(secret: str, private: Intake) -> None:
    for table in (private.records, private.quarantine, private.ratings):
        assert secret not in table.to_csv()
    assert secret not in repr(private.rules) + repr(private.account)


def test_the_words_are_masked_and_otherwise_kept_in_quarantine_too(private: Intake) -> None:
    masked = "I am [name], write to [email] or call [phone]. Mrs [name]"
    assert private.records["text"].tolist() == [masked]
    assert private.quarantine["text"].tolist() == [masked]
    assert private.records["category"].tolist() == ["counter of [name]"]
    assert private.records["remark"].tolist() == ["IBAN [iban]"]
    assert "customer_name" not in private.records
    assert "customer_name" not in private.quarantine


def test_a_pseudonym_is_the_keyed_hash_of_rfc_2104_and_the_same_in_every_cycle(private: Intake) -> None:
    expected = hmac.new(b"key", b"C-4711", hashlib.sha256).hexdigest()[:20]
    assert private.records["customer_id"].tolist() == [expected]
    later = take(TELLING | {"id": "later", "when": "2026-04-02"}, quarters=[Q2], columns=PRIVATE, key="key")
    assert later.records["customer_id"].tolist() == [expected]


def test_another_key_gives_other_pseudonyms_and_no_customer_gives_none() -> None:
    taken = take(TELLING | {"id": "a"}, TELLING | {"id": "b", "customer": ""}, columns=PRIVATE, key="another")
    other = hmac.new(b"another", b"C-4711", hashlib.sha256).hexdigest()[:20]
    assert taken.records["customer_id"].fillna("(none)").tolist() == [other, "(none)"]


def test_without_a_key_no_customer_is_taken_in_and_the_variable_to_set_is_named() -> None:
    with pytest.raises(InputError) as refusal:
        take(TELLING, columns=PRIVATE)
    assert str(refusal.value).endswith("is stored only as a keyed pseudonym: set TOUCHSTONE_PSEUDONYM_KEY in the environment.")
