"""Planned tables as the files that the organisation would export, with the dirt that such files have."""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

from tasks.demo.cases import CASE
from tasks.demo.plan import SetAside
from tasks.demo.survey import ANSWER, BLANK, QUESTIONS

COMPLAINT_TIME = "%d/%m/%Y %H:%M"
SURVEY_TIME = "%Y-%m-%dT%H:%M:%S"
OFF_SCALE = ("55", "7", "0")
UNREADABLE_OPENED = ("00/00/2025 00:00", "31/02/2025 10:15", "last Tuesday")
UNREADABLE_SETTLED = ("??", "31/11/2025 09:00", "closed by phone")
UNREADABLE_ANSWERED = ("2025-13-01T10:00:00", "n/a", "yesterday")
COMPLAINT_COLUMNS = (
    "case_no",
    "opened",
    "promised_by",
    "acknowledged",
    "settled",
    "subject",
    "received_by",
    "route_area",
    "customer_no",
    "customer_name",
    "what_happened",
    "case_number_given",
)
SURVEY_COLUMNS = (
    "answer_no",
    "answered_on",
    "customer_no",
    "customer_name",
    "route_area",
    "part_of_trip",
    *(column for column, _, _ in QUESTIONS.values()),
    "comment_type",
    "comment",
)


def complaint_rows(table: pd.DataFrame, set_aside: SetAside, rng: np.random.Generator) -> pd.DataFrame:
    """Return the complaint file of a quarter as text: COMPLAINT_COLUMNS, its broken rows and copies among them."""
    days = pd.to_timedelta(rng.integers(1, 7, size=len(table)), unit="D")
    settled = table["settled"].where(table["kind"] != "closed_before_opened", table["opened"] - days)
    times = {"opened": table["opened"], "promised_by": table["promised"], "acknowledged": table["acknowledged"], "settled": settled}
    rows = table.rename(columns={"area": "route_area", "text": "what_happened"}).assign(
        **{name: _written(time, COMPLAINT_TIME) for name, time in times.items()}
    )
    rows["opened"] = _spoilt(rows["opened"], table["kind"] == "unreadable_opened", UNREADABLE_OPENED)
    rows["settled"] = _spoilt(rows["settled"], table["kind"] == "unreadable_settled", UNREADABLE_SETTLED)
    return _with_copies(rows[list(COMPLAINT_COLUMNS)], (table["kind"] == CASE).to_numpy(), set_aside.copies, rng)


def survey_rows(table: pd.DataFrame, set_aside: SetAside, rng: np.random.Generator) -> pd.DataFrame:
    """Return the survey file of a quarter as text: SURVEY_COLUMNS, its broken rows and copies among them."""
    rows = table.rename(columns={"area": "route_area", "text": "comment"})
    answered = _written(table["answered_on"], SURVEY_TIME)
    rows["answered_on"] = _spoilt(answered, table["kind"] == "unreadable_opened", UNREADABLE_ANSWERED)
    for column, _, _ in QUESTIONS.values():
        rows[column] = rows[column].astype("str").where(rows[column] != BLANK, "")
    rows["q2_staff"] = _spoilt(rows["q2_staff"], table["kind"] == "score_off_scale", OFF_SCALE)
    return _with_copies(rows[list(SURVEY_COLUMNS)], (table["kind"] == ANSWER).to_numpy(), set_aside.copies, rng)


def csv_bytes(rows: pd.DataFrame) -> bytes:
    """Return the rows as CSV in UTF-8."""
    return rows.to_csv(index=False, lineterminator="\n").encode()


def gzip_bytes(content: bytes) -> bytes:
    """Return the content compressed; no clock and no host enters the header."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def _written(times: pd.Series, form: str) -> pd.Series:
    written: pd.Series = times.dt.strftime(form)
    return written.fillna("")


def _spoilt(written: pd.Series, is_spoilt: pd.Series, with_these: Sequence[str]) -> pd.Series:
    """Put something that cannot be read in place of some values."""
    spoilt = written.copy()
    positions = np.flatnonzero(is_spoilt)
    spoilt.iloc[positions] = [with_these[number % len(with_these)] for number in range(len(positions))]
    return spoilt


def _with_copies(rows: pd.DataFrame, may_be_copied: np.ndarray, copies: int, rng: np.random.Generator) -> pd.DataFrame:
    chosen = rng.choice(np.flatnonzero(may_be_copied), size=copies, replace=False)
    return pd.concat([rows, rows.iloc[np.sort(chosen)]], ignore_index=True)
