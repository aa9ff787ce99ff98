"""JSON records as text: whatever stood in a record is found again in its row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.sources import records as module
from tasks.sources.records import compact, flattened, parsed, selected

KEYS = st.text("abc_é", min_size=1, max_size=3)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)
RECORDS = st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=6)
FEW = settings(max_examples=40, deadline=None)  # an example makes several tables


def table_of(text: str) -> pd.DataFrame:
    value: Any = parsed(text)
    return flattened(value)


def leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Name and text of each value: the plain way, in which the standard library writes numbers and lists."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, str):
        yield name, value
    else:
        yield name, "" if value in (None, {}) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@FEW
@given(RECORDS)
def test_every_value_is_found_again_in_its_row_under_its_name_and_nothing_else_is(records: list[dict[str, object]]) -> None:
    table = table_of(json.dumps(records))
    assert table.index.tolist() == list(range(len(records)))
    for row, record in enumerate(records):
        expected = dict(leaves_of(record))
        assert {name: table.at[row, name] for name in expected} == expected
        assert {table.at[row, name] for name in table.columns if name not in expected} <= {""}
    assert set(table.columns) == {name for record in records for name, _ in leaves_of(record)}


def leaves_of(record: dict[str, object]) -> list[tuple[str, str]]:
    return [leaf for key, value in record.items() for leaf in leaves(value, key)]


@FEW
@given(VALUES)
def test_compact_text_is_json_of_the_same_value(value: object) -> None:
    assert compact(parsed(json.dumps(value))) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@FEW
@given(RECORDS, st.lists(KEYS, unique=True, max_size=3), st.integers(1, 3))
def test_selected_columns_are_the_same_in_batches_as_at_once(records: list[dict[str, object]], wanted: list[str], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BATCH", size)
        table, names = selected(iter(records), wanted)
    whole = flattened(records)
    assert set(names) >= set(whole.columns)
    assert table.to_dict("list") == whole.reindex(columns=wanted, fill_value="").to_dict("list")
    assert set(map(str, table.dtypes)) <= {"str"}


def test_numbers_keep_their_exact_text() -> None:
    text = (
        '[{"a": 1.50, "b": 1E400, "c": -0, "d": 123456789012345678901234567890.1, "e": [1.50, "1.50", {"f": 0.10}], "g": '
        + "9" * 5000
        + "}]"
    )
    assert table_of(text).iloc[0].tolist() == [
        "1.50",
        "1E400",
        "-0",
        "123456789012345678901234567890.1",
        '[1.50,"1.50",{"f":0.10}]',
        "9" * 5000,
    ]


def test_yes_no_and_nothing_have_texts_of_their_own() -> None:
    table = table_of('[{"a": true, "b": false, "c": null, "d": {}, "e": [], "f": "null"}, {}]')
    assert table.to_dict("list") == {
        "a": ["true", ""],
        "b": ["false", ""],
        "c": ["", ""],
        "d": ["", ""],
        "e": ["[]", ""],
        "f": ["null", ""],
    }
    assert set(map(str, table.dtypes)) == {"str"}


def test_two_values_of_one_name_both_stay() -> None:
    assert table_of('[{"a.b": "x", "a": {"b": "y"}}, {"a": {"b": ""}, "a.b": "z"}]').to_dict("list") == {"a.b": ["x; y", "z"]}


def test_of_a_key_that_comes_twice_the_last_value_counts() -> None:
    assert table_of('[{"a": 1, "a": 2}]').to_dict("list") == {"a": ["2"]}


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    table = table_of(r'[{"a": "x\ud83d", "b\udc00": "\ud83d\ude00", "c": ["\ud83d"]}, {"b\udc00": "y"}]')
    assert table.to_dict("list") == {"a": ["x�", ""], "b�": ["😀", "y"], "c": ['["�"]', ""]}


@pytest.mark.parametrize(
    "text", ["", "{", "[1,]", "NaN", '[{"a": Infinity}]', "[-Infinity]", b'"\xff"', "[" * 100_000, '{"a":' * 100_000, b"\x00", "\ufeff[]"]
)
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parsed(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_bytes_of_every_utf_are_read(encoding: str) -> None:
    assert parsed('{"é": "😀"}'.encode(encoding)) == {"é": "😀"}


def test_deep_lists_and_objects_overflow_nothing() -> None:
    deep_list: list[Any] = []
    deep_object: dict[str, Any] = {}
    for _ in range(5000):
        deep_list, deep_object = [deep_list], {"a": deep_object}
    table = flattened([{"list": deep_list, "object": deep_object, "both": [deep_object]}])
    assert table["list"][0] == "[" * 5001 + "]" * 5001
    assert table["object" + ".a" * 5000][0] == ""
    assert table["both"][0] == "[" + '{"a":' * 5000 + "{}" + "}" * 5000 + "]"


def test_a_name_below_an_object_that_is_never_filled_counts_as_there() -> None:
    table, names = selected([{"id": "1", "customer": None}], ["customer.name", "id", "other.name"])
    assert names == ("id", "customer", "customer.name")
    assert table.to_dict("list") == {"customer.name": [""], "id": ["1"], "other.name": [""]}


def test_no_record_is_a_table_without_rows_that_has_the_columns() -> None:
    table, names = selected([], ["id"])
    assert (table.shape, table.columns.tolist(), str(table["id"].dtype), names) == ((0, 1), ["id"], "str", ())
    assert flattened([{}, {}]).shape == (2, 0)
