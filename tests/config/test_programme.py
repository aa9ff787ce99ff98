"""A programme file says what it means, or one sentence says where it does not and what was probably meant."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML

from config.durations import Duration, parse_duration
from config.errors import InputError
from config.loading import differences, fingerprint, freeze, load_programme, thaw
from config.model import Model
from config.programme import Programme
from tests.programmes import SMALL, programme, standard

STARTER = resources.files("config").joinpath("examples", "starter.yaml").read_text(encoding="utf-8")
FULL: dict[str, Any] = SMALL | {
    "year_starts_in": "april",
    "standards": [
        {"id": "a", "touchpoints": "all", "measure": {"by_due_date": "resolved_at"}, "target_share": 0.8},
        {
            "id": "b",
            "touchpoints": ["counter"],
            "measure": {"elapsed": ["occurred_at", "closed_at"], "within": "2 days"},
            "target_share": 1,
        },
        {"id": "c", "touchpoints": ["lounge"], "measure": {"rating": "view", "at_least": 4}, "target_share": 0.5},
        {"id": "d", "title": "D", "touchpoints": "all", "measure": {"flag": "kept"}, "target_share": 0},
    ],
    "sources": [
        {
            "id": "answers",
            "reads": {"csv": "x.csv", "encoding": "cp1252"},
            "fills": "ratings",
            "keep": {"Kind": ["real"]},
            "columns": {
                "record_id": "id",
                "pipe": {"is": "survey"},
                "occurred_at": {"from": "when", "format": "%d/%m/%Y", "missing": ["?"]},
                "text": {"join": ["a", "b"], "with": " "},
                "category": {"from": "c", "recode": {"x": "y"}},
                "due_at": "due",
                "resolved_at": "done",
                "closed_at": "closed",
                "kept": "k",
            },
            "ratings": [{"question": "view", "from": "q1", "scale": [1, 5], "missing": ["9"], "touchpoint": "lounge"}],
        }
    ],
    "gate": {"quarantined_share_at_most": 0.1},
    "rules": {"too_few_below": 5, "customers_at_least": 3, "biggest_causes": 2, "due_in_working_days": 10},
    "audiences": [{"id": "lead", "gets": "digest", "mail": ["lead@ferry.example"]}],
}


def models() -> Iterator[type[BaseModel]]:
    """Yield every model that a programme file is made of."""
    waiting, seen = [Programme], set[type[BaseModel]]()
    while waiting:
        model = waiting.pop()
        if model not in seen:
            seen.add(model)
            yield model
            waiting.extend(part for field in model.model_fields.values() for part in models_in(field.annotation))


def models_in(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


def mappings_in(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of every mapping in a document."""
    if isinstance(value, dict):
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from mappings_in(item, (*path, key))


OF_THEIR_OWN_KEYS = ("columns", "where", "keep", "recode")  # keys are columns and values, not names of ours
PLACES = [path for path in mappings_in(FULL) if not (path and path[-1] in OF_THEIR_OWN_KEYS)]


def changed(document: Any, path: tuple[str | int, ...], key: str, value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    node = copy
    for step in path:
        node = node[step]
    node[key] = value
    return copy


def what_is_said_of(path: Path) -> str:
    try:
        load_programme(path)
    except InputError as error:
        return str(error)
    return "it loads"


def refusal(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_programme(path)
    return str(error.value)


# what is in the models


def test_there_is_a_model_for_every_part_of_the_file() -> None:
    expected = {"Programme", "Stage", "Touchpoint", "Standard", "Elapsed", "Rating", "Source", "FromColumn", "Question", "Audience"}
    assert expected < {model.__name__ for model in models()}


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_every_field_of_every_model_says_what_it_means(model: type[BaseModel]) -> None:
    assert {name for name, field in model.model_fields.items() if not (field.description or "").strip()} == set()


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_every_model_is_frozen_and_has_the_one_base(model: type[BaseModel]) -> None:
    assert issubclass(model, Model)
    assert model.model_config["frozen"] is True
    assert model.model_config["extra"] == "forbid"


def test_a_loaded_programme_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        programme().title = "Another"  # type: ignore[misc]


def test_a_file_that_uses_every_key_there_is_loads(tmp_path: Path) -> None:
    (tmp_path / "programme.yaml").write_text(json.dumps(FULL), encoding="utf-8")  # JSON is YAML
    assert load_programme(tmp_path / "programme.yaml") == Programme.model_validate(FULL)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_key_that_nobody_knows_is_refused_wherever_it_stands(place: tuple[str | int, ...], tmp_path: Path) -> None:
    document = changed(FULL, place, "colour", "blue")
    assert "unknown key 'colour'" in refusal(tmp_path / "programme.yaml", json.dumps(document))


# mistakes

MISTAKES = {
    "an unknown key": ("timezone: Europe", "timezon: Europe", 6, "timezon: unknown key 'timezon'; did you mean 'timezone'?"),
    "an unknown key deep down": (
        ", target_share: 0.80",
        ", targetshare: 0.80",
        29,
        "standards[on-time].targetshare: unknown key 'targetshare'; did you mean 'target_share'?",
    ),
    "a missing key": (", target_share: 0.80", "", 29, "standards[on-time]: this standard needs a target_share."),
    "a key given twice": ("year_starts_in: january", "title: Again", 7, 'found duplicate key "title"'),
    "a tab": ("title: My", "\ttitle: My", 5, "this is not valid YAML: "),
    "a colon in a text": ("title: My organisation", "title: My: organisation", 5, "this is not valid YAML: "),
    "a zone": ("Europe/London", "Europe/Londn", 6, "timezone: 'Europe/Londn' is no time zone; write one such as Europe/Paris."),
    "no zone": ("timezone: Europe/London", "timezone:", 6, "timezone: this must be text."),
    "a month": ("january", "janury", 7, "'janury' is none of january, february, "),
    "a name with blanks": ("programme: my-organisation", "programme: My organisation", 4, "programme: 'My organisation' is not written"),
    "an empty title": ("title: My organisation", 'title: ""', 5, "title: this must not be empty."),
    "a weekday": ("[mon, tue, wed", "[mon, tues, wed", 8, "working_time.days[1]: 'tues' is none of mon, tue, wed, thu, fri, sat, sun; did you"),
    "no working day": ("[mon, tue, wed, thu, fri]", "[]", 8, "working_time.days: this must not be empty."),
    "hours without minutes": ("09:00-17:00", "9-17", 8, "working_time.hours: '9-17' is not written as this needs it"),
    "hours that do not exist": ("09:00-17:00", "09:00-25:00", 8, "working_time.hours: '09:00-25:00' are no opening hours"),
    "hours that end before they begin": ("09:00-17:00", "17:00-09:00", 8, "working_time.hours: '17:00-09:00' are no opening hours"),
    "a country in words": ("GB-ENG", "England", 8, "working_time.holidays: 'England' is not written as this needs it: string should match pattern '^[A-Z]"),
    "a country that does not exist": ("GB-ENG", "ZZ", 8, "working_time.holidays: 'ZZ' is no country or region whose public holidays are known"),
    "a region that does not exist": ("GB-ENG", "GB-XXX", 8, "working_time.holidays: 'GB-XXX' is no country or region whose public holidays"),
    "no stage": ("stage: use", "stage: us", 24, "touchpoints[arrival].stage: 'us' is no stage; did you mean 'use'?"),
    "no department": ("[delivery, sales]", "[delivry, sales]", 24, "'delivry' is no department; did you mean 'delivery'?"),
    "an outsider accountable": ("accountable: delivery", "accountable: service", 24, "'service' is no department of this touchpoint."),
    "an id given twice": ("id: help-desk", "id: arrival", 25, "touchpoints[arrival].id: the id 'arrival' is given twice."),
    "an audience given twice": ("id: quality", "id: leadership", 51, "audiences[leadership].id: the id 'leadership' is given twice."),
    "a touchpoint called all": ("id: arrival", "id: all", 24, "'all' stands for all touchpoints; choose another id."),
    "a where that is no mapping": ("where: {category: [Delivery]}", "where: [Delivery]", 24, "where: this must be a mapping, such as {key: value}."),
    "a where without a list": ("category: [Delivery]", "category: Delivery", 24, "where.category: this must be a list, such as [a, b] (given: 'Delivery')."),
    "a where that nobody maps": ("where: {category", "where: {catgory", 24, "no source maps a column 'catgory'; did you mean 'category'?"),
    "nearly all": ("touchpoints: all", "touchpoints: al", 29, "'al' is none of all, and no list; did you mean 'all'?"),
    "no touchpoint": ("touchpoints: all", "touchpoints: [arival]", 29, "'arival' is no touchpoint; did you mean 'arrival'?"),
    "an empty list of touchpoints": ("touchpoints: all", "touchpoints: []", 29, "standards[on-time].touchpoints: this must not be empty."),
    "a touchpoint twice": ("touchpoints: all", "touchpoints: [arrival, arrival]", 29, "the touchpoint 'arrival' is given twice."),
    "nearly a measure": ("{by_due_date:", "{by_due_dat:", 29, "net_promoter, mean_rating, median_rating, median, mean; did you mean 'by_due_date'?"),
    "a measure without its value": ("{by_due_date: resolved_at}", "by_due_date", 29, "standards[on-time].measure: a measure is one of by_due_date, "),
    "no measure": ("{by_due_date: resolved_at}", "{}", 29, "standards[on-time].measure: a measure is one of by_due_date, "),
    "a key of another measure": ("resolved_at}", "resolved_at, within: 1 day}", 29, "unknown key 'within'"),
    "a time of no case": ("resolved_at}", "resolvd_at}", 29, "did you mean 'resolved_at'?"),
    "one time of two": ("[occurred_at, acknowledged_at]", "[occurred_at]", 30, "standards[heard].measure.elapsed: item 2 is missing."),
    "a duration in words": ("2 working days", "two days", 30, "'two days' is not a duration; write a number and minutes, hours, days or weeks"),
    "a working week": ("2 working days", "1 working week", 30, "'1 working week' is not a duration"),
    "a duration without unit": ("2 working days", "2", 30, "standards[heard].measure.within: this must be text (given: 2)."),
    "a share in per cent": ("0.80", "80", 29, "target_share: should be less than or equal to 1 (given: 80)."),
    "a share in words": ("0.80", "80 %", 29, "target_share: should be a valid number"),
    "a question of nobody": ("{by_due_date: resolved_at}", "{rating: wifi, at_least: 4}", 29, "'wifi' is no question of any source."),
    "a flag of nobody": ("{by_due_date: resolved_at}", "{flag: cateogry}", 29, "standards[on-time].measure: no source maps 'cateogry'; did you mean 'category'?"),
    "a time that nobody maps": ("{by_due_date: resolved_at}", "{by_due_date: closed_at}", 29, "no source maps 'due_at' and 'closed_at'"),
    "no such table": ("fills: feedback", "fills: feedbak", 37, "'feedbak' is none of feedback, ratings, invitations, customers, follow_up_updates; did you mean 'feedback'?"),
    "ratings without questions": ("fills: feedback", "fills: ratings", 37, "source 'complaints' fills ratings but lists no question"),
    "a required column missing": ("      occurred_at: received\n", "", 38, "source 'complaints' maps no 'occurred_at', which every record needs."),
    "nearly a canonical column": ("due_at: ", "due_att: ", 42, "'due_att' is no canonical column; did you mean 'due_at'?"),
    "a column that Touchstone fills": ("due_at: ", "cycle: ", 42, "'cycle' is filled by Touchstone itself; choose another name."),
    "a column of the ratings table": ("due_at: ", "score: ", 42, "'score' is filled by Touchstone itself; choose another name."),
    "nearly a constant": ("{is: complaint}", "{iss: complaint}", 40, "a column is a source column's name, {is: value}, {from: column}, {join: "),
    "two meanings of one column": ("{is: complaint}", "{is: complaint, from: x}", 40, "unknown key 'from'"),
    "letters that strptime does not know": (
        "occurred_at: received",
        'occurred_at: {from: received, format: "%d.%m.%q"}',
        41,
        "'%d.%m.%q' is no way to write a time; use strptime's letters, such as %d/%m/%Y %H:%M, or one of spreadsheet, unix.",
    ),
    "nearly a reader": ("{csv: ", "{cvs: ", 36, "sources[complaints].reads: a source reads {csv: path}, or one of qualtrics, xlsx, jsonl, parquet, sql, http; did you mean 'csv'?"),
    "a reader without its kind": ('{csv: "${DATA}/complaints-{cycle}.csv"}', "x.csv", 36, "sources[complaints].reads: a source reads {csv: path}, or one of qualtrics, "),
    "a gate above one": ("at_most: 0.02", "at_most: 2", 48, "gate.quarantined_share_at_most: should be less than or equal to 1 (given: 2)."),
    "no such letter": ("gets: digest", "gets: digests", 50, "audiences[leadership].gets: 'digests' is none of digest, report, follow_ups, praise, approvals, alerts"),
    "nearly departments": ("mail: departments", "mail: department", 52, "'department' is none of departments, and no list; did you mean 'departments'?"),
    "one address without brackets": ("[director@example.org]", "director@example.org", 50, "'director@example.org' is none of departments, and no list."),
    "an address without @": ("director@", "director.", 50, "audiences[leadership].mail[0]: 'director.example.org' is not written as this needs it"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_one_sentence_says_where_a_file_is_wrong_and_what_was_probably_meant(name: str, tmp_path: Path) -> None:
    old, new, line, said = MISTAKES[name]
    assert old in STARTER
    found = refusal(tmp_path / "programme.yaml", STARTER.replace(old, new, 1))
    assert found.startswith(f"{tmp_path}/programme.yaml, line {line}")
    assert said in found
    assert found.endswith((".", "?"))
    assert "\n" not in found


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml: there is no such file; give the path of a programme file\."):
        load_programme(tmp_path / "nowhere.yaml")


def test_a_folder_is_no_programme_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_programme(tmp_path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "programme.yaml").write_bytes(b"title: caf\xe9")
    with pytest.raises(InputError, match="cannot be read as UTF-8 text"):
        load_programme(tmp_path / "programme.yaml")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "- a\n- b\n", "just words", "42"])
def test_a_file_that_holds_no_mapping_is_told_how_to_begin(text: str, tmp_path: Path) -> None:
    assert "a programme file is a mapping that begins with 'programme: name'; `touchstone init DIR`" in refusal(tmp_path / "p.yaml", text)


@pytest.mark.parametrize("text", ["a: 1\n---\na: 2\n", "a: [1, 2", "a: *nobody", "a: 'open", "\x00", "a: !!python/object:os.system {}"])
def test_broken_yaml_is_refused_in_one_sentence_and_never_run(text: str, tmp_path: Path) -> None:
    found = refusal(tmp_path / "p.yaml", text)
    assert "\n" not in found


scalars: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just([]) | st.just({}) | st.just([[1]])
)


@settings(max_examples=30, deadline=None)
@given(path=st.sampled_from(list(mappings_in(FULL))), data=st.data())
def test_no_value_whatever_in_any_place_ends_otherwise_than_in_a_programme_or_one_sentence(
    path: tuple[str | int, ...], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    node: Any = FULL
    for step in path:
        node = node[step]
    document = changed(FULL, path, data.draw(st.sampled_from([*node, "new"])), data.draw(scalars))
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    with file.open("w", encoding="utf-8") as stream:
        YAML().dump(document, stream)
    assert re.fullmatch(rf"it loads|{file}, line \d+.*", what_is_said_of(file))


# freezing


@pytest.mark.parametrize("document", [SMALL, FULL], ids=["small", "full"])
def test_what_is_frozen_thaws_to_the_same_programme(document: dict[str, Any]) -> None:
    given_one = Programme.model_validate(document)
    assert given_one.zone.key == "America/New_York"  # cached on first use, and no part of what is frozen
    thawed = thaw(freeze(given_one))
    assert thawed == given_one
    assert freeze(thawed) == freeze(given_one)


def test_the_frozen_form_does_not_depend_on_the_order_of_keys_and_writes_defaults_out() -> None:
    assert freeze(Programme.model_validate(dict(reversed(SMALL.items())))) == freeze(programme())
    turned_round = SMALL["sources"][0] | {"columns": dict(reversed(SMALL["sources"][0]["columns"].items()))}
    assert freeze(programme(sources=[turned_round])) == freeze(programme())
    assert freeze(programme(gate={"quarantined_share_at_most": 0.02})) == freeze(programme())
    assert freeze(programme(gate={"quarantined_share_at_most": 0.03})) != freeze(programme())


def test_the_order_of_lists_is_part_of_the_frozen_form() -> None:
    assert freeze(programme(touchpoints=SMALL["touchpoints"][::-1])) != freeze(programme())


def test_a_comment_in_the_file_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(STARTER, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("# a comment\n\n" + STARTER, encoding="utf-8")
    assert freeze(load_programme(tmp_path / "a.yaml")) == freeze(load_programme(tmp_path / "b.yaml"))


def test_a_fingerprint_is_the_sha256_of_the_utf8_bytes() -> None:
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert fingerprint("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()


# small parts


@pytest.mark.parametrize(
    ("text", "expected", "minutes"),
    [
        ("2 days", Duration(2, "day", is_working=False), 2880),
        ("1 day", Duration(1, "day", is_working=False), 1440),
        ("4 working hours", Duration(4, "hour", is_working=True), 240),
        ("1.5 hours", Duration(1.5, "hour", is_working=False), 90),
        (" 30  minutes ", Duration(30, "minute", is_working=False), 30),
        ("2 weeks", Duration(2, "week", is_working=False), 20160),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, expected: Duration, minutes: float) -> None:
    assert parse_duration(text) == expected
    assert parse_duration(text).calendar_minutes == minutes


@pytest.mark.parametrize("text", ["days", "2", "two days", "-2 days", "2 months", "2days", "1 working week", "2 days late"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        parse_duration(text)


@pytest.mark.parametrize(
    ("timezone", "holidays", "expected"),
    [("America/New_York", None, "US"), ("Europe/London", "GB-ENG", "GB"), ("America/New_York", "CA-ON", "CA"), ("UTC", None, None)],
)
def test_the_country_is_that_of_the_holidays_else_of_the_zone(timezone: str, holidays: str | None, expected: str | None) -> None:
    assert programme(timezone=timezone, working_time={"holidays": holidays}).country == expected


def test_a_standard_without_a_title_goes_by_its_id() -> None:
    titles = [standard.name for standard in Programme.model_validate(FULL).standards]
    assert titles == ["a", "b", "c", "D"]


def test_a_touchpoint_is_found_by_its_id_and_nothing_by_any_other() -> None:
    assert programme().touchpoint("site").accountable == "web"
    with pytest.raises(KeyError):
        programme().touchpoint("sight")


# frozen programmes


def test_a_frozen_programme_that_this_version_cannot_read_is_said_with_its_remedy() -> None:
    frozen = json.dumps(json.loads(freeze(programme())) | {"gate": {"open": True}})
    with pytest.raises(InputError, match=r"gate\.open.*finish its cycle with the version that began it"):
        thaw(frozen)


def test_differences_name_each_value_that_changed_by_the_ids_around_it() -> None:
    before = programme(standards=(standard(target_share=0.8),))
    after = before.model_copy(update={"standards": (standard(target_share=0.9),), "title": "Other"})
    changed = differences(freeze(before), freeze(after))
    (promise,) = before.standards
    assert changed == (f"standards[{promise.id}].target_share: 0.8, now 0.9", 'title: "Ferry", now "Other"')
    assert differences(freeze(before), freeze(before)) == ()
