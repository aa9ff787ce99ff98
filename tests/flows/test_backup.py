"""A backup brings back everything, in either kind of database and store, and nothing that was altered."""

from __future__ import annotations

import json
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import DBAPIError

from config.errors import InputError, LockedError, ServiceError
from config.settings import Settings, load_settings
from flows.audit import verify
from flows.cycle import run_cycle
from flows.keeping.backup import back_up, restore
from flows.places import open_published, open_vault
from tasks import archive
from tasks.ledger.connection import migrate, open_ledger
from tasks.ledger.dump import dumped_tables, frozen, lines_of
from tasks.ledger.locks import holder
from tests.flows.keeping import closed_ledgers
from tests.flows.shop import AS_OF, write_shop
from tests.ledgers import execute, opened, row, write
from tests.services import S3Server


class Calling:
    """Calls steps directly, each after what is to be done before it."""

    def __init__(self, **before: Callable[[], object]) -> None:
        self.before = before

    def __call__(self, name, work, /, *args):  # type: ignore[no-untyped-def]
        self.before.get(name, lambda: None)()
        return work(*args)


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    with closed_ledgers():
        yield


def stop() -> None:
    raise KeyboardInterrupt


def settings_at(home: Path, **more: object) -> Settings:
    return load_settings(home=home, **more)


def on_services(home: Path, database: str, s3: S3Server) -> Settings:
    bucket = s3.make_bucket()
    places = {"store": f"s3://{bucket}/published", "vault": f"s3://{bucket}/vault", "s3_endpoint": s3.endpoint}
    return settings_at(home, database=SecretStr(database), **places)


def published(settings: Settings, edition: str) -> dict[str, bytes]:
    """The files of an edition whose bytes are promised."""
    store = open_published(settings, is_draft=False)
    return {key: store.get(key) for key in store.list(f"shop/{edition}/") if not key.endswith("seal.json")}


def everything(settings: Settings) -> dict[str, object]:
    """All objects and rows there are, locks aside."""
    stores = {"vault": open_vault(settings)} | {str(draft): open_published(settings, is_draft=draft) for draft in (True, False)}
    objects: dict[str, object] = {f"{name}/{key}": store.get(key) for name, store in stores.items() for key in store.list()}
    with opened(settings.database_url) as ledger, frozen(ledger) as connection:
        return objects | {table.name: list(lines_of(connection, table)) for table in dumped_tables()}


@dataclass(frozen=True)
class Installation:
    """An installation with one finished cycle and one that was interrupted after its snapshot, and its backup."""

    shop: Path
    settings: Settings
    backup: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The installation is not to be changed; the shop's data lie where DATA points to."""
    folder = tmp_path_factory.mktemp("backup")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA", str(folder / "shop"))
        shop, settings = write_shop(folder / "shop"), settings_at(folder / "home")
        run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"], settings=settings)
        with pytest.raises(KeyboardInterrupt):
            run_cycle(shop, "2026Q2", as_of=AS_OF["2026Q2"], settings=settings, call=Calling(standards=stop))
        back_up(folder / "backup.zip", settings)
        yield Installation(shop, settings, folder / "backup.zip")


@pytest.fixture(scope="module")
def undisturbed(made: Installation) -> dict[str, bytes]:
    """What the interrupted cycle publishes where it goes on at home."""
    home = made.settings.home.with_name("undisturbed")
    shutil.copytree(made.settings.home, home)
    return go_on(made, settings_at(home))


def go_on(made: Installation, settings: Settings) -> dict[str, bytes]:
    run_cycle(made.shop, "2026Q2", settings=settings)
    return published(settings, "2026Q2")


def test_a_backup_restored_into_postgresql_and_s3_and_back_into_files_is_the_same_and_its_cycle_goes_on(
    made: Installation, undisturbed: dict[str, bytes], tmp_path: Path, fresh_postgres_url: str, s3: S3Server
) -> None:
    there, back = on_services(tmp_path / "there", fresh_postgres_url, s3), settings_at(tmp_path / "back")
    restored = restore(made.backup, there)
    assert [proof["problems"] for proof in restored.proofs] == [[]]
    assert everything(there) == everything(made.settings)
    back_up(tmp_path / "again.zip", there)
    assert (tmp_path / "again.zip").read_bytes() == made.backup.read_bytes()
    assert [proof["problems"] for proof in restore(tmp_path / "again.zip", back).proofs] == [[]]
    assert everything(back) == everything(made.settings)
    assert published(back, "2026Q1") == published(made.settings, "2026Q1")
    assert go_on(made, there) == undisturbed
    assert verify("shop", there)["problems"] == []
    assert go_on(made, back) == undisturbed
    assert verify("shop", back)["problems"] == []


def test_a_backup_taken_while_a_cycle_runs_restores_to_an_interrupted_one_that_goes_on(
    made: Installation, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    running = settings_at(tmp_path / "running")
    shutil.copytree(made.settings.home, running.home)
    backups = {step: (lambda path=tmp_path / f"{step}.zip": back_up(path, running)) for step in ("findings", "publish")}
    run_cycle(made.shop, "2026Q2", settings=running, call=Calling(**backups))
    for step in backups:
        there = settings_at(tmp_path / step)
        assert [proof["problems"] for proof in restore(tmp_path / f"{step}.zip", there).proofs] == [[]]
        assert holder(open_ledger(there.database_url), "shop") is None
        assert go_on(made, there) == undisturbed
        assert verify("shop", there)["problems"] == []


def test_drafts_are_in_the_backup_and_what_is_only_staged_is_not(tmp_path: Path) -> None:
    home, there = settings_at(tmp_path / "home"), settings_at(tmp_path / "there")
    for key in ("shop/2026Q1.draft1/index.html", "shop/.staging/2026Q1/index.html"):
        open_published(home, is_draft=True).put(key, b"page")
    back_up(tmp_path / "backup.zip", home)
    restore(tmp_path / "backup.zip", there)
    assert open_published(there, is_draft=True).list() == ("shop/2026Q1.draft1/index.html",)


def test_a_backup_holds_what_its_manifest_says_and_nobody_else_may_read_it(made: Installation) -> None:
    with archive.reading(made.backup) as backup, opened(made.settings.database_url) as ledger, frozen(ledger) as connection:
        backup.check()
        assert backup.manifest.rows == {table.name: len(list(lines_of(connection, table))) for table in dumped_tables()}
        assert backup.manifest.heads["shop"].seq == backup.manifest.rows["events"]
        assert "locks" not in backup.manifest.rows
    assert made.backup.stat().st_mode & 0o777 == 0o600
    assert list(made.backup.parent.glob(".*")) == []


@pytest.mark.parametrize("what", ["ledger", "vault", "published", "drafts"])
def test_a_restore_into_a_place_that_is_not_empty_is_refused_and_changes_nothing(made: Installation, tmp_path: Path, what: str) -> None:
    there = settings_at(tmp_path / "there")
    if what == "ledger":
        with opened(there.database_url) as ledger:
            write(ledger, row(1))
    else:
        (there.home / what).mkdir(parents=True)
        (there.home / what / "mine.txt").write_text("mine")
    before = everything(there)
    with pytest.raises(InputError, match=rf"The {what}.* is not empty"):
        restore(made.backup, there)
    assert everything(there) == before


def test_a_restore_that_was_interrupted_leaves_an_empty_ledger_and_can_be_run_again(
    made: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = settings_at(tmp_path / "there")
    with archive.reading(made.backup) as backup:
        objects = [name for name in backup.manifest.entries if not name.startswith("ledger/")]
    reads = iter(range(len(objects)))
    original = archive.Reading.content

    def break_off(backup: archive.Reading, name: str) -> bytes:
        if next(reads) > len(objects) // 2:
            raise ServiceError("the power is gone")
        return original(backup, name)

    monkeypatch.setattr(archive.Reading, "content", break_off)
    with pytest.raises(ServiceError, match="the power is gone"):
        restore(made.backup, there)
    monkeypatch.undo()
    assert everything(there)["events"] == []
    assert [proof["problems"] for proof in restore(made.backup, there).proofs] == [[]]
    assert everything(there) == everything(made.settings)


def test_a_restore_whose_ledger_breaks_off_leaves_it_empty(made: Installation, tmp_path: Path, fresh_postgres_url: str) -> None:
    there = settings_at(tmp_path / "there", database=SecretStr(fresh_postgres_url))
    altered = rewritten(made.backup, tmp_path / "altered.zip", {"ledger/steps.jsonl": lambda content: content + b'{"name": "x"}\n'})
    with pytest.raises(InputError, match="table steps has not the columns of its schema"):
        restore(altered, there)
    assert everything(there)["cycles"] == []


# what was altered


def rewritten(source: Path, target: Path, changes: dict[str, Callable[[bytes], bytes]], names: dict[str, str] | None = None) -> Path:
    """Write a backup whose manifest agrees with its entries, as somebody would who means harm."""
    with archive.reading(source) as old, archive.writing(target) as new:
        for name in old.manifest.entries:
            new.add((names or {}).get(name, name), [changes.get(name, bytes)(old.content(name))])
        manifest = old.manifest
        archive.finish(new, schema_revision=manifest.schema_revision, rows=manifest.rows, heads=manifest.heads)
    return target


def test_a_backup_with_a_changed_entry_is_refused_and_the_entry_named(made: Installation, tmp_path: Path) -> None:
    with zipfile.ZipFile(made.backup) as old, zipfile.ZipFile(tmp_path / "altered.zip", "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info) + (b" " if info.filename == "ledger/events.jsonl" else b""))
    there = settings_at(tmp_path / "there")
    with pytest.raises(InputError, match=r"its entry ledger/events\.jsonl is not what was backed up"):
        restore(tmp_path / "altered.zip", there)
    assert everything(there)["events"] == []


@pytest.mark.parametrize(
    "name", ["vault/../../escaped", "vault//x", "/vault/x", "vault/a\\b", "elsewhere/x", "vault/.x.part", "vault/a\nb"]
)
def test_an_entry_that_leads_elsewhere_is_refused(made: Installation, tmp_path: Path, name: str) -> None:
    with archive.reading(made.backup) as backup:
        victim = next(entry for entry in backup.manifest.entries if entry.startswith("vault/"))
    altered = rewritten(made.backup, tmp_path / "altered.zip", {}, {victim: name})
    there = settings_at(tmp_path / "deep" / "er" / "there")
    with pytest.raises(InputError):
        restore(altered, there)
    assert not list(tmp_path.rglob("*escaped"))
    assert everything(there)["events"] == []


def test_a_backup_cut_off_anywhere_or_with_any_byte_changed_is_refused_or_still_whole(tmp_path: Path) -> None:
    with archive.writing(tmp_path / "small.zip") as backup:
        backup.add("vault/ab/text.txt", [b"words and more words " * 20])
        backup.add("vault/ab/table.parquet", [b"PAR1" * 20])
        archive.finish(backup, schema_revision="0002", rows={}, heads={})
    whole, altered, random_numbers = (tmp_path / "small.zip").read_bytes(), tmp_path / "altered.zip", random.Random(7)
    refusals = []
    for _ in range(400):
        place = random_numbers.randrange(len(whole))
        changed = bytes([whole[place] ^ random_numbers.randrange(1, 256)])
        altered.write_bytes(random_numbers.choice([whole[:place], whole[:place] + changed + whole[place + 1 :]]))
        try:
            with archive.reading(altered) as backup:
                backup.check()
                assert backup.content("vault/ab/text.txt") == b"words and more words " * 20
                assert backup.content("vault/ab/table.parquet") == b"PAR1" * 20
        except InputError as error:
            refusals.append(str(error))
    assert all(str(altered) in refusal for refusal in refusals)
    assert len(refusals) > 300


@pytest.mark.parametrize("content", [b"", b"no archive at all", None])
def test_what_is_no_backup_is_refused_in_words(tmp_path: Path, content: bytes | None) -> None:
    source = tmp_path / "x.zip"
    if content is None:
        with zipfile.ZipFile(source, "w") as file:
            file.writestr("a.txt", "a")
    else:
        source.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.zip"):
        restore(source, settings_at(tmp_path / "there"))
    with pytest.raises(InputError, match="there is no such file"):
        restore(tmp_path / "none.zip", settings_at(tmp_path / "there"))


# versions


def first_tables(folder: Path) -> list[str]:
    """The tables of the first schema that a dump holds."""
    engine = create_engine(f"sqlite:///{folder}/first.db")
    migrate(engine, "0001")
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return [table.name for table in dumped_tables() if table.name in names]


def test_a_backup_of_the_first_schema_is_migrated_on_its_way_into_the_ledger(tmp_path: Path, fresh_postgres_url: str) -> None:
    old, there = settings_at(tmp_path / "old"), settings_at(tmp_path / "there", database=SecretStr(fresh_postgres_url))
    with opened(old.database_url) as ledger:
        write(ledger, row(1))
    back_up(tmp_path / "now.zip", old)
    with archive.reading(tmp_path / "now.zip") as now, archive.writing(tmp_path / "old.zip") as backup:
        tables = first_tables(tmp_path)
        rows = {name: backup.add(f"ledger/{name}.jsonl", now.lines(f"ledger/{name}.jsonl")) for name in tables}
        archive.finish(backup, schema_revision="0001", rows=rows, heads=now.manifest.heads)
    (proof,) = restore(tmp_path / "old.zip", there).proofs
    assert (proof["problems"], proof["events"]) == ([], 1)
    with opened(there.database_url) as ledger, pytest.raises(DBAPIError, match="append-only"):
        execute(ledger, "DELETE FROM events")


def test_a_backup_of_a_newer_schema_or_format_is_refused(made: Installation, tmp_path: Path) -> None:
    for number, change in enumerate(({"schema_revision": "9999"}, {"format": 2})):
        target = tmp_path / f"{number}.zip"
        with archive.reading(made.backup) as old, zipfile.ZipFile(target, "w") as new:
            for name in old.manifest.entries:
                new.writestr(name, old.content(name))
            new.writestr("manifest.json", json.dumps(old.manifest.model_dump() | change))
        with pytest.raises(InputError, match="newer Touchstone"):
            restore(target, settings_at(tmp_path / "there"))


# writing the file


def test_a_file_that_is_there_is_not_overwritten(made: Installation) -> None:
    before = made.backup.read_bytes()
    with pytest.raises(InputError, match="is there already"):
        back_up(made.backup, made.settings)
    assert made.backup.read_bytes() == before


def test_a_folder_that_is_not_there_is_said_in_one_sentence(made: Installation, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        back_up(tmp_path / "none" / "backup.zip", made.settings)


def test_a_full_disk_fails_as_a_service_and_leaves_no_words_behind(made: Installation, small_disk: Path) -> None:
    with pytest.raises(ServiceError, match="is full"):
        back_up(small_disk / "backup.zip", made.settings)
    assert list(small_disk.iterdir()) == []


def test_of_two_backups_into_one_file_the_second_is_refused(made: Installation, tmp_path: Path) -> None:
    with archive.writing(tmp_path / "backup.zip"), pytest.raises(LockedError, match="Another backup is being written"):
        back_up(tmp_path / "backup.zip", made.settings)


def test_a_backup_during_which_words_were_removed_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = settings_at(tmp_path / "home")
    with opened(home.database_url) as ledger:
        write(ledger, row(1))
        (home.home / "vault").mkdir()
        (home.home / "vault" / "x.json").write_text("{}")
        original = archive.Writing.add

        def add(backup: archive.Writing, name: str, chunks: object) -> int:
            if name == "vault/x.json":
                write(ledger, kind="words.removed")
            return original(backup, name, chunks)  # type: ignore[arg-type]

        monkeypatch.setattr(archive.Writing, "add", add)
        with pytest.raises(ServiceError, match="were removed while it was backed up"):
            back_up(tmp_path / "backup.zip", home)
    assert not list(tmp_path.glob("*backup.zip*"))
