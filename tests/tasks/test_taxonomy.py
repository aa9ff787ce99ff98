"""One set of categories over every pipe; a new version recodes what was stored under an older one."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tasks.taxonomy import categorised_counts, classify, unmapped_categories
from tests.programmes import SMALL, programme

OLD = {"version": 1, "categories": [{"id": "late", "title": "Late"}, {"id": "rude", "title": "Rude"}]}
NEW = {"version": 2, "categories": [*OLD["categories"], {"id": "lost", "title": "Lost"}]}  # type: ignore[misc]
OF_CASES = {"Delay": "late", "Never came": "late", "Staff": "rude"}


def programme_with(taxonomy: dict[str, Any], categories: dict[str, str]) -> Any:
    cases = SMALL["sources"][0]
    calls = cases | {"id": "calls", "categories": {"VERSPAETET": "late"}}
    return programme(
        taxonomy=taxonomy, sources=[cases | {"categories": categories}, calls], touchpoints=[SMALL["touchpoints"][0] | {"where": {}}]
    )


def records(*rows: tuple[str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["source", "category"]).astype("str")


ROWS = records(
    ("cases", "Delay"),
    ("cases", "Never came"),
    ("cases", "Staff"),
    ("cases", "Odd"),
    ("cases", None),
    ("calls", "VERSPAETET"),
    ("calls", "rude"),
)


def test_each_sources_own_categories_become_the_programmes() -> None:
    found = classify(ROWS, programme_with(OLD, OF_CASES))
    assert found["category"].fillna("-").tolist() == ["late", "late", "rude", "-", "-", "late", "rude"]
    assert found["own_category"].fillna("-").tolist() == ["Delay", "Never came", "Staff", "Odd", "-", "VERSPAETET", "rude"]


def test_one_sources_names_mean_nothing_in_another() -> None:
    found = classify(records(("calls", "Delay")), programme_with(OLD, OF_CASES))
    assert found["category"].isna().all()


def test_what_maps_to_nothing_is_counted_and_named_where_it_is_no_single_customers_word() -> None:
    found = classify(pd.concat([ROWS, records(*[("cases", "Odd")] * 4)]), programme_with(OLD, OF_CASES))
    assert categorised_counts(found) == (10, 5)
    assert unmapped_categories(found, 5) == {"Odd": 5}
    assert unmapped_categories(found, 6) == {}


def test_a_new_version_recodes_history_and_keeps_the_totals_of_unchanged_categories() -> None:
    stored = classify(ROWS, programme_with(OLD, OF_CASES))
    again = classify(stored, programme_with(NEW, OF_CASES | {"Never came": "lost"}))
    assert again["category"].fillna("-").tolist() == ["late", "lost", "rude", "-", "-", "late", "rude"]
    before, after = stored["category"].value_counts(), again["category"].value_counts()
    assert before["rude"] == after["rude"]
    assert before["late"] == after["late"] + after["lost"]


def test_rows_stored_before_there_was_a_taxonomy_are_classified_by_the_category_they_have() -> None:
    stored = pd.concat([classify(ROWS, programme_with(OLD, OF_CASES)), records(("cases", "Staff"))], ignore_index=True)
    assert classify(stored, programme_with(OLD, OF_CASES))["category"].iloc[-1] == "rude"


def test_without_a_taxonomy_categories_stay_as_they_are() -> None:
    assert classify(ROWS, programme()) is ROWS
    assert categorised_counts(ROWS) == (0, 0)
