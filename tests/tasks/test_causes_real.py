"""Causes of real complaints; skipped, with the reason, where the public data are not at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from tasks.causes.encoders import shipped
from tasks.causes.find import CauseFindings, Known, find_causes
from tests.programmes import programme

CUSTOMERS = ["Constituent Call", "Citizens Connect App", "Self Service", "Twitter"]
NARRATIVE = "Consumer complaint narrative"


def as_feedback(ids: pd.Series, texts: pd.Series, touchpoints: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"record_id": ids, "text": texts, "touchpoint": touchpoints}, dtype="str").assign(source="cases")
    return table.assign(**{name: pd.Series(None, index=table.index, dtype="str") for name in ("kind", "customer_id", "department")})


def boston(folder: Path, cycle: str) -> pd.DataFrame:
    rows = pd.read_csv(folder / "boston311" / f"{cycle}.csv.gz", dtype=str)
    rows = rows[rows["Source"].isin(CUSTOMERS)]
    return as_feedback(rows["CASE_ENQUIRY_ID"], rows["CASE_TITLE"].fillna("") + ". " + rows["CLOSURE_REASON"].fillna(""), rows["TYPE"])


def complaints(folder: Path, cycle: str) -> pd.DataFrame:
    rows = pd.read_csv(folder / "cfpb" / f"{cycle}.csv", dtype=str).dropna(subset=NARRATIVE)
    return as_feedback(rows["Complaint ID"], rows[NARRATIVE], rows["Product"])


def find(current: pd.DataFrame, previous: pd.DataFrame | None, earlier: CauseFindings | None, cycle: str) -> CauseFindings:
    known = Known(earlier.model, earlier.assignments) if earlier else Known()
    one = [{"id": "desk", "title": "Desk", "stage": "book", "departments": ["desk"], "accountable": "desk", "where": {}}]
    return find_causes(current, previous, known, cycle=cycle, programme=programme(touchpoints=one), encoder=shipped())


def agreement(clusters: pd.Series, truth: pd.Series) -> float:
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(truth, clusters))


def test_a_quarter_of_boston_gives_causes_that_a_manager_knows(data_folder: Path) -> None:
    second, first = boston(data_folder, "2015Q2").iloc[::8], boston(data_folder, "2015Q1").iloc[::8]
    found = find(second, first, None, "2015Q2")
    labels = " ".join(cause.label.lower() for cause in found.causes)
    assert all(known in labels for known in ("graffiti", "recycling", "sidewalk", "traffic signal", "abandoned"))
    assert 20 <= len(found.causes) <= 100
    truth = second.set_index("record_id")["touchpoint"].fillna("")
    assert agreement(found.assignments["cause_id"], truth[found.assignments["record_id"]]) > 0.6
    winter = next(cause for cause in found.causes if "snow" in cause.terms)
    assert winter.change_high is not None
    assert winter.change_high < 0


def test_narratives_of_two_quarters_are_named_without_redactions_and_tracked(data_folder: Path) -> None:
    earlier, previous, ids = None, None, []
    for cycle in ("2018Q4", "2019Q2"):
        quarter = complaints(data_folder, cycle)
        found = find(quarter, previous, earlier, cycle)
        assert 5 <= len([cause for cause in found.causes if cause.size]) <= 30
        for cause in found.causes:
            assert not re.search(r"xx|\d|\$", cause.label.lower())
            assert all(len(quote.text) <= 304 for quote in cause.quotes)
        ids.append({cause.id for cause in found.causes if cause.size})
        earlier, previous = found, quarter
    assert len(ids[0] & ids[1]) >= len(ids[1]) / 2


def test_the_order_of_real_rows_changes_nothing(data_folder: Path) -> None:
    quarter = complaints(data_folder, "2019Q2").head(120)
    again = find(quarter.sample(frac=1, random_state=1), None, None, "2019Q2")
    assert again.causes == find(quarter, None, None, "2019Q2").causes
