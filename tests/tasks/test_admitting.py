"""Which quarantined rows may count as they stand, and how they join those that were accepted."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from config.errors import InputError
from tasks.admitting import released, reread, waiting, with_admissions
from tasks.parquet import parquet_bytes

AT = pd.Timestamp("2026-02-03 10:00", tz="UTC").as_unit("us")
LATE = "resolved_at is not before occurred_at"
TYPES = {
    "record_id": "str",
    "source": "str",
    "pipe": "str",
    "kind": "str",
    "touchpoint": "str",
    "text": "str",
    "occurred_at": "datetime64[us, UTC]",
    "resolved_at": "datetime64[us, UTC]",
    "weight": "float64",
    "is_internal": "boolean",
    "cycle": "str",
}
RATING_TYPES = {"source": "str", "record_id": "str", "question": "str", "score": "float64", "scale_min": "float64", "scale_max": "float64"}


def row(record_id: str | None, **parts: Any) -> dict[str, Any]:
    fixed = {"source": "cases", "pipe": "complaint", "kind": "complaint", "occurred_at": AT, "cycle": "2026Q1", "text": "wet [name]"}
    return {"record_id": record_id, **fixed, **parts}


def records(*rows: dict[str, Any], **more: str) -> pd.DataFrame:
    types = TYPES | more
    return pd.DataFrame({name: pd.Series([one.get(name) for one in rows], dtype=dtype) for name, dtype in types.items()})


def quarantined(*rows: dict[str, Any]) -> pd.DataFrame:
    numbered = [{"row": number, "file": "a.csv", "file_row": number, "rule": LATE} | one for number, one in enumerate(rows, 2)]
    return records(*numbered, row="int64", file="str", file_row="int64", rule="str", **dict(list(RATING_TYPES.items())[2:]))


def answer(record_id: str, question: str, score: float, **parts: Any) -> dict[str, Any]:
    fixed = {"source": "cases", "cycle": "2026Q1", "scale_min": 1.0, "scale_max": 5.0, "rule": ""}
    return {"record_id": record_id, "question": question, "score": score, **fixed, **parts}


def ratings(*rows: dict[str, Any]) -> pd.DataFrame:
    types = RATING_TYPES | {"cycle": "str"}
    return pd.DataFrame({name: pd.Series([one.get(name) for one in rows], dtype=dtype) for name, dtype in types.items()})


def stored(table: pd.DataFrame) -> pd.DataFrame:
    """The table as the vault gives it back."""
    return pd.read_parquet(io.BytesIO(parquet_bytes(table)))


def release(quarantine: pd.DataFrame, *record_ids: str) -> pd.DataFrame:
    return stored(released(stored(quarantine), "cases", record_ids, ["deck"]))


# release


def test_a_released_row_is_the_masked_row_as_it_stands_without_what_only_quarantine_knows() -> None:
    table = release(quarantined(row("a", resolved_at=AT - pd.Timedelta(days=9)), row("b")), "a")
    assert table.to_dict("records") == [row("a", resolved_at=AT - pd.Timedelta(days=9))]


def test_a_value_that_is_outside_its_closed_set_counts_as_not_known() -> None:
    table = release(quarantined(row("a", kind="grumble", touchpoint="moon"), row("b", touchpoint="deck")), "a", "b")
    assert table["kind"].isna().tolist() == [True, False]
    assert table["touchpoint"].fillna("-").tolist() == ["-", "deck"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row("a", occurred_at=None, cycle=None)], "nobody can read when it happened"),
        ([row("a", pipe=None)], "its pipe is none of survey, complaint, call"),
        ([row("a", pipe="smoke signs")], "its pipe is none of survey, complaint, call"),
        ([row("a"), row("a", text="other")], "its record_id stands for several rows"),
        ([row("a", rule="record_id is unique: was this file saved by a spreadsheet?")], "its record_id stands for several rows"),
        ([row("a", weight=-1.0)], "its weight is negative"),
        ([row("b")], "no row of that record_id waits in quarantine"),
        ([row("a", source="calls")], "no row of that record_id waits in quarantine"),
        ([row(None)], "no row of that record_id waits in quarantine"),
        ([answer("a", "wifi", 3.0)], "no row of that record_id waits in quarantine"),
    ],
)
def test_a_record_that_cannot_count_is_refused_in_one_sentence(rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(InputError) as refusal:
        release(quarantined(*rows), "a")
    sentence = str(refusal.value)
    assert sentence.startswith(f"The record cases/a cannot be released, for {said}")
    assert sentence.endswith("; put it right at its source, then retry it.")
    assert "\n" not in sentence


def test_one_record_that_cannot_count_keeps_all_that_are_named_with_it() -> None:
    with pytest.raises(InputError, match="cases/b"):
        release(quarantined(row("a"), row("b", pipe=None)), "a", "b")


def test_valid_answers_wait_with_their_record_and_are_released_with_it_and_those_off_their_scale_are_not() -> None:
    table = quarantined(
        row("a"), answer("a", "wifi", 4.0), answer("a", "seats", 9.0), answer("a", "food", float("nan")), answer("b", "wifi", 4.0)
    )
    assert waiting(table)["record_id"].tolist() == ["a"]
    out = release(table, "a")
    assert out["question"].fillna("-").tolist() == ["-", "wifi"]


# retry


def test_of_what_was_read_again_only_the_wanted_records_of_the_quarter_are_let_out_with_their_answers() -> None:
    read = records(row("a"), row("b"), row("c", cycle="2025Q4"))
    answers = ratings(answer("a", "wifi", 4.0), answer("b", "wifi", 2.0), answer("c", "wifi", 1.0))
    table = reread(read, answers, "2026Q1", ["a", "c"])
    assert table[["record_id", "question"]].fillna("-").to_numpy().tolist() == [["a", "-"], ["a", "wifi"]]
    assert reread(read, answers, "2026Q1", ["x"]).empty


# merging


def merge(feedback: pd.DataFrame, answers: pd.DataFrame, *tables: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    return with_admissions(feedback, answers, [stored(table) for table in tables], ["2026Q1", "2025Q4"])


def test_admitted_records_and_their_answers_come_below_the_accepted_ones_and_are_counted_by_quarter() -> None:
    first = release(quarantined(row("a", is_internal=True), answer("a", "wifi", 4.0)), "a")
    second = release(quarantined(row("b", cycle="2025Q4", weight=2.0)), "b")
    accepted, answers = records(row("z")), ratings(answer("z", "wifi", 1.0))
    feedback, scores, counts = merge(accepted, answers, second, first)
    assert counts == {"2026Q1": 1, "2025Q4": 1}
    assert_frame_equal(feedback, records(row("z"), row("a", is_internal=True), row("b", cycle="2025Q4", weight=2.0)))
    assert_frame_equal(scores, ratings(answer("z", "wifi", 1.0), answer("a", "wifi", 4.0)))


def test_the_order_in_which_records_were_let_out_changes_nothing() -> None:
    tables = [release(quarantined(row(name), answer(name, "wifi", 4.0)), name) for name in ("b", "a", "c")]
    one = merge(records(row("z")), ratings(), *tables)
    other = merge(records(row("z")), ratings(), *reversed(tables))
    assert_frame_equal(one[0], other[0])
    assert_frame_equal(one[1], other[1])


def test_a_record_that_was_accepted_stays_as_it_is_there_whatever_was_let_out() -> None:
    table = release(quarantined(row("a", text="old"), answer("a", "wifi", 1.0)), "a")
    accepted, answers = records(row("a", text="new")), ratings(answer("a", "wifi", 5.0))
    assert merge(accepted, answers, table) == (accepted, answers, {})


def test_the_same_record_id_in_another_source_is_another_record() -> None:
    feedback, _, counts = merge(records(row("a", source="calls")), ratings(), release(quarantined(row("a")), "a"))
    assert feedback["source"].tolist() == ["calls", "cases"]
    assert counts == {"2026Q1": 1}


def test_records_of_other_quarters_stay_out() -> None:
    table = release(quarantined(row("a", cycle="2024Q1")), "a")
    accepted = records(row("z"))
    assert merge(accepted, ratings(), table)[0] is accepted
    assert with_admissions(accepted, ratings(), [], ["2026Q1"])[0] is accepted


def test_a_column_that_the_mapping_no_longer_has_or_has_of_another_type_is_left_out() -> None:
    table = release(quarantined(row("a", weight=2.0)), "a").assign(region=pd.Series(["north"], dtype="str"), text=pd.Series([7.0]))
    feedback, _, _ = merge(records(row("z")), ratings(), table)
    assert_frame_equal(feedback, records(row("z"), row("a", weight=2.0, text=None)))


def test_records_join_a_table_without_a_row() -> None:
    feedback, scores, _ = merge(records(), ratings(), release(quarantined(row("a"), answer("a", "wifi", 4.0)), "a"))
    assert_frame_equal(feedback, records(row("a")))
    assert_frame_equal(scores, ratings(answer("a", "wifi", 4.0)))
