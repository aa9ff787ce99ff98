"""The example programmes on real public data, with the truths that are known of them.

Every number is one that the public data's description gives, or is counted here by Python's csv module.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from config.loading import load_programme
from config.periods import Quarter
from flows.cycle import run_cycle
from flows.status import mail_lines
from tasks.causes import teaching
from tasks.intake import Intake, take_in
from tasks.ledger.connection import open_ledger
from tasks.ledger.models import Input
from tasks.results import Ref
from tasks.sources.readers import read
from tasks.store import open_store
from tasks.vault import get_table
from tests.programmes import SMALL

TEXTS_READ = 500
EXAMPLES = Path(__file__).parents[2] / "config" / "examples"
AFTER_THE_EXTRACT = "2016-01-12T00:00:00-05:00"
PARTS = ("filtered", "outside_period", "collapsed", "duplicates", "quarantined", "accepted")
Rows = Sequence[Mapping[str, str]]


@pytest.fixture(scope="module", autouse=True)
def _few_texts_are_read() -> Iterator[None]:
    """A smaller sample of texts is read: what is known of these data is not about their causes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(teaching, "READ_AT_MOST", TEXTS_READ)
        patch.setattr(teaching, "SAMPLE", TEXTS_READ)
        yield


@dataclass(frozen=True)
class Finished:
    """A finished cycle: its published folder, and the home of all cycles of the programme."""

    folder: Path
    home: Path

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What the reports say."""
        found: dict[str, Any] = json.loads((self.folder / "summary.json").read_text())
        return found

    def table(self, name: str) -> pd.DataFrame:
        """The quarter's own rows of a table of the snapshot: feedback or ratings."""
        ref = self.summary["trace"]["snapshot"][("feedback", "ratings").index(name)]
        rows = get_table(open_store(str(self.home / "vault")), Ref.model_validate(ref))
        return rows.loc[rows["cycle"] == self.summary["cycle"]]

    def account(self) -> dict[str, int]:
        """Where each row of the only source went."""
        (account,) = self.summary["data"]["accounts"]
        assert account["read"] == sum(account[part] for part in PARTS)
        return {name: account[name] for name in ("read", *PARTS) if account[name]}

    def figure(self, standard: str, touchpoint: str = "all") -> pd.Series:
        """One row of compliance.csv."""
        return pd.read_csv(self.folder / "compliance.csv").set_index(["standard", "touchpoint"]).loc[(standard, touchpoint)]

    def adjusted(self) -> dict[str, int]:
        """How many rows each choice was made for, by the first words that name it."""
        return {one["words"]: one["rows"] for one in self.summary["data"]["adjustments"]}


Publish = Callable[..., list[Finished]]


@pytest.fixture(scope="module")
def publish(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Publish:
    """Runs quarters of an example one after another, each with its as-of, in a home of their own."""

    def run(example: str, quarters: Mapping[str, str]) -> list[Finished]:
        home = tmp_path_factory.mktemp("home")
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("TOUCHSTONE_")]:
                patch.delenv(name)
            patch.setenv("TOUCHSTONE_HOME", str(home))
            patch.setenv("DATA", str(data_folder))
            places = [run_cycle(EXAMPLES / example, cycle, as_of=datetime.fromisoformat(at)).place for cycle, at in quarters.items()]
        return [Finished(Path(place).parent, home) for place in places]

    return run


@pytest.fixture(scope="module")
def boston(publish: Publish) -> list[Finished]:
    return publish("boston311.yaml", {"2015Q1": AFTER_THE_EXTRACT, "2015Q2": AFTER_THE_EXTRACT})


@pytest.fixture(scope="module")
def cfpb(publish: Publish) -> list[Finished]:
    days = {"2018Q4": "2019-01-12", "2019Q1": "2019-04-12", "2019Q2": "2019-07-12"}
    return publish("cfpb.yaml", {cycle: f"{day}T09:00:00+00:00" for cycle, day in days.items()})


@pytest.fixture(scope="module")
def sfo(publish: Publish) -> list[Finished]:
    return publish("sfo.yaml", {f"{year}Q2": f"{year}-07-12T09:00:00-07:00" for year in (2014, 2015, 2016)})


def csv_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a file as Python's csv module reads them."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def counts_of(row: pd.Series) -> dict[str, int]:
    return {name: int(row[name]) for name in ("n", "met", "pending", "excluded")}


# City of Boston, service requests


def boston_rows(data_folder: Path, cycle: str) -> list[dict[str, str]]:
    return csv_rows(data_folder / "boston311" / f"{cycle}.csv.gz")


def test_boston_gives_the_figures_that_are_known(boston: list[Finished]) -> None:
    first, second = boston
    assert first.account() == {"read": 26788, "filtered": 5423, "accepted": 21365}
    assert counts_of(first.figure("on-time")) == {"n": 14638, "met": 7516, "pending": 349, "excluded": 6378}
    assert second.account() == {"read": 31331, "filtered": 7150, "accepted": 24181}
    figure = second.figure("on-time")
    assert counts_of(figure) == {"n": 18281, "met": 11127, "pending": 1417, "excluded": 4483}
    # at equal age the first quarter is as it stood on 2015-10-13, 195 days after its end
    assert figure["change_low"] < figure["change"] < figure["change_high"]
    assert figure["change"] == pytest.approx(figure["share"] - figure["previous_share"], abs=2e-6)
    assert figure["change_verdict"] == "improved"
    with open_ledger(f"sqlite:///{second.home / 'ledger.db'}").transaction() as session:
        row = session.get_one(Input, ("boston-311", "2015Q2", 1, "requests", "2015Q2"))
        assert (row.read, row.filtered) == (31331, 7150)


def test_boston_eleven_days_after_the_quarter_counts_what_was_known_then(publish: Publish) -> None:
    (early,) = publish("boston311.yaml", {"2015Q1": "2015-04-12T00:00:00-04:00"})
    assert counts_of(early.figure("on-time")) == {"n": 11499, "met": 5576, "pending": 3488, "excluded": 6378}


@pytest.mark.parametrize(("number", "cycle", "duplicates"), [(0, "2015Q1", 511), (1, "2015Q2", 711)])
def test_boston_shows_apart_what_customers_told_of_a_case_that_was_known(
    boston: list[Finished], data_folder: Path, number: int, cycle: str, duplicates: int
) -> None:
    customers = ("Constituent Call", "Citizens Connect App", "Self Service", "Twitter")
    ids = {
        row["CASE_ENQUIRY_ID"]
        for row in boston_rows(data_folder, cycle)
        if row["Source"] in customers and "duplicate of existing case" in row["CLOSURE_REASON"].lower()
    }
    feedback = boston[number].table("feedback")
    assert len(ids) == duplicates
    assert set(feedback.loc[feedback["is_duplicate_case"].astype("bool"), "record_id"]) == ids
    assert boston[number].adjusted()["a case closed as a duplicate of another, which counts and is shown apart"] == duplicates


# US Consumer Financial Protection Bureau, complaints


def test_cfpb_narratives_become_causes_that_a_reader_recognises(cfpb: list[Finished]) -> None:
    for cycle in cfpb:
        causes = pd.read_csv(cycle.folder / "causes.csv")
        present = causes[causes["size"] > 0]
        assert 3 <= len(present) <= 40
        assert present["label"].is_unique
        assert not present["label"].str.contains("xx", case=False).any()
        assert present.loc[present["size"] >= 10, "quote_1"].notna().all()  # a smaller one may be of too few customers
        labels = " ".join(present["label"]).lower()
        assert any(word in labels for word in ("credit", "account", "debt", "identity", "payment"))
    # by hand from the file: 3,449 of 3,478 complaints were answered in time
    assert counts_of(cfpb[2].figure("answered")) == {"n": 3478, "met": 3449, "pending": 0, "excluded": 0}


@pytest.mark.parametrize(("number", "cycle", "narratives"), [(0, "2018Q4", 233), (1, "2019Q1", 656), (2, "2019Q2", 210)])
def test_cfpb_narratives_of_many_lines_are_one_text_each(
    cfpb: list[Finished], data_folder: Path, number: int, cycle: str, narratives: int
) -> None:
    rows = csv_rows(data_folder / "cfpb" / f"{cycle}.csv")
    stories = {row["Complaint ID"]: row["Consumer complaint narrative"] for row in rows if row["Consumer complaint narrative"].strip()}
    assert cfpb[number].account() == {"read": len(rows), "accepted": len(rows)}
    texts = cfpb[number].table("feedback").set_index("record_id")["text"].dropna()
    assert len(texts) == len(stories) == narratives
    assert set(texts.index) == set(stories)
    lines = {record: len(story.strip().splitlines()) for record, story in stories.items()}
    assert sum(count > 1 for count in lines.values()) > narratives / 3
    assert {record: len(text.splitlines()) for record, text in texts.items()} == lines


def test_cfpb_form_letters_are_marked_and_count(cfpb: list[Finished], data_folder: Path) -> None:
    groups = 0
    for finished in cfpb:
        rows = csv_rows(data_folder / "cfpb" / f"{finished.summary['cycle']}.csv")
        records: dict[str, list[str]] = {}
        for row in rows:
            records.setdefault(row["Consumer complaint narrative"], []).append(row["Complaint ID"])
        letters = finished.table("feedback").set_index("record_id")["form_letter"].dropna()
        for story, same in records.items():
            if len(same) > 1 and len(story.split()) > 20:  # what is shorter is alike by nature
                assert letters[same].nunique() == 1
                groups += 1
        assert set(letters.index) <= {row["Complaint ID"] for row in rows if row["Consumer complaint narrative"].strip()}
        assert finished.adjusted()["a text that is nearly the same as another's, which counts and is marked"] == len(letters)
    assert groups == 3  # that are the same word for word


# San Francisco airport, three waves of a survey

QUESTIONS = {"wifi": "Q7WIFI", "restrooms": "Q9RESTROOM", "whole": "Q7ALL"}
WAVES = pytest.mark.parametrize(("number", "year", "rows"), [(0, 2014, 2818), (1, 2015, 2958), (2, 2016, 3087)])


def wave_rows(data_folder: Path, year: int) -> list[dict[str, str]]:
    rows = csv_rows(data_folder / "sfo_survey" / f"{year}_SFO_Customer_Survey.csv")
    return [row | {"RESPNUM": row.get("RESPNUM") or row["*RESPNUM"]} for row in rows]


def scores_in(rows: Rows, column: str) -> Counter[int]:
    """The answers to one question: 6 is never used, 0, BLANK and nothing are no answer."""
    return Counter(int(row[column]) for row in rows if row[column].strip() in ("1", "2", "3", "4", "5"))


@WAVES
def test_sfo_accounts_for_every_row_and_every_score_of_each_wave(
    sfo: list[Finished], data_folder: Path, number: int, year: int, rows: int
) -> None:
    wave = wave_rows(data_folder, year)
    assert len(wave) == rows
    assert sfo[number].account() == {"read": rows, "accepted": rows}
    ratings = sfo[number].table("ratings")
    assert set(ratings["score"]) == {1, 2, 3, 4, 5}
    for question, column in QUESTIONS.items():
        counts = ratings.loc[ratings["question"] == question, "score"].astype("int64").value_counts().to_dict()
        assert counts == scores_in(wave, column)
        assert sum(counts.values()) < rows  # the codes for no answer are there, and are no scores


@WAVES
def test_sfo_keeps_wave_weight_and_day_of_each_answer(sfo: list[Finished], data_folder: Path, number: int, year: int, rows: int) -> None:
    feedback = sfo[number].table("feedback").set_index("record_id")
    assert len(feedback) == rows
    assert set(feedback["wave"]) == {str(year)}
    days = feedback["occurred_at"].dt.tz_convert("America/Los_Angeles").dt.strftime("%Y-%m-%d")
    for row in wave_rows(data_folder, year):
        assert feedback.at[row["RESPNUM"], "weight"] == pytest.approx(float(row["WEIGHT"]))
        day = int(row["INTDATE"].split("/")[1] if "/" in row["INTDATE"] else row["INTDATE"])
        assert days[row["RESPNUM"]] == f"{year}-05-{day:02d}"


def test_sfo_compares_a_wave_with_the_wave_of_the_year_before(sfo: list[Finished], data_folder: Path) -> None:
    for standard, touchpoint, column in (("wifi-works", "wifi", "Q7WIFI"), ("satisfied", "airport", "Q7ALL")):
        now, before = (scores_in(wave_rows(data_folder, year), column) for year in (2016, 2015))
        row = sfo[2].figure(standard, touchpoint)
        assert counts_of(row) == {"n": now.total(), "met": now[4] + now[5], "pending": 0, "excluded": 0}
        assert (row["year_ago_cycle"], row["year_ago_n"], row["year_ago_met"]) == ("2015Q2", before.total(), before[4] + before[5])
        assert row["year_ago_change"] == pytest.approx(row["share"] - row["year_ago_share"], abs=2e-6)
        assert row["year_ago_low"] < row["year_ago_change"] < row["year_ago_high"]


def test_sfo_weighs_each_answer_as_the_survey_says_and_shows_the_plain_share_beside_it(sfo: list[Finished], data_folder: Path) -> None:
    scores = [(float(row["WEIGHT"]), row["Q7ALL"]) for row in wave_rows(data_folder, 2016) if row["Q7ALL"] in {"1", "2", "3", "4", "5"}]
    weights = np.array([weight for weight, _ in scores])
    is_kept = np.array([score in {"4", "5"} for _, score in scores])
    row = sfo[2].figure("satisfied", "airport")
    assert row["n"] == len(scores)  # 0, 6 and BLANK are no answers
    assert row["unweighted_share"] == pytest.approx(is_kept.mean(), abs=1e-6)
    assert row["share"] == pytest.approx((weights * is_kept).sum() / weights.sum(), abs=1e-4)
    assert row["n_effective"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum(), rel=1e-3)
    mean = sfo[2].figure("mean-whole", "airport")
    assert mean["value"] == pytest.approx(np.average([int(score) for _, score in scores], weights=weights), abs=1e-4)


def test_sfo_shows_which_ratings_go_with_the_airport_as_a_whole(sfo: list[Finished]) -> None:
    drivers = pd.read_csv(sfo[2].folder / "drivers.csv")
    assert drivers["share"].sum() == pytest.approx(1, abs=1e-4)
    assert len(drivers) == 12
    assert set(drivers["question"].head(3)) == {"shops", "roads", "clean"}  # as 1,000 resamplings of the same data say elsewhere


def test_no_machine_path_reaches_a_published_file_or_a_mail(
    sfo: list[Finished], data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = sfo[2].home
    monkeypatch.setenv("TOUCHSTONE_HOME", str(home))
    written = [path for folder in ("published", "outbox") for path in (home / folder).rglob("*") if path.is_file()]
    assert len(written) > 3 * 10 + len(mail_lines("sfo"))
    for secret in (str(data_folder), str(home)):
        assert not any(secret.encode() in path.read_bytes() for path in written)


# An incident log: every event of 890 incidents


def last_events(data_folder: Path, until: datetime) -> tuple[dict[str, str], int]:
    """Of each incident `made_sla` as its last event up to a local time has it, and how many events come after that time."""
    events = csv_rows(data_folder / "incident_log" / "incident_event_log_first5998.csv")
    known = [(datetime.strptime(row["sys_updated_at"], "%d-%m-%Y %H:%M"), row) for row in events]  # noqa: DTZ007 - local on both sides
    in_order = sorted((one for one in known if one[0] <= until), key=lambda one: one[0])
    return {row["number"]: row["made_sla"] for _, row in in_order}, len(known) - len(in_order)


def test_of_an_incident_the_last_event_counts(publish: Publish, data_folder: Path) -> None:
    (finished,) = publish("incidents.yaml", {"2016Q1": "2017-03-01T00:00:00+00:00"})
    assert finished.account() == {"read": 5998, "collapsed": 5108, "accepted": 890}
    assert counts_of(finished.figure("kept")) == {"n": 890, "met": 495, "pending": 0, "excluded": 0}  # 395 were not kept
    assert finished.table("feedback")["is_internal"].all()
    (feed,) = finished.summary["data"]["feeds"]
    (warning,) = feed["warnings"]  # and none of its volume: no quarter before the log began is one that it could be compared with
    assert warning.endswith("silent for 29.3 days")
    last, after = last_events(data_folder, datetime(2017, 3, 1))
    assert (Counter(last.values()), after) == ({"TRUE": 495, "FALSE": 395}, 0)


def test_events_after_the_as_of_are_not_known_yet(publish: Publish, data_folder: Path) -> None:
    (finished,) = publish("incidents.yaml", {"2016Q1": "2016-06-15T12:00:00+00:00"})
    last, after = last_events(data_folder, datetime(2016, 6, 15, 13))  # London's clock
    assert finished.account() == {"read": 5998, "outside_period": after, "collapsed": 5998 - after - 890, "accepted": 890}
    kept = finished.table("feedback").set_index("record_id")["made_sla"]
    assert kept.to_dict() == {incident: made == "TRUE" for incident, made in last.items()}
    assert counts_of(finished.figure("kept")) == {"n": 890, "met": Counter(last.values())["TRUE"], "pending": 0, "excluded": 0}
    assert after > 0
    assert 890 - kept.sum() < 395


# A genuine Qualtrics export, and the same answers as other exports have them

SCALES = ("Competence_1", "Honesty_1", "Transparency_1")
OLD_NAMES = {"ResponseId": "V1", "StartDate": "V8", "EndDate": "V9", "Finished": "V10", "RecordedDate": "V11"}
OLD_TITLES = {"ResponseId": "ResponseID"}
GERMAN = {
    "StartDate": "Startdatum",
    "EndDate": "Enddatum",
    "Finished": "Fertig",
    "RecordedDate": "Aufgezeichnetes Datum",
    "ResponseId": "Antwort-ID",
    "UserLanguage": "Sprache des Benutzers",
}
Export = list[list[str]]


@pytest.fixture(scope="module")
def export(data_folder: Path) -> Export:
    with (data_folder / "qualtrics" / "three_header_rows.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def old_form(export: Export) -> Export:
    """Two header rows: V1, V8, ... and below them what these are called."""
    names = export[0]
    titles = [OLD_TITLES.get(name, name) if name in OLD_NAMES else export[1][at] for at, name in enumerate(names)]
    return [[OLD_NAMES.get(name, name) for name in names], titles, *export[3:]]


def in_german(export: Export) -> Export:
    return [[GERMAN.get(name, name) for name in export[0]], *export[1:]]


def write_export(path: Path, rows: Export, encoding: str = "utf-8", delimiter: str = ",") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def survey_programme(folder: Path, export: Path, **occurred: str) -> Path:
    """A programme of one Qualtrics survey; its own zone is not that of the export."""
    columns = {
        "record_id": "ResponseId",
        "pipe": {"is": "survey"},
        "channel": {"is": "internet"},
        "occurred_at": {"from": "RecordedDate", **occurred},
        "customer_id": "PROLIFIC_PID",
        "category": "condition",
        "text": "Attention",
    }
    ratings = [{"question": name.lower().partition("_")[0], "from": name, "scale": [0, 100]} for name in SCALES]
    source = {"id": "answers", "reads": {"qualtrics": str(export)}, "fills": "ratings", "columns": columns, "ratings": ratings}
    path = folder / "programme.yaml"
    path.write_text(json.dumps({**SMALL, "timezone": "Europe/London", "sources": [source]}))
    return path


def taken_in(programme_path: Path) -> Intake:
    programme = load_programme(programme_path)
    (source,) = programme.sources
    quarter = Quarter(2025, 4)
    return take_in(read(source, quarter, {}), source, programme, [quarter], datetime(2026, 1, 12, tzinfo=UTC), "key of the tests")


@pytest.fixture(scope="module")
def genuine(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Intake:
    return taken_in(survey_programme(tmp_path_factory.mktemp("survey"), data_folder / "qualtrics" / "three_header_rows.csv"))


def test_a_qualtrics_export_is_read_with_its_own_zone_and_every_answer_on_its_scale(genuine: Intake, export: Export) -> None:
    names, *_, first = export[:4]
    assert len(export) - 3 == 452
    assert (genuine.account.read, genuine.account.accepted, genuine.account.quarantined) == (452, 452, 0)
    assert genuine.records["record_id"].tolist() == [row[names.index("ResponseId")] for row in export[3:]]
    denver = datetime.fromisoformat(first[names.index("RecordedDate")]).replace(tzinfo=ZoneInfo("America/Denver"))
    assert genuine.records["occurred_at"].iloc[0] == denver
    for name in SCALES:
        scores = genuine.ratings.loc[genuine.ratings["question"] == name.lower().partition("_")[0], "score"]
        assert Counter(scores.astype("int64")) == Counter(int(row[names.index(name)]) for row in export[3:] if row[names.index(name)])


Variant = tuple[Callable[[Export], Export], dict[str, str], dict[str, str]]
VARIANTS: dict[str, Variant] = {
    "two header rows": (old_form, {}, {"zone": "America/Denver"}),  # such exports name no zone
    "TSV in UTF-16": (list, {"encoding": "utf-16", "delimiter": "\t"}, {}),
    "names in German": (in_german, {}, {}),
}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_the_same_records_come_out_of_every_form_of_a_qualtrics_export(
    genuine: Intake, export: Export, tmp_path: Path, variant: Variant
) -> None:
    change, form, occurred = variant
    write_export(tmp_path / "export.csv", change(export), **form)
    other = taken_in(survey_programme(tmp_path, tmp_path / "export.csv", **occurred))
    pd.testing.assert_frame_equal(other.records, genuine.records)
    pd.testing.assert_frame_equal(other.ratings, genuine.ratings)
    assert other.account.read == 452


def test_a_qualtrics_survey_goes_through_a_cycle(tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_PSEUDONYM_KEY", "key of the tests")
    programme = survey_programme(tmp_path, data_folder / "qualtrics" / "three_header_rows.csv")
    outcome = run_cycle(programme, "2025Q4", as_of=datetime(2026, 1, 12, tzinfo=UTC))
    finished = Finished(Path(outcome.place).parent, tmp_path / "home")
    assert finished.account() == {"read": 452, "accepted": 452}
    assert finished.summary["data"]["ratings"] == len(SCALES) * 452
