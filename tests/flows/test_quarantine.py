"""Quarantine that people can use: seen, vouched for, read again; and nothing of it leaks or is lost."""

from __future__ import annotations

import csv
import json
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from config.errors import InputError, NotPublishableError
from config.settings import Settings, load_settings
from flows.audit import verify
from flows.cli import touchstone
from flows.cycle import run_cycle
from flows.handover import Snapshot
from flows.keeping.backup import back_up
from flows.keeping.removal import remove_words
from flows.places import open_vault
from flows.quarantine import list_quarantine, release, retry
from tasks.ledger.admissions import Admitted, admissions_of
from tasks.ledger.connection import open_ledger
from tasks.ledger.editions import SNAPSHOT_STEP, get_edition, output_of
from tasks.ledger.locks import locked
from tasks.local_copy import write_copy
from tasks.vault import get_table
from tests.flows.keeping import closed_ledgers
from tests.flows.shop import AS_OF, STARTS, answers, complaints, write_csv, write_shop

BY = {"typed_name": "Ann", "reason": "the desk's clock was wrong"}
LATE = "resolved_at is not before occurred_at"
TOO_HIGH = "score is not above its scale"
SECRET = "my sister Gwendolyn"
BROKEN: dict[int, dict[str, str]] = {  # of the complaints, by number
    5: {"closed": "2020-01-01T00:00:00+00:00", "words": f"ask {SECRET}, or call 020 7946 0958"},
    6: {"id": "=1+1\x1b[2J", "closed": "2020-01-01T00:00:00+00:00"},
    7: {"id": "twice"},
    8: {"id": "twice"},
    9: {"opened": "some day"},
    10: {"id": ""},
}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    with closed_ledgers():
        yield


def write_broken(shop: Path, broken: dict[int, dict[str, str]], score: str = "7", gate: str = "0.5") -> None:
    """Write the first quarter with complaints that break a rule, an answer of that score, and a gate."""
    rows = complaints("2026Q1", STARTS["2026Q1"])
    for number, parts in broken.items():
        rows[number] |= parts
    write_csv(shop.parent / "complaints-2026Q1.csv", rows)
    given = answers("2026Q1", STARTS["2026Q1"])
    given[3]["friendly"] = score
    write_csv(shop.parent / "survey-2026Q1.csv", given)
    shop.write_text(shop.read_text().replace("quarantined_share_at_most: 0.05", f"quarantined_share_at_most: {gate}"))


def run_until_snapshot(shop: Path, cycle: str, settings: Settings) -> None:
    """Run a cycle and interrupt it once its data are stored."""

    def call(name: str, work: Callable[..., Any], /, *args: Any) -> Any:
        if name == "standards":
            raise KeyboardInterrupt
        return work(*args)

    with pytest.raises(KeyboardInterrupt):
        run_cycle(shop, cycle, as_of=AS_OF[cycle], settings=settings, call=call)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a shop whose first cycle has stored its data, and the home of that."""
    folder = tmp_path_factory.mktemp("quarantine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA", str(folder / "shop"))
        shop = write_shop(folder / "shop")
        write_broken(shop, BROKEN)
        with closed_ledgers():
            run_until_snapshot(shop, "2026Q1", load_settings(home=folder / "home"))
    return folder


@pytest.fixture
def shop(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That shop's programme, in a copy of its own that TOUCHSTONE_HOME and DATA name."""
    for name in ("shop", "home"):
        shutil.copytree(stored / name, tmp_path / name)
    monkeypatch.setenv("DATA", str(tmp_path / "shop"))
    return tmp_path / "shop" / "programme.yaml"


def admitted() -> dict[str, Admitted]:
    return {one.record_id: one for one in admissions_of(open_ledger(load_settings().database_url), "shop")}


def snapshot_of(edition: str) -> Snapshot:
    ledger = open_ledger(load_settings().database_url)
    row = get_edition(ledger, "shop", edition)
    assert row is not None
    return Snapshot.model_validate_json(output_of(ledger, row, SNAPSHOT_STEP) or "")


def feedback_of(edition: str) -> pd.DataFrame:
    return get_table(open_vault(load_settings()), snapshot_of(edition).feedback).set_index("record_id")


def command(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(touchstone, ["quarantine", *map(str, arguments)])
    return done.exit_code, done.output


# list


def test_the_list_says_for_each_source_and_rule_how_many_and_which_records(shop: Path) -> None:
    found = list_quarantine("shop")
    assert (found["edition"], found["status"], found["rows"]) == ("2026Q1", "interrupted", 7)
    by_rule = {(rule["source"], rule["rule"].split(":")[0]): (rule["rows"], rule["record_ids"]) for rule in found["rules"]}
    assert by_rule[("complaints", LATE)] == (2, ["2026Q1-005", BROKEN[6]["id"]])
    assert by_rule[("complaints", "record_id is unique")] == (2, ["twice"])
    assert by_rule[("complaints", "record_id is there")] == (1, [])
    assert by_rule[("survey", TOO_HIGH)] == (1, ["s-2026Q1-003"])
    assert found["admitted"] == []


def test_the_list_shows_who_let_out_what_and_why(shop: Path) -> None:
    release("shop", ["complaints/2026Q1-005"], **BY)
    found = list_quarantine("shop", "2026q1")
    (one,) = found["admitted"]
    assert (one["record_id"], one["how"], one["typed_name"], one["reason"], one["rules"]) == ("2026Q1-005", "released", *BY.values(), LATE)
    assert [rule["admitted"] for rule in found["rules"] if rule["rule"] == LATE] == [1]


def test_the_command_prints_ids_that_cannot_speak_to_the_terminal_and_json_has_them_all(shop: Path) -> None:
    status, text = command("list", "shop")
    assert status == 0
    assert text.startswith("shop 2026Q1 (interrupted): 7 row(s) in quarantine\n")
    assert "\x1b" not in text
    assert "2026Q1-005, =1+1\N{REPLACEMENT CHARACTER}[2J" in text
    status, text = command("list", "shop", "--json")
    assert (status, json.loads(text)) == (0, list_quarantine("shop"))


def test_a_quarter_or_a_programme_that_has_stored_nothing_is_said(shop: Path) -> None:
    with pytest.raises(InputError, match="No cycle 2026Q2 of shop has stored its data yet"):
        list_quarantine("shop", "2026Q2")
    with pytest.raises(InputError, match="The ledger knows no programme 'shopp'; it knows shop"):
        list_quarantine("shopp")


# the local copy


def test_the_rows_are_kept_unmasked_on_this_machine_alone_and_the_list_says_where_and_until_when(shop: Path, tmp_path: Path) -> None:
    copies = {copy["source"]: copy for copy in list_quarantine("shop")["local_copies"]}
    path = Path(copies["complaints"]["path"])
    assert path == (tmp_path / "home" / "quarantine" / "shop" / "2026Q1" / "complaints.csv").resolve()
    left = datetime.fromisoformat(copies["complaints"]["until"]) - datetime.now(UTC)
    assert left.days in {29, 30}
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert (rows[0]["id"], rows[0]["words"], rows[0]["quarantine_rule"]) == ("2026Q1-005", BROKEN[5]["words"], LATE)
    assert rows[1]["id"] == f"'{BROKEN[6]['id']}"
    back_up(tmp_path / "backup.zip", load_settings())
    with zipfile.ZipFile(tmp_path / "backup.zip") as backup:
        kept = b"".join(backup.read(name) for name in backup.namelist())
    assert b"7946 0958" not in kept
    others = [one for one in (tmp_path / "home").rglob("*") if one.is_file() and "quarantine" not in one.parts]
    assert not any(b"7946 0958" in one.read_bytes() for one in others)


def test_the_copy_of_a_stored_cycle_is_for_its_user_alone(stored: Path) -> None:
    path = stored / "home" / "quarantine" / "shop" / "2026Q1" / "complaints.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in path.parents[:3]} == {0o700}


def test_no_copy_is_listed_or_kept_where_the_setting_says_none(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_QUARANTINE_DAYS", "0")
    assert list_quarantine("shop")["local_copies"] == []


@pytest.mark.parametrize("what", ["store", "vault"])
def test_unmasked_rows_are_never_kept_where_they_would_be_published_or_backed_up(tmp_path: Path, what: str) -> None:
    inside = load_settings(home=tmp_path / "kept" / "home", **{what: str(tmp_path / "kept")})
    with pytest.raises(InputError, match=rf"inside the {what} .+: set TOUCHSTONE_HOME or TOUCHSTONE_{what.upper()} to another folder"):
        _ = inside.quarantine_folder
    assert load_settings(home=tmp_path / "home", **{what: str(tmp_path / "kept")}).quarantine_folder == tmp_path / "home" / "quarantine"
    assert load_settings(home=tmp_path / "home", **{what: "s3://bucket/kept"}).quarantine_folder.name == "quarantine"


# release


def test_what_was_let_out_enters_the_next_cycle_masked_with_its_answers_and_the_closed_one_stays(shop: Path) -> None:
    run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"])
    before = snapshot_of("2026Q1")
    release("shop", ["complaints/2026Q1-005", f"complaints/{BROKEN[6]['id']}"], **BY)
    write_broken(shop, BROKEN, score="4")
    assert retry(shop, records=["survey/s-2026Q1-003"], **BY).admitted == ("s-2026Q1-003",)
    (shop.parent / "survey-2026Q1.csv").unlink()  # what is known of the quarter is its own snapshot then, and what was let out
    assert snapshot_of("2026Q1") == before
    run_until_snapshot(shop, "2026Q2", load_settings())
    now, then = feedback_of("2026Q2"), feedback_of("2026Q1")
    assert set(now.index[now["cycle"] == "2026Q1"]) - set(then.index) == {"2026Q1-005", BROKEN[6]["id"], "s-2026Q1-003"}
    assert "[phone]" in now.loc["2026Q1-005", "text"]
    assert now.loc["2026Q1-005", "resolved_at"].year == 2020
    ratings = get_table(open_vault(load_settings()), snapshot_of("2026Q2").ratings)
    assert ratings.loc[ratings["record_id"] == "s-2026Q1-003", "score"].tolist() == [4.0]
    assert verify("shop")["problems"] == []


def test_a_cycle_that_was_not_publishable_is_publishable_with_what_was_let_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", str(tmp_path / "shop"))
    shop = write_shop(tmp_path / "shop")
    write_broken(shop, {5: BROKEN[5]}, score="3", gate="0.012")
    with pytest.raises(NotPublishableError):
        run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"])
    assert list_quarantine("shop")["status"] == "not_publishable"
    release("shop", ["complaints/2026Q1-005"], **BY)
    run_until_snapshot(shop, "2026Q1", load_settings())
    assert snapshot_of("2026Q1").is_publishable
    assert feedback_of("2026Q1").loc["2026Q1-005", "cycle"] == "2026Q1"


def test_a_record_with_an_answer_off_its_scale_is_released_without_that_answer(shop: Path) -> None:
    done = release("shop", ["survey/s-2026Q1-003"], **BY)
    assert done.without_some_answers == ("s-2026Q1-003",)
    table = get_table(open_vault(load_settings()), admitted()["s-2026Q1-003"].table)
    assert len(table) == 1
    assert "score" not in table


def test_records_are_released_while_a_run_holds_the_lock(shop: Path) -> None:
    settings = load_settings()
    with locked(open_ledger(settings.database_url), "shop", "2026Q1", settings.lease_seconds):
        assert release("shop", ["complaints/2026Q1-005"], **BY).record_ids == ("2026Q1-005",)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (["complaints/twice"], "its record_id stands for several rows"),
        (["complaints/2026Q1-009"], "nobody can read when it happened"),
        (["complaints/2026Q1-011"], "no row of that record_id waits"),
        (["complaints/../../../ledger.db"], "no row of that record_id waits"),
        (["../complaints/2026Q1-005"], "no row of that record_id waits"),
        (["complaints/"], "A record is given as SOURCE/RECORD_ID"),
        (["2026Q1-005"], "A record is given as SOURCE/RECORD_ID"),
        (["complaints/2026Q1-005", "survey/s-2026Q1-003"], "all in one call are of one source"),
    ],
)
def test_what_cannot_be_released_is_said_and_nothing_is_recorded(shop: Path, records: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        release("shop", records, **BY)
    assert admitted() == {}


def test_a_person_and_a_reason_are_asked_for_and_once_is_enough(shop: Path) -> None:
    for missing in ({"typed_name": " "}, {"reason": ""}):
        with pytest.raises(InputError, match="needs the name of the person who does so, and a reason"):
            release("shop", ["complaints/2026Q1-005"], **(BY | missing))
    release("shop", ["complaints/2026Q1-005"], **BY)
    for again in (lambda: release("shop", ["complaints/2026Q1-005"], **BY), lambda: retry(shop, records=["complaints/2026Q1-005"], **BY)):
        with pytest.raises(InputError, match="Ann let the record complaints/2026Q1-005 out of quarantine"):
            again()


def test_the_command_releases_and_says_what_counts_them(shop: Path) -> None:
    status, text = command("release", "shop", "--record", "survey/s-2026Q1-003", "--name", "Ann", "--reason", "typed wrongly")
    assert status == 0
    assert text.splitlines() == [
        "1 record(s) of 2026Q1 released; the next cycle that looks at 2026Q1 counts them",
        "s-2026Q1-003: its answers that are off their scale, or cannot be read, stay behind",
    ]


# retry


def test_what_is_valid_now_is_let_out_masked_and_what_is_not_is_listed_with_its_rules(shop: Path) -> None:
    write_broken(shop, {5: BROKEN[5] | {"closed": ""}, 6: BROKEN[6], 9: {"id": "elsewhere"}})
    done = retry(shop, source="complaints", **BY)
    assert set(done.admitted) == {"2026Q1-005"}
    assert done.still_wrong == {BROKEN[6]["id"]: LATE}
    assert set(done.not_there) == {"twice", "2026Q1-009"}
    one = admitted()["2026Q1-005"]
    assert (one.how, one.cycle, one.rules, one.typed_name) == ("retried", "2026Q1", LATE, "Ann")
    table = get_table(open_vault(load_settings()), one.table)
    assert "[phone]" in table["text"].iloc[0]
    assert verify("shop")["problems"] == []


def test_a_source_that_was_put_right_is_read_with_the_mapping_as_it_is_now(shop: Path) -> None:
    shop.write_text(shop.read_text().replace("resolved_at: closed", "resolved_at: {from: closed, missing: ['2020-01-01T00:00:00+00:00']}"))
    assert "2026Q1-005" in retry(shop, source="complaints", **BY).admitted


def test_the_command_ends_with_1_where_something_is_still_wrong(shop: Path) -> None:
    write_broken(shop, {6: BROKEN[6]})
    named = ("--name", "Ann", "--reason", "put right")
    status, text = command("retry", shop, "--record", "complaints/2026Q1-005", *named)
    assert (status, text) == (0, "2026Q1: 1 record(s) valid now, 0 still wrong, 0 not there\n")
    status, text = command("retry", shop, "--source", "complaints", *named)
    assert status == 1
    assert text.splitlines() == [
        "2026Q1: 1 record(s) valid now, 1 still wrong, 1 not there",
        f"=1+1\N{REPLACEMENT CHARACTER}[2J: {LATE}",
        "twice: not in the source, or no longer of this quarter",
    ]


def test_what_cannot_be_retried_is_said(shop: Path) -> None:
    for options, said in (
        ({}, "Say what is to be read again"),
        ({"source": "survey", "records": ["survey/s-2026Q1-003"]}, "Say what is to be read again"),
        ({"records": ["complaints/2026Q1-011"]}, "No record complaints/2026Q1-011 waits in the quarantine of 2026Q1"),
        ({"source": "post"}, "No record of source 'post' waits in the quarantine of 2026Q1"),
    ):
        with pytest.raises(InputError, match=said):
            retry(shop, **options, **BY)  # type: ignore[arg-type]
    (shop.parent / "complaints-2026Q1.csv").unlink()
    with pytest.raises(InputError, match=r"complaints-2026Q1\.csv"):
        retry(shop, source="complaints", **BY)
    shop.write_text(shop.read_text().replace("id: complaints", "id: letters"))
    with pytest.raises(InputError, match="The programme has no source 'complaints'; it has letters, survey"):
        retry(shop, source="complaints", **BY)
    assert admitted() == {}


def test_records_with_personal_ids_are_retried_by_the_pseudonym_that_the_list_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA", str(tmp_path / "shop"))
    monkeypatch.setenv("TOUCHSTONE_PSEUDONYM_KEY", "a key of the test")
    shop = write_shop(tmp_path / "shop")
    write_broken(shop, {5: BROKEN[5]})
    shop.write_text(shop.read_text().replace("    keep: {entered_by", "    pseudonymise: [record_id]\n    keep: {entered_by"))
    run_until_snapshot(shop, "2026Q1", load_settings())
    (pseudonym,) = next(rule["record_ids"] for rule in list_quarantine("shop")["rules"] if rule["rule"] == LATE)
    assert len(pseudonym) == 20
    write_broken(shop, {})
    assert retry(shop, records=[f"complaints/{pseudonym}"], **BY).admitted == (pseudonym,)


# removal on request


def test_forgotten_words_leave_what_was_let_out_and_the_local_copies(shop: Path, tmp_path: Path) -> None:
    release("shop", ["complaints/2026Q1-005", f"complaints/{BROKEN[6]['id']}"], **BY)
    settings = load_settings()
    other = write_copy(settings.quarantine_folder, "other", "2026Q1", "calls", pd.DataFrame({"id": ["1"]}))
    before = admitted()["2026Q1-005"].table
    remove_words("shop", customer=None, record="complaints/2026Q1-005", typed_name="Bob", reason="asked")
    after = admitted()["2026Q1-005"].table
    assert (after == before, open_vault(settings).exists(before.uri)) == (False, False)
    table = get_table(open_vault(settings), after).set_index("record_id")
    assert table["text"].isna().to_dict() == {"2026Q1-005": True, BROKEN[6]["id"]: False}
    assert not any(SECRET.encode() in path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert list_quarantine("shop")["local_copies"] == []
    assert other.exists()
    assert verify("shop")["problems"] == []


def test_a_secret_key_reaches_neither_ledger_nor_list(shop: Path) -> None:
    settings = load_settings(pseudonym_key=SecretStr("hush-key"))
    release("shop", ["complaints/2026Q1-005"], **BY, settings=settings)
    said = json.dumps(list_quarantine("shop", settings=settings)) + Path(settings.home / "ledger.db").read_bytes().decode("latin-1")
    assert "hush-key" not in said
    assert SECRET not in said
