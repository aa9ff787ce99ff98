"""Boston's first two quarters of 2015: what was declared done in between is judged, and nothing is claimed that the data do not bear."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from config.settings import load_settings
from flows.cycle import run_cycle
from flows.follow_ups import import_updates
from flows.status import follow_up_lines
from tasks.causes import teaching
from tasks.results import CycleSummary

pytestmark = [pytest.mark.truth, pytest.mark.timeout(1200)]

EXAMPLE = Path(__file__).parents[2] / "config" / "examples" / "boston311.yaml"
AS_OF = {"2015Q1": "2015-04-11T00:00:00-04:00", "2015Q2": "2015-07-11T00:00:00-04:00"}
DONE_AT = "2015-05-15 17:00:00"


@pytest.fixture(scope="module")
def second_quarter(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CycleSummary]:
    """The second quarter's summary, after everything that the first one asked for was declared done in May."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("TOUCHSTONE_")]:
            patch.delenv(name)
        patch.setenv("TOUCHSTONE_HOME", str(home))
        patch.setenv("DATA", str(data_folder))
        patch.setattr(teaching, "READ_AT_MOST", 500)
        patch.setattr(teaching, "SAMPLE", 500)
        run_cycle(EXAMPLE, "2015Q1", as_of=datetime.fromisoformat(AS_OF["2015Q1"]), settings=load_settings())
        imported = import_updates("boston-311", declared_done(home / "updates.csv"))
        assert not imported.problems
        outcome = run_cycle(EXAMPLE, "2015Q2", as_of=datetime.fromisoformat(AS_OF["2015Q2"]), settings=load_settings())
        yield CycleSummary.model_validate_json((Path(outcome.place).parent / "summary.json").read_text())


def declared_done(path: Path) -> Path:
    """Write the file of updates that declares every follow-up done."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["follow_up_id", "at", "by", "status", "evidence", "note"])
        writer.writerows([row["id"], DONE_AT, "Ann", "done", "work order 12", ""] for row in follow_up_lines("boston-311", only_open=True))
    return path


def test_every_claim_on_a_standard_or_a_cause_has_a_verdict_with_its_interval_or_the_reason_why_not(second_quarter: CycleSummary) -> None:
    claimed = [one for one in second_quarter.follow_ups if one.opened_in == "2015Q1" and one.finding.startswith(("standard:", "cause:"))]
    assert claimed
    for one in claimed:
        print(f"\n{one.finding}: {one.effect and one.effect.model_dump(exclude_none=True)}")  # noqa: T201
        assert one.effect is not None
        has_interval = one.effect.low is not None and one.effect.high is not None
        assert has_interval or one.effect.reason
        assert one.effect.verdict == "cannot_tell" or has_interval
    counted = second_quarter.loop.resolutions
    assert counted.claimed == counted.shown + counted.refuted + counted.open_question == len(claimed)


def test_the_page_begins_with_what_was_promised_and_what_came_of_it(second_quarter: CycleSummary) -> None:
    carried = {one.id for one in second_quarter.loop.carried_on}
    assert carried == {one.id for one in second_quarter.follow_ups if one.opened_in == "2015Q1"}
    assert "declared solved" in second_quarter.headline
