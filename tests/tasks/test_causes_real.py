"""Causes of real complaints; skipped, with the reason, where the public data are not at hand."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pandas as pd

from tasks.causes.clusters import cluster_texts
from tasks.causes.find import CauseFindings, find_causes
from tasks.results import CauseModel

CUSTOMERS = ["Constituent Call", "Citizens Connect App", "Self Service", "Twitter"]
NARRATIVE = "Consumer complaint narrative"


def as_feedback(ids: pd.Series, texts: pd.Series, touchpoints: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"record_id": ids, "text": texts, "touchpoint": touchpoints}, dtype="str")
    return table.assign(**{name: pd.Series(None, index=table.index, dtype="str") for name in ("kind", "customer_id", "department")})


def boston(folder: Path, cycle: str) -> pd.DataFrame:
    rows = pd.read_csv(folder / "boston311" / f"{cycle}.csv.gz", dtype=str)
    rows = rows[rows["Source"].isin(CUSTOMERS)]
    return as_feedback(rows["CASE_ENQUIRY_ID"], rows["CASE_TITLE"].fillna("") + ". " + rows["CLOSURE_REASON"].fillna(""), rows["TYPE"])


def complaints(folder: Path, cycle: str) -> pd.DataFrame:
    rows = pd.read_csv(folder / "cfpb" / f"{cycle}.csv", dtype=str).dropna(subset=NARRATIVE)
    return as_feedback(rows["Complaint ID"], rows[NARRATIVE], rows["Product"])


def find(current: pd.DataFrame, previous: pd.DataFrame | None, model: CauseModel | None, cycle: str) -> CauseFindings:
    return find_causes(current, previous, model, cycle=cycle, departments_of={}, customers_at_least=5)


def agreement(clusters: pd.Series, truth: pd.Series) -> float:
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(truth, clusters))


def test_a_quarter_of_boston_gives_causes_that_a_manager_knows(data_folder: Path) -> None:
    second, first = boston(data_folder, "2015Q2"), boston(data_folder, "2015Q1")
    find(second.head(50), None, None, "2015Q2")  # imports
    started = time.process_time()
    found = find(second, first, None, "2015Q2")
    seconds = time.process_time() - started
    labels = " ".join(cause.label.lower() for cause in found.causes)
    assert all(known in labels for known in ("bulk item", "graffiti", "recycling cart", "sidewalk", "traffic signal", "abandoned vehicle"))
    assert 20 <= len(found.causes) <= 70
    assert agreement(found.assignments["cause_id"], second.sort_values("record_id")["touchpoint"].fillna("")) > 0.7
    winter = next(cause for cause in found.causes if "snow" in cause.terms)
    assert winter.change_high < 0
    assert seconds < 20, f"{seconds:.1f} s of processor time"  # 5 s on a machine with nothing else to do


def test_narratives_of_three_quarters_are_named_without_redactions_and_tracked(data_folder: Path) -> None:
    model, previous, ids = None, None, []
    for cycle in ("2018Q4", "2019Q1", "2019Q2"):
        quarter = complaints(data_folder, cycle)
        found = find(quarter, previous, model, cycle)
        assert 5 <= len([cause for cause in found.causes if cause.size]) <= 20
        for cause in found.causes:
            assert not re.search(r"xx|\d|\$", cause.label.lower())
            assert all(len(quote.text) <= 304 for quote in cause.quotes)
        ids.append({cause.id for cause in found.causes if cause.size})
        model, previous = found.model, quarter
    assert len(ids[2] & ids[1]) >= len(ids[2]) / 2


def test_intents_of_a_bank_s_customers_are_told_apart(data_folder: Path) -> None:
    rows = pd.read_csv(data_folder / "banking77" / "train.csv", dtype=str).dropna().iloc[::2]
    found = cluster_texts(rows["text"].tolist())
    assert agreement(pd.Series(found.of_record), rows["category"]) > 0.55
    assert 20 <= found.of_unique.max() + 1 <= 60


def test_the_order_of_real_rows_changes_nothing(data_folder: Path) -> None:
    quarter = complaints(data_folder, "2018Q4")
    again = find(quarter.sample(frac=1, random_state=1), None, None, "2018Q4")
    assert again.causes == find(quarter, None, None, "2018Q4").causes
