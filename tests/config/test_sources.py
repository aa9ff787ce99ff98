"""A source says where its rows are and what they mean, in each quarter; what it cannot mean is told in one sentence with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.columns import Constant, FromColumn
from config.errors import InputError
from config.loading import freeze, load_programme, thaw
from config.periods import Quarter
from config.programme import Programme
from config.reads import READERS, CsvReads, reads_key
from config.sources import Source
from tests.programmes import SMALL

RECORD: dict[str, Any] = {"record_id": "id", "pipe": {"is": "complaint"}, "occurred_at": "when"}
SURVEY: dict[str, Any] = {
    "id": "survey",
    "reads": {"csv": "survey-{year}.csv"},
    "fills": "ratings",
    "keep": {"wave": ["main"]},
    "drop": {"state": ["test"]},
    "columns": RECORD | {"pipe": {"is": "survey"}, "airline": "Airline", "text": "Words"},
    "ratings": [{"question": "view", "from": "Q1", "scale": [1, 5]}, {"question": "food", "from": "Q2", "scale": [1, 10]}],
    "overrides": {
        "2025": {
            "reads": {"xlsx": "old.xlsx", "sheet": "Answers"},
            "keep": {"wave": ["second"]},
            "columns": {"occurred_at": {"from": "day", "month": "2025-05"}, "airline": None, "text": "Comment"},
            "ratings": {"view": "V1", "food": None},
        },
        "2025Q3": {"drop": {}, "columns": {"text": "Remark", "airline": "Carrier"}, "ratings": {"food": "F9"}},
        "2026Q1": {"ratings": {"view": None, "food": None}},
    },
}
CRM: dict[str, Any] = {
    "id": "crm",
    "reads": {"sql": "SELECT * FROM cases WHERE changed >= :since AND changed < :until", "database": "${CRM}"},
    "incremental": {"changed_at": {"from": "changed", "format": "unix"}, "overlap_days": 0.5},
    "columns": RECORD
    | {
        "text": {"join": ["subject", "body"], "with": " - "},
        "channel": {"first": ["channel", "medium"]},
        "region": {"split": "area", "by": "/", "take": -1},
        "category": {"from": "topic", "recode": {"1": "Parcel"}, "missing": ["?"]},
        "is_duplicate_case": {"from": "closure", "contains": "duplicate"},
        "due_at": {"from": "due", "format": "spreadsheet", "zone": "Europe/Berlin"},
        "customer_id": "member",
        "customer_name": "name",
    },
    "categories": {"Parcel": "delivery"},
    "pseudonymise": ["record_id"],
    "mask_addresses": ["text"],
    "late_after_days": 3,
}
API: dict[str, Any] = {
    "id": "api",
    "reads": {
        "http": "https://crm.example/cases?since={since}",
        "records": "items",
        "parameters": {"page[size]": 50},
        "paging": {"cursor": "meta.after", "parameter": "page[after]"},
        "authorization": "Bearer ${TOKEN}",
    },
    "columns": RECORD,
}


def feed(name: str, reads: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"id": name, "reads": reads, "columns": RECORD} | parts


FULL: dict[str, Any] = SMALL | {
    "touchpoints": [SMALL["touchpoints"][0] | {"where": {"category": ["delivery"]}}],
    "taxonomy": {"version": 3, "categories": [{"id": "delivery", "title": "Delivery"}, {"id": "bills", "title": "Bills"}]},
    "gate": {"unmapped_share_at_most": 0.2},
    "sources": [
        SURVEY,
        CRM,
        API,
        feed("offset", {"http": "${URL}/x", "paging": {"offset": "skip", "limit": "top", "page_size": 20}}),
        feed("link", {"http": "${URL}/x", "paging": {"next": "Link"}}),
        feed("tsv", {"csv": "x.tsv", "delimiter": "\t", "encoding": "cp1252"}, collapse={"by": "id", "last": "n", "format": "%d.%m.%Y"}),
        feed("qualtrics", {"qualtrics": "s3://bucket/q-*.csv"}),
        feed("jsonl", {"jsonl": "lines/"}),
        feed("parquet", {"parquet": "x.parquet"}),
        feed("xlsx", {"xlsx": "x.xlsx", "header_row": 3}),
        feed("sent", {"csv": "sent.csv"}, fills="invitations", columns={"customer_id": "c", "survey": {"is": "survey"}, "sent_at": "s"}),
        feed("members", {"csv": "members.csv"}, fills="customers", columns={"customer_id": "c", "segment": "tier"}),
    ],
}


def survey() -> Source:
    return Source.model_validate(SURVEY)


def at(quarter: str) -> Source:
    return survey().at(Quarter.parse(quarter))


def expressions(source: Source) -> dict[str, str | None]:
    """What each column that is read is called in the source."""
    return {name: column.from_ for name, column in source.columns.items() if isinstance(column, FromColumn)}


def questions(source: Source) -> dict[str, str]:
    return {question.question: question.from_ for question in source.ratings}


# overrides


def test_where_nothing_differs_a_source_is_itself_without_its_overrides() -> None:
    assert at("2024Q1") == survey().model_copy(update={"overrides": {}})


def test_what_differs_in_a_year_differs_in_each_of_its_quarters_and_in_no_other() -> None:
    assert at("2025Q1") == at("2025Q4") != at("2024Q4")
    found = at("2025Q1")
    assert found.reads.model_dump() == {"xlsx": "old.xlsx", "sheet": "Answers", "header_row": 1}
    assert (found.keep, found.drop) == ({"wave": ("second",)}, {"state": ("test",)})
    assert expressions(found) == {"record_id": "id", "occurred_at": "day", "text": "Comment"}
    assert found.columns["pipe"] == Constant.model_validate({"is": "survey"})


def test_a_quarter_wins_over_its_year_and_what_it_does_not_name_stays_the_years() -> None:
    found = at("2025Q3")
    assert expressions(found) == {"record_id": "id", "occurred_at": "day", "text": "Remark", "airline": "Carrier"}
    assert (found.keep, found.drop) == ({"wave": ("second",)}, {})
    assert reads_key(found.reads) == "reads:xlsx"
    assert questions(found) == {"view": "V1", "food": "F9"}


def test_a_null_takes_a_column_or_a_question_out_and_a_name_renames_it() -> None:
    assert "airline" in survey().columns
    assert "airline" not in at("2025Q1").columns
    assert questions(at("2025Q1")) == {"view": "V1"}
    assert questions(at("2026Q1")) == {}


names = st.sampled_from(["record_id", "occurred_at", "text", "airline", "view", "food", "new"])
texts = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=5)
overrides = st.fixed_dictionaries(
    {},
    optional={
        "reads": st.sampled_from([{"csv": "other.csv"}, {"jsonl": "x.jsonl"}]),
        "keep": st.dictionaries(texts, st.lists(texts), max_size=2),
        "drop": st.dictionaries(texts, st.lists(texts), max_size=2),
        "columns": st.dictionaries(names, st.none() | texts, max_size=3),
        "ratings": st.dictionaries(names, st.none() | texts, max_size=3),
    },
)
keys = st.sampled_from(["2025", "2025Q1", "2025Q2", "2026"])


@given(st.dictionaries(keys, overrides, max_size=3), st.sampled_from(["2024Q4", "2025Q1", "2025Q2", "2026Q1"]))
def test_asking_what_a_source_is_in_a_quarter_changes_nothing_and_gives_the_same_again(differs: dict[str, Any], quarter: str) -> None:
    source = Source.model_validate(SURVEY | {"overrides": differs})
    before = source.model_dump_json(by_alias=True)
    found = source.at(Quarter.parse(quarter))
    assert source.model_dump_json(by_alias=True) == before
    assert found == source.at(Quarter.parse(quarter)) == found.at(Quarter.parse(quarter))
    assert found.overrides == {}
    assert None not in [*found.columns.values(), *(question.from_ for question in found.ratings)]
    if not differs.keys() & {quarter, quarter[:4]}:
        assert found == source.model_copy(update={"overrides": {}})


# a programme that uses everything


def test_a_programme_that_uses_everything_loads_freezes_and_thaws_to_itself(tmp_path: Path) -> None:
    (tmp_path / "programme.yaml").write_text(json.dumps(FULL), encoding="utf-8")  # JSON is YAML
    loaded = load_programme(tmp_path / "programme.yaml")
    assert thaw(freeze(loaded)) == loaded == Programme.model_validate(FULL)
    assert freeze(thaw(freeze(loaded))) == freeze(loaded)


def test_it_uses_every_reader_every_table_and_every_key_of_a_source() -> None:
    sources = Programme.model_validate(FULL).sources
    assert {type(source.reads) for source in sources} == set(READERS.values())
    assert {source.fills for source in sources} == {"feedback", "ratings", "invitations", "customers"}
    assert {name for source in sources for name in source.model_fields_set} == set(Source.model_fields)


def test_only_sources_that_can_be_asked_ask_for_a_window() -> None:
    asking = {source.id for source in Programme.model_validate(FULL).sources if source.asks_for_window}
    assert asking == {"crm", "api", "offset", "link"}


def test_a_column_written_as_a_name_is_read_as_it_is() -> None:
    columns = Source.model_validate(feed("x", {"csv": "x.csv"})).columns
    assert columns["occurred_at"] == FromColumn.model_validate({"from": "when"})


def test_without_a_word_a_file_is_utf_8_and_its_delimiter_is_found_out() -> None:
    assert Source.model_validate(feed("x", {"csv": "x.csv"})).reads == CsvReads(csv="x.csv", encoding="utf-8", delimiter=None)


# mistakes


def reading(source: dict[str, Any], **reads: Any) -> dict[str, Any]:
    return source | {"reads": source["reads"] | reads}


def overridden(key: str, **parts: Any) -> dict[str, Any]:
    return SURVEY | {"overrides": {key: parts}}


CSV = feed("shop", {"csv": "x.csv"})
REGISTER = feed(
    "members", {"sql": "SELECT * FROM m WHERE at >= :since", "database": "${X}"}, fills="customers", columns={"customer_id": "c"}
)
NEEDS_SINCE = "incremental: only a source that is asked with :since (sql) or {since} (http) can bring what changed alone."
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "a category that is none": (
        CSV | {"columns": RECORD | {"category": "c"}, "categories": {"Late": "delivry"}},
        "sources[shop].categories.Late: 'delivry' is no category of the taxonomy; did you mean 'delivery'?",
    ),
    "categories of no column": (CSV | {"categories": {"Late": "delivery"}}, "sources[shop].categories: source 'shop' maps no 'category'"),
    "a file that cannot be asked what changed": (CSV | {"incremental": {"changed_at": "changed"}}, f"sources[shop].{NEEDS_SINCE}"),
    "a query that does not ask since when": (reading(CRM, sql="SELECT * FROM cases"), f"sources[crm].{NEEDS_SINCE}"),
    "an address that does not ask since when": (
        reading(API, http="https://x.example/?to={until}") | {"incremental": {"changed_at": "c"}},
        f"sources[api].{NEEDS_SINCE}",
    ),
    "a register that is read in parts": (
        REGISTER | {"incremental": {"changed_at": "c"}},
        "sources[members].incremental: customers are always read whole; leave it out.",
    ),
    "a pseudonym of nothing": (
        CSV | {"pseudonymise": ["text"]},
        "sources[shop].pseudonymise: 'text' is no column that source 'shop' maps.",
    ),
    "addresses in nothing": (
        CSV | {"mask_addresses": ["pip"]},
        "sources[shop].mask_addresses: 'pip' is no column that source 'shop' maps; did you mean 'pipe'?",
    ),
    "another word for a question": (
        overridden("2025", ratings={"vew": "V"}),
        "sources[survey].overrides.2025.ratings: 'vew' is no question of source 'survey'; did you mean 'view'?",
    ),
    "a required column left out": (
        overridden("2025", columns={"occurred_at": None}),
        "sources[survey].overrides.2025.columns.occurred_at: 'occurred_at' cannot be left out: every record needs it.",
    ),
    "a fifth quarter": (overridden("2025Q5"), "sources[survey].overrides.2025Q5: '2025Q5' is not written as this needs it"),
    "nearly a key of an override": (
        overridden("2025", colums={}),
        "sources[survey].overrides.2025.colums: unknown key 'colums'; did you mean 'columns'?",
    ),
    "two readers": (CSV | {"reads": {"csv": "a", "xlsx": "b"}}, "sources[shop].reads.xlsx: unknown key 'xlsx'."),
    "a key of another reader": (reading(CSV, sheet="A"), "sources[shop].reads.sheet: unknown key 'sheet'."),
    "no path": (reading(CSV, csv=""), "sources[shop].reads.csv: this must not be empty."),
    "two kinds of paging": (
        reading(API, paging={"cursor": "a", "parameter": "b", "offset": "c", "limit": "d"}),
        "sources[api].reads.paging.offset: unknown key 'offset'.",
    ),
    "no kind of paging": (
        reading(API, paging={"page": 1}),
        "sources[api].reads.paging: paging is {cursor: ..., parameter: ...}, {offset: ",
    ),
    "an address without its scheme": (
        reading(API, http="crm.example/cases"),
        "sources[api].reads.http: 'crm.example/cases' is not written as",
    ),
    "a delimiter of two characters": (reading(CSV, delimiter="::"), "sources[shop].reads.delimiter: "),
    "a quotation mark between fields": (reading(CSV, delimiter='"'), "sources[shop].reads.delimiter: "),
    "a database by its address": (reading(CRM, database="postgresql://me@db/crm"), "sources[crm].reads.database: "),
    "a city for a zone": (
        CSV | {"columns": RECORD | {"due_at": {"from": "d", "zone": "Berlin"}}},
        "sources[shop].columns.due_at.zone: 'Berlin' is no time zone; write one such as Europe/Paris.",
    ),
    "a thirteenth month": (
        CSV | {"columns": RECORD | {"due_at": {"from": "d", "month": "2014-13"}}},
        "sources[shop].columns.due_at.month: '2014-13' is not written as this needs it",
    ),
    "a split by nothing": (
        CSV | {"columns": RECORD | {"region": {"split": "a", "by": ""}}},
        "sources[shop].columns.region.by: this must not be",
    ),
    "the first of nothing": (
        CSV | {"columns": RECORD | {"region": {"first": []}}},
        "sources[shop].columns.region.first: this must not be empty.",
    ),
    "late after no day": (CSV | {"late_after_days": 0}, "sources[shop].late_after_days: should be greater than or equal to 1 (given: 0)."),
    "an overlap that is none": (
        CRM | {"incremental": {"changed_at": "c", "overlap_days": -1}},
        "sources[crm].incremental.overlap_days: should be greater than or equal to 0 (given: -1).",
    ),
    "a change that is no column": (
        CRM | {"incremental": {"changed_at": {"join": ["a"]}}},
        "sources[crm].incremental.changed_at.join: unknown key 'join'.",
    ),
    "events without an order": (CSV | {"collapse": {"by": "id"}}, "sources[shop].collapse: 'last' is missing."),
    "questions of a source of records": (
        SURVEY | {"fills": "feedback"},
        "sources[survey].ratings: source 'survey' lists questions; write 'fills: r",
    ),
    "a question about nowhere": (
        SURVEY | {"ratings": [question | {"touchpoint": "countr"} for question in SURVEY["ratings"]]},
        "sources[survey].ratings[view].touchpoint: 'countr' is no touchpoint; did you mean 'counter'?",
    ),
    "an invitation without its time": (
        CSV | {"fills": "invitations", "columns": {"customer_id": "c", "survey": "s"}},
        "sources[shop].columns: source 'shop' maps no 'sent_at', which every row needs.",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_one_sentence_says_where_a_source_is_wrong(name: str, tmp_path: Path) -> None:
    source, said = MISTAKES[name]
    path = tmp_path / "programme.yaml"
    path.write_text(json.dumps(FULL | {"sources": [CRM | {"id": "other"}, source]}), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_programme(path)
    assert str(error.value).startswith(f"{path}, line 1, {said}")
    assert str(error.value).endswith((".", "?"))
    assert "\n" not in str(error.value)


def test_categories_need_a_taxonomy_and_places_need_its_categories(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    path.write_text(json.dumps({key: value for key, value in FULL.items() if key != "taxonomy"}), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"sources\[crm\]\.categories: the programme has no 'taxonomy' whose categories these could be; add one\."
    ):
        load_programme(path)
    path.write_text(json.dumps(FULL | {"touchpoints": SMALL["touchpoints"][:1]}), encoding="utf-8")
    with pytest.raises(InputError, match=r"touchpoints\[counter\]\.where\.category: 'counter' is no category of the taxonomy\."):
        load_programme(path)
