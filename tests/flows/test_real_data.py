"""The example programmes on real public data, with the truths that are known of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from config.errors import TouchstoneError
from flows.cycle import run_cycle
from flows.status import mail_lines
from tasks.ledger.connection import open_ledger
from tasks.ledger.models import Input

EXAMPLES = Path(__file__).parents[2] / "config" / "examples"


@pytest.fixture
def real_data(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA", str(data_folder))
    return data_folder


def publish(example: str, cycle: str, as_of: str) -> Path:
    return Path(run_cycle(EXAMPLES / example, cycle, as_of=datetime.fromisoformat(as_of)).place).parent


def figure(folder: Path, standard: str, touchpoint: str = "all") -> pd.Series:
    table = pd.read_csv(folder / "compliance.csv").set_index(["standard", "touchpoint"])
    return table.loc[(standard, touchpoint)]


def counts_of(row: pd.Series) -> dict[str, int]:
    return {name: int(row[name]) for name in ("n", "met", "pending", "excluded")}


def rows_read(tmp_path: Path, cycle: str) -> tuple[int, int]:
    with open_ledger(f"sqlite:///{tmp_path / 'home' / 'ledger.db'}").transaction() as session:
        row = session.get_one(Input, ("boston-311", cycle, 1, "requests", cycle))
        return row.read, row.filtered


def test_boston_gives_the_figures_that_are_known(real_data: Path, tmp_path: Path) -> None:
    as_of = "2016-01-12T00:00:00-05:00"
    first = figure(publish("boston311.yaml", "2015Q1", as_of), "on-time")
    assert rows_read(tmp_path, "2015Q1") == (26788, 5423)
    assert counts_of(first) == {"n": 14638, "met": 7516, "pending": 349, "excluded": 6378}
    second = figure(publish("boston311.yaml", "2015Q2", as_of), "on-time")
    assert rows_read(tmp_path, "2015Q2") == (31331, 7150)
    assert counts_of(second) == {"n": 18281, "met": 11127, "pending": 1417, "excluded": 4483}
    # at equal age the first quarter is as it stood on 2015-10-13, 195 days after its end
    assert second["change_low"] < second["change"] < second["change_high"]
    assert second["change"] == pytest.approx(second["share"] - second["previous_share"], abs=2e-6)
    assert second["change_verdict"] == "improved"


def test_boston_eleven_days_after_the_quarter_counts_what_was_known_then(real_data: Path) -> None:
    row = figure(publish("boston311.yaml", "2015Q1", "2015-04-12T00:00:00-04:00"), "on-time")
    assert counts_of(row) == {"n": 11499, "met": 5576, "pending": 3488, "excluded": 6378}


def test_cfpb_narratives_become_causes_that_a_reader_recognises(real_data: Path) -> None:
    for cycle, as_of in {"2018Q4": "2019-01-12", "2019Q1": "2019-04-12", "2019Q2": "2019-07-12"}.items():
        folder = publish("cfpb.yaml", cycle, f"{as_of}T09:00:00+00:00")
        causes = pd.read_csv(folder / "causes.csv")
        present = causes[causes["size"] > 0]
        assert 3 <= len(present) <= 40
        assert present["label"].is_unique
        assert not present["label"].str.contains("xx", case=False).any()
        assert present["quote_1"].notna().all()
        labels = " ".join(present["label"]).lower()
        assert any(word in labels for word in ("credit", "account", "debt", "identity", "payment"))
    # by hand from the file: 3,449 of 3,478 complaints were answered in time
    assert counts_of(figure(folder, "answered")) == {"n": 3478, "met": 3449, "pending": 0, "excluded": 0}


def test_sfo_never_counts_a_code_for_missing_as_a_score(real_data: Path) -> None:
    folder = publish("sfo.yaml", "2016Q2", "2016-07-12T09:00:00-07:00")
    # from the file: of the 3,087 answers on wi-fi 107 are 0 and 647 are 6; 740 are 4 and 1,006 are 5
    assert counts_of(figure(folder, "wifi-works", "wifi")) == {"n": 2333, "met": 1746, "pending": 0, "excluded": 0}
    assert counts_of(figure(folder, "satisfied", "airport")) == {"n": 2919, "met": 2364, "pending": 0, "excluded": 0}


def test_no_machine_path_reaches_a_published_file_or_a_mail(real_data: Path, tmp_path: Path) -> None:
    folder = publish("sfo.yaml", "2016Q2", "2016-07-12T09:00:00-07:00")
    contents = [path.read_bytes() for path in [*folder.rglob("*.*"), *(tmp_path / "home" / "outbox").glob("*.eml")] if path.is_file()]
    assert len(contents) > len(mail_lines("sfo"))
    for secret in (str(real_data), str(tmp_path)):
        assert not any(secret.encode() in content for content in contents)


def test_a_wave_with_other_column_names_says_which(real_data: Path) -> None:
    with pytest.raises(TouchstoneError, match=r"has no column '\*RESPNUM'; did you mean 'RESPNUM'\?"):
        publish("sfo.yaml", "2015Q2", "2015-07-12T09:00:00-07:00")
