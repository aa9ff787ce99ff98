"""The demo's data: the same for a seed, and true for every seed to what is planted in it."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import holidays_of
from config.durations import Duration, parse_duration
from config.loading import load_programme
from config.programme import Programme
from tasks.demo.generate import DemoData, generate
from tasks.demo.grammar import Voice, expand, hurry, speak
from tasks.demo.plan import AS_OF, CAUSES, CYCLES, HOLIDAYS, STANDARDS
from tasks.demo.programme import PROGRAMME
from tasks.demo.quotas import choose
from tasks.demo.survey import QUESTIONS
from tasks.inference import equality_test, score_test
from tasks.working_time import minutes_a_day, working_positions

SEEDS = (0, 7)
CERTAIN = 0.001  # p below which a verdict holds in a family of fifty tests, too
UNREMARKABLE = 0.5
LOCAL = "Europe/London"


@dataclass(frozen=True)
class Export:
    """One quarter's files as they are read, and the rows of them that count."""

    cycle: str
    complaints: pd.DataFrame
    survey: pd.DataFrame
    cases: pd.DataFrame
    answers: pd.DataFrame

    @property
    def texts(self) -> pd.Series:
        """The texts that count, by record id."""
        texts: pd.Series = pd.concat([self.cases.set_index("case_no")["what_happened"], self.answers.set_index("answer_no")["comment"]])
        return texts[texts != ""]


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def data(request: pytest.FixtureRequest) -> DemoData:
    return generated(request.param)


@cache
def generated(seed: int) -> DemoData:
    return generate(seed)


@pytest.fixture(scope="module")
def exports(data: DemoData) -> Mapping[str, Export]:
    return {cycle: read_export(data, cycle) for cycle in CYCLES}


@pytest.fixture(scope="module")
def texts(exports: Mapping[str, Export]) -> pd.Series:
    together: pd.Series = pd.concat([export.texts for export in exports.values()])
    return together


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    path = tmp_path_factory.mktemp("demo") / "programme.yaml"
    path.write_text(PROGRAMME, encoding="utf-8")
    return load_programme(path)


def read_export(data: DemoData, cycle: str) -> Export:
    complaints = read_text(gzip.decompress(data.files[f"complaints-{cycle}.csv.gz"]))
    survey = read_text(data.files[f"survey-{cycle}.csv"])
    return Export(cycle, complaints, survey, valid_complaints(complaints, cycle), valid_answers(survey))


def read_text(content: bytes) -> pd.DataFrame:
    table: pd.DataFrame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)
    return table


def instants(written: pd.Series) -> pd.Series:
    """Return the times of a complaint file in UTC; null where nothing that can be read is written."""
    return pd.to_datetime(written, format="%d/%m/%Y %H:%M", errors="coerce").dt.tz_localize(LOCAL).dt.tz_convert("UTC")


def valid_complaints(written: pd.DataFrame, cycle: str) -> pd.DataFrame:
    """Return the rows that count, found by the rules of intake and not by what the generator knows."""
    rows = written.drop_duplicates()
    rows = rows.loc[rows["received_by"] != "Staff log"]
    opened, settled = instants(rows["opened"]), instants(rows["settled"])
    quarter = opened.dt.tz_convert(LOCAL).dt.tz_localize(None).dt.to_period("Q").astype("str")
    is_readable = opened.notna() & (settled.notna() | (rows["settled"] == ""))
    valid: pd.DataFrame = rows.loc[is_readable & ~(settled < opened) & (quarter == cycle)]
    return valid


def valid_answers(written: pd.DataFrame) -> pd.DataFrame:
    rows = written.drop_duplicates()
    is_readable = pd.to_datetime(rows["answered_on"], format="%Y-%m-%dT%H:%M:%S", errors="coerce").notna()
    is_on_scale = rows.filter(regex="^q").isin(["", "9", "1", "2", "3", "4", "5"]).all(axis=1)
    valid: pd.DataFrame = rows.loc[is_readable & is_on_scale]
    return valid


def due_cases(rows: pd.DataFrame, due: pd.Series, done: pd.Series, cycle: str) -> tuple[int, int]:
    """Return decided and kept, by the rule for open cases, at the quarter's own as-of."""
    as_of = AS_OF[cycle]
    is_decided = due < as_of
    kept = is_decided & (done <= due) & (done <= as_of)
    return int(is_decided.sum()), int(kept.sum())


def acknowledged_cases(opened: pd.Series, acknowledged: pd.Series, programme: Programme, cycle: str) -> tuple[int, int]:
    """Return decided and kept of "acknowledged within two working days", at the quarter's own as-of."""
    as_of = pd.Series([AS_OF[cycle]]).astype("datetime64[us, UTC]")
    begun, done, now = (working_positions(one, programme.working_time, programme.timezone) for one in (opened, acknowledged, as_of))
    length = int(parse_duration("2 working days").amount) * minutes_a_day(programme.working_time) * 60_000_000
    due = begun // 2 * 2 + 2 * length
    is_decided = due < now[0]
    kept = is_decided & acknowledged.notna().to_numpy() & (done <= due) & (acknowledged <= AS_OF[cycle]).to_numpy()
    return int(is_decided.sum()), int(kept.sum())


def recount(export: Export, programme: Programme, standard: str) -> tuple[int, int]:
    """Return n and met of a standard, counted from the files by its definition in the programme."""
    cases, answers, cycle = export.cases, export.answers, export.cycle
    opened, acknowledged, settled, promised = (instants(cases[name]) for name in ("opened", "acknowledged", "settled", "promised_by"))
    at = {point.id: cases["subject"].isin(point.where["category"]) for point in programme.touchpoints}
    everywhere = pd.Series(data=True, index=cases.index)
    by_promise = {"answered": everywhere, "assistance-settled": at["assistance"], "refund-settled": at["refunds"]}
    if standard in by_promise:
        return due_cases(cases, promised.where(by_promise[standard]), settled, cycle)
    if standard == "sailing-settled":
        return due_cases(cases, (opened + pd.Timedelta(days=10)).where(at["sailing"]), settled, cycle)
    if standard == "acknowledged":
        return acknowledged_cases(opened, acknowledged, programme, cycle)
    if standard == "case-number":
        return int(cases["case_number_given"].isin(["yes", "no"]).sum()), int((cases["case_number_given"] == "yes").sum())
    measure = next(one.measure for one in programme.standards if one.id == standard)
    column = QUESTIONS[str(measure.question)][0]
    return int((~answers[column].isin(["", "9"])).sum()), int(answers[column].isin(["4", "5"]).sum())


def test_a_seed_gives_the_same_bytes_every_time(data: DemoData) -> None:
    again = generate(data.truth["seed"])
    assert again.files == data.files
    assert again.truth == data.truth


def test_another_seed_gives_other_customers_and_the_same_counts() -> None:
    one, other = (generated(seed) for seed in SEEDS)
    assert one.files["complaints-2025Q1.csv.gz"] != other.files["complaints-2025Q1.csv.gz"]
    assert one.truth["personal"] != other.truth["personal"]
    assert one.truth["rows"] == other.truth["rows"]


def test_the_programme_loads_and_shows_every_measure_and_every_audience(programme: Programme) -> None:
    measures = {next(iter(type(standard.measure).model_fields)) for standard in programme.standards}
    assert measures == {"by_due_date", "elapsed", "rating", "flag"}
    assert {audience.gets for audience in programme.audiences} == {"digest", "report", "follow_ups", "praise", "alerts"}
    assert len(programme.stages) == 4
    assert sorted(len(point.departments) for point in programme.touchpoints) == [1, 2, 2, 2, 2, 3, 3]
    assert all(department.mail and department.mail.endswith(".example") for department in programme.departments)


def test_the_programme_reads_the_files_that_are_generated(data: DemoData, programme: Programme) -> None:
    wanted = {source.reads.csv.removeprefix("${DATA}/").format(cycle=cycle) for source in programme.sources for cycle in CYCLES}
    assert wanted | {"programme.yaml"} == set(data.files)


def test_every_quarter_is_run_equally_long_after_its_end(programme: Programme) -> None:
    ends = pd.to_datetime(["2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01"])
    ages = {pd.Timestamp(AS_OF[cycle].replace(tzinfo=None)) - end for cycle, end in zip(CYCLES, ends, strict=True)}
    assert ages == {pd.Timedelta(days=14, hours=9)}


def test_the_truths_survive_json(data: DemoData) -> None:
    assert json.loads(json.dumps(data.truth)) == data.truth


@pytest.mark.parametrize("cycle", CYCLES)
@pytest.mark.parametrize("standard", [standard.id for standard in STANDARDS])
def test_each_planted_share_can_be_counted_in_the_files(
    data: DemoData, exports: Mapping[str, Export], programme: Programme, standard: str, cycle: str
) -> None:
    planted = next(item for item in data.truth["standards"] if item["id"] == standard)["figures"][cycle]
    assert recount(exports[cycle], programme, standard) == (planted["n"], planted["met"])


def test_each_planted_verdict_is_beyond_doubt(data: DemoData, programme: Programme) -> None:
    targets = {standard.id: standard.target_share for standard in programme.standards}
    for standard in data.truth["standards"]:
        for cycle, verdict in standard["verdicts"].items():
            figure, target = standard["figures"][cycle], targets[standard["id"]]
            p = float(score_test(figure["met"], figure["n"], target))
            expected = {
                "met": p < CERTAIN and figure["share"] > target,
                "not_met": p < CERTAIN and figure["share"] < target,
                "uncertain": figure["share"] == target,
                "too_few": figure["n"] < programme.rules.too_few_below,
            }
            assert expected[verdict], (standard["id"], cycle, p)


def test_only_the_planted_changes_are_changes_and_they_are_large(data: DemoData) -> None:
    planted = {(change["standard"], change["cycle"]): change["verdict"] for change in data.truth["changes"]}
    for standard in data.truth["standards"]:
        for earlier, cycle in pairwise(CYCLES):
            before, now = standard["figures"][earlier], standard["figures"][cycle]
            p = float(equality_test(now["met"], now["n"], before["met"], before["n"]))
            change = now["share"] - before["share"]
            verdict = planted.get((standard["id"], cycle))
            assert (
                (p > UNREMARKABLE) if verdict is None else (p < CERTAIN and abs(change) > 0.12 and (change > 0) == (verdict == "improved"))
            )


def test_a_later_export_changes_nothing_that_an_earlier_as_of_had_decided(exports: Mapping[str, Export]) -> None:
    """What was met at a quarter's own as-of is met at the last one: the recount above rests on one export."""
    cases = exports["2025Q1"].cases
    promised, settled = instants(cases["promised_by"]), instants(cases["settled"])
    is_decided = promised < AS_OF["2025Q1"]
    then = (settled <= promised) & (settled <= AS_OF["2025Q1"])
    assert then[is_decided].equals((settled <= promised)[is_decided])
    assert (settled[is_decided] > AS_OF["2025Q1"]).any(), "some late cases are settled after the first as-of"


def test_no_time_of_the_export_lies_after_its_as_of(exports: Mapping[str, Export]) -> None:
    for export in exports.values():
        latest = max(instants(export.complaints[name]).max() for name in ("opened", "acknowledged", "settled"))
        assert latest <= AS_OF[CYCLES[-1]]


@pytest.mark.parametrize("cycle", CYCLES)
def test_every_row_written_is_accounted_for(data: DemoData, exports: Mapping[str, Export], cycle: str) -> None:
    export = exports[cycle]
    for source, rows, valid in (("complaints", export.complaints, export.cases), ("survey", export.survey, export.answers)):
        planted = data.truth["rows"][source][cycle]
        assert planted["read"] == len(rows) == sum(count for name, count in planted.items() if name != "read")
        assert planted["duplicates"] == int(rows.duplicated().sum())
        assert planted["accepted"] == len(valid)
        assert 0 < planted["quarantined"] / len(rows) < 0.015
    assert 900 < len(export.complaints) < 1300
    assert 600 < len(export.survey) < 900
    assert data.truth["rows"]["complaints"][cycle]["filtered"] == int((export.complaints["received_by"] == "Staff log").sum())


def test_each_planted_record_is_a_text_of_its_quarter_and_has_one_cause(data: DemoData, exports: Mapping[str, Export]) -> None:
    for cycle, export in exports.items():
        records = [record for cause in data.truth["causes"] for record in cause["records"][cycle]]
        assert len(records) == len(set(records))
        assert set(records) <= set(export.texts.index)


def test_one_cause_appears_one_doubles_one_vanishes_and_the_rest_stay(data: DemoData) -> None:
    sizes = {cause["id"]: [len(cause["records"][cycle]) for cycle in CYCLES] for cause in data.truth["causes"]}
    assert sizes.pop("app-code")[:2] == [0, 0]
    refunds, wifi = sizes.pop("refund-waiting"), sizes.pop("wifi")
    assert refunds[3] > 2 * refunds[2]
    assert min(wifi[:3]) > 100
    assert wifi[3] == 0
    assert all(max(size) < 1.1 * min(size) for size in sizes.values())


def test_a_text_is_nearest_to_a_text_of_its_own_cause(data: DemoData, exports: Mapping[str, Export]) -> None:
    """Words alone tell the planted causes apart, whatever clusters are made of them."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = exports["2025Q4"].texts
    cause_of = {record: cause["id"] for cause in data.truth["causes"] for record in cause["records"]["2025Q4"]}
    planted = texts.loc[texts.index.isin(list(cause_of))].drop_duplicates()
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(planted.tolist())
    likeness = (vectors @ vectors.T).toarray()
    np.fill_diagonal(likeness, -1)
    causes = planted.index.map(cause_of).to_numpy()
    assert (causes[likeness.argmax(axis=1)] == causes).mean() > 0.98


def test_texts_are_whole_varied_and_neither_very_short_nor_long(texts: pd.Series) -> None:
    signed = texts.str.contains(r"@|7946|Regards,|sincerely|My name is", regex=True)
    words = [len(text.split()) for text in texts[~signed]]
    assert min(words) >= 8
    assert max(words) <= 60
    assert np.std(words) > 8, "lengths differ"
    assert not texts.str.contains(r"[\[\]{}|]|  |\.\.| ,", regex=True).any(), "no trace of the grammar is left"
    assert texts.duplicated().mean() < 0.05


def test_personal_data_is_planted_word_for_word_and_belongs_to_nobody(data: DemoData, texts: pd.Series) -> None:
    written, personal = "\n".join(texts), data.truth["personal"]
    missing = [value for values in personal.values() for value in values if value not in written]
    assert len(missing) <= 5, "all but the signatures under rows that are set aside"
    assert all(len(values) > 50 for values in personal.values())
    assert all(address.endswith(".example") for address in personal["emails"])
    assert set(re.findall(r"\S+@\S+?(?=\.?(?:\s|$))", written)) <= set(personal["emails"])
    assert all("7946 0" in phone for phone in personal["phones"]), "the range kept free for drama"


def test_holidays_are_those_of_the_programme(programme: Programme) -> None:
    """The generator keeps clear of limits in working time only if it counts the same days as the product."""
    period = [day for day in holidays_of(programme.working_time.holidays, range(2025, 2027)) if day <= date(2026, 1, 15)]
    assert tuple(day.isoformat() for day in period) == HOLIDAYS


def test_every_cause_is_filed_where_the_programme_expects_it(programme: Programme) -> None:
    where = {point.id: point.where["category"] for point in programme.touchpoints}
    assert all(cause.subject in where[cause.touchpoint] for cause in CAUSES)


@given(
    eligible=st.lists(st.booleans(), max_size=40),
    forced=st.lists(st.booleans(), max_size=40),
    count=st.integers(0, 40),
    seed=st.integers(0, 9),
)
def test_a_quota_is_kept_to_the_letter_or_refused(eligible: list[bool], forced: list[bool], count: int, seed: int) -> None:
    may = np.array(eligible, dtype=bool)
    must = np.resize(np.array([*forced, False], dtype=bool), may.size)
    rng = np.random.default_rng(seed)
    if (may & must).sum() <= count <= may.sum():
        chosen = choose(may, count, rng, must)
        assert chosen.sum() == count
        assert not (chosen & ~may).any()
        assert not (may & must & ~chosen).any()
    else:
        with pytest.raises(ValueError, match="cannot choose"):
            choose(may, count, rng, must)


def test_a_phrase_is_expanded_inside_out() -> None:
    rng = np.random.default_rng(1)
    written = {expand("[one|[two|three] {things}]", {"things": "cats"}, rng) for _ in range(60)}
    assert written == {"one", "two cats", "three cats"}


def test_a_slot_keeps_its_word_throughout_a_text() -> None:
    voice = Voice(core=("From {port} one two three four",), detail=("Back to {port} five six seven",), slots={"port": ("A", "B", "C", "D")})
    for seed in range(30):
        text = speak(voice, Voice(core=()), np.random.default_rng(seed))
        assert len(set(re.findall(r"\b[ABCD]\b", text.replace("Back", "")))) == 1


@given(st.text(alphabet="abcdefgh ", min_size=1, max_size=80), st.integers(0, 1000))
def test_a_misspelling_leaves_the_number_of_words(text: str, seed: int) -> None:
    assert len(hurry(text, np.random.default_rng(seed)).split(" ")) == len(text.split(" "))


def test_two_working_days_are_what_the_programme_calls_so(programme: Programme) -> None:
    standard = next(standard for standard in programme.standards if standard.id == "acknowledged")
    assert parse_duration(standard.measure.within) == Duration(2, "day", is_working=True)  # type: ignore[union-attr]
