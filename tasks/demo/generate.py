"""Four quarters of an invented ferry operator: its files, and what is true of them by construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from tasks.demo.actions import actions_of
from tasks.demo.export import csv_bytes, gzip_bytes
from tasks.demo.people import people
from tasks.demo.plan import AS_OF
from tasks.demo.programme import PROGRAMME
from tasks.demo.quarters import make_quarters, overlap
from tasks.demo.truth import truth_of


@dataclass(frozen=True)
class DemoData:
    """The demo's files, the instant at which each quarter is run, and the planted truths.

    files: relative path to content; as_of: cycle to instant; truth: JSON-able, see `truth_of`.
    """

    files: Mapping[str, bytes]
    as_of: Mapping[str, datetime]
    truth: dict[str, Any]


def generate(seed: int) -> DemoData:
    """Return the demo's data; the same seed gives the same bytes, and what is planted holds for every seed."""
    rng = np.random.default_rng(seed)
    quarters = make_quarters(people(rng), rng)
    files = {"programme.yaml": PROGRAMME.encode()}
    for quarter, following in zip(quarters, (*quarters[1:], None), strict=True):
        complaints = quarter.complaints if following is None else pd.concat([quarter.complaints, overlap(following)])
        files[f"complaints-{quarter.cycle}.csv.gz"] = gzip_bytes(csv_bytes(complaints))
        files[f"survey-{quarter.cycle}.csv"] = csv_bytes(quarter.survey)
        files[f"updates-{quarter.cycle}.csv"] = csv_bytes(actions_of(quarter.cycle))
    return DemoData(files, AS_OF, truth_of(seed, quarters))
