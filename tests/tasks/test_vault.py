"""The vault gives back exactly what it was given, or says what is damaged."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from config.errors import InputError
from tasks.parquet import parquet_bytes
from tasks.results import CauseModel, CauseProfile, Check, Ref
from tasks.store import MissingObjectError, Store, open_store
from tasks.vault import get_bytes, get_json, get_table, put_bytes, put_json, put_table
from tests.services import S3Server

TIMES = pd.to_datetime(pd.Series(["2015-03-08T06:59:59.123456Z", None, "1931-01-01T00:00:00Z"]), format="ISO8601")
TABLE = pd.DataFrame(
    {
        "record_id": pd.Series(["1", "2", "3"], dtype="str"),
        "text": pd.Series(['Grüße 🚲, "x"\r\n', None, ""], dtype="str"),
        "occurred_at": TIMES.astype("datetime64[us, UTC]"),
        "is_internal": pd.Series([True, None, False], dtype="boolean"),
        "is_flagged": pd.Series([True, False, True]),
        "weight": [0.1, None, -0.0],
        "reopened_count": pd.Series([0, 1, 2**62]),
        "wave": pd.Series([1, None, 3], dtype="Int64"),
    }
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty vault in a folder."""
    return open_store(str(tmp_path / "vault"))


def model_of(terms: dict[str, float]) -> CauseModel:
    return CauseModel(version="1", cycle="2026Q1", causes=(CauseProfile(id="1", label="x", first_seen="a", last_seen="a", terms=terms),))


def test_an_object_lies_under_its_own_sha256(store: Store) -> None:
    ref = put_bytes(store, b"hello", ".txt")
    sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # of "hello", as published everywhere
    assert ref == Ref(uri=f"2c/{sha256}.txt", sha256=sha256)
    assert get_bytes(store, ref) == b"hello"


def test_what_is_there_is_not_written_again(store: Store, tmp_path: Path) -> None:
    first = put_bytes(store, b"hello", ".txt")
    file = tmp_path / "vault" / first.uri
    before = file.stat()
    assert put_bytes(store, b"hello", ".txt") == first
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_object_that_was_cut_short_is_written_again(store: Store, tmp_path: Path) -> None:
    ref = put_bytes(store, b"hello", ".txt")
    (tmp_path / "vault" / ref.uri).write_bytes(b"hel")
    assert get_bytes(store, put_bytes(store, b"hello", ".txt")) == b"hello"


def test_a_damaged_object_is_named_not_returned(store: Store, tmp_path: Path) -> None:
    ref = put_table(store, TABLE)
    (tmp_path / "vault" / ref.uri).write_bytes(b"tampered")
    with pytest.raises(InputError, match=rf"^{ref.uri} in the vault is damaged: .+; put it back from a backup\.$"):
        get_table(store, ref)


def test_an_object_that_is_gone_is_named(store: Store) -> None:
    ref = put_bytes(store, b"hello", ".txt")
    store.delete(ref.uri)
    with pytest.raises(MissingObjectError, match=f"^{ref.uri} is not in"):
        get_bytes(store, ref)


def test_a_table_comes_back_with_its_values_and_types(store: Store) -> None:
    ref = put_table(store, TABLE)
    assert ref.rows == 3
    assert ref.uri.endswith(".parquet")
    assert_frame_equal(get_table(store, ref), TABLE)


def test_a_table_comes_back_from_s3_too(s3: S3Server) -> None:
    store = open_store(f"s3://{s3.make_bucket()}/vault", s3_endpoint=s3.endpoint)
    assert_frame_equal(get_table(store, put_table(store, TABLE)), TABLE)


@pytest.mark.parametrize("table", [TABLE[:0], TABLE[["text", "occurred_at", "is_internal", "weight"]][1:2]], ids=["no rows", "all null"])
def test_types_survive_without_values(store: Store, table: pd.DataFrame) -> None:
    ref = put_table(store, table)
    assert ref.rows == len(table)
    assert_frame_equal(get_table(store, ref), table.reset_index(drop=True))


TEXTS = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=30)


@settings(max_examples=50, deadline=None)
@given(texts=TEXTS, cut=st.integers(0, 30))
def test_equal_tables_have_equal_bytes_however_they_came_about(texts: list[str | None], cut: int) -> None:
    whole = pd.DataFrame({"text": pd.Series(texts, dtype="str")})
    pieced = pd.concat([whole[:cut], whole[cut:]])
    labelled = whole.set_index(pd.Index(range(7, 7 + len(whole))))
    labelled.attrs["made on"] = "some machine"
    assert parquet_bytes(pieced) == parquet_bytes(whole)
    assert parquet_bytes(labelled) == parquet_bytes(whole)


def test_a_long_table_in_many_pieces_has_the_bytes_of_one_in_one_piece() -> None:
    whole = pd.DataFrame({"text": pd.Series([f"text {number * 7919 % 1000003}" for number in range(150_000)], dtype="str")})
    pieced = pd.concat([whole[start : start + 97] for start in range(0, len(whole), 97)])
    assert parquet_bytes(pieced) == parquet_bytes(whole)


def test_a_parquet_file_tells_nothing_of_the_machine(tmp_path: Path) -> None:
    import getpass
    import socket

    table = TABLE.copy()
    table.attrs["folder"] = str(tmp_path)
    data = parquet_bytes(table)
    assert not [word for word in (str(tmp_path), socket.gethostname(), f"/{getpass.getuser()}/") if word.encode() in data]


def test_a_result_comes_back_equal(store: Store) -> None:
    terms = {"zebra": 0.1 + 0.2, "apple": 1e-17, "grün": 2 / 3}
    model = model_of(terms)
    ref = put_json(store, model)
    assert ref.uri.endswith(".json")
    assert get_json(store, ref, CauseModel) == model


def test_equal_results_are_one_object_whatever_the_order_of_their_mappings(store: Store) -> None:
    assert put_json(store, model_of({"a": 0.6, "b": 0.8})) == put_json(store, model_of({"b": 0.8, "a": 0.6}))


def test_a_result_of_another_kind_is_refused_by_name(store: Store) -> None:
    ref = put_json(store, Check(name="x", description="y", is_required=True, is_passed=True))
    with pytest.raises(InputError, match=rf"^{ref.uri} in the vault does not hold a CauseModel \(.+\); use the version"):
        get_json(store, ref, CauseModel)


def test_a_number_that_json_cannot_hold_is_not_lost_in_silence(store: Store) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        put_json(store, model_of({"a": float("nan")}))
