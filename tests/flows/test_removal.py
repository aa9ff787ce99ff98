"""One person's words are removed on request: nowhere left, never back, and every figure as it was."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pandas as pd
import pypdfium2
import pytest
from pydantic import SecretStr

from config.errors import InputError, LockedError, ServiceError
from config.loading import load_programme
from config.periods import Quarter
from config.settings import Settings, load_settings
from flows.audit import verify
from flows.cycle import run_cycle
from flows.deciding import decide
from flows.keeping import republishing
from flows.keeping.backup import back_up, restore
from flows.keeping.removal import Removed, remove_words
from flows.keeping.rewriting import says
from flows.places import open_published, open_vault
from reports.pdf import report_pdf
from tasks.ledger.chain import row_values
from tasks.ledger.dump import dumped_tables, frozen, lines_of
from tasks.ledger.locks import locked
from tasks.ledger.models import Cycle, Removal, Step
from tasks.ledger.references import REMOVED, REPUBLISHED
from tasks.ledger.views import events
from tasks.results import Quote
from tasks.store.folder import FolderStore
from tasks.vault import put_bytes, put_table
from tasks.words import NOTE
from tests.flows.keeping import closed_ledgers
from tests.flows.shop import complaints, write_csv, write_shop
from tests.ledgers import opened
from tests.reports.samples import CAUSES, SUMMARY
from tests.services import S3Server

KEY = "a key of the test"
PERSON = "C-3"  # whose complaint of 2026Q1 is quoted, and another quarantined
THEIRS = ("zq-2026Q1-003", "zq-2026Q1-033", "zq-2026Q2-030", "my sister Gwendolyn")
OTHER_STEPS = ("snapshot", "causes", "findings", "summary", "render", "publish", "letters")
OTHERS = ("zq-2026Q1-002", "zq-2026Q1-004", "zq-2026Q2-003", "in the morning")


def write_customers(shop: Path, cycle: str) -> None:
    """Write a quarter's complaints with customers, and words that are nobody else's."""
    start, _ = load_programme(shop).span(Quarter.parse(cycle))
    rows = complaints(cycle, start + timedelta(days=1, hours=10))
    for n, row in enumerate(rows):
        row["words"] += f" (zq-{cycle}-{n:03d})"
        is_theirs = (cycle, n) in {("2026Q1", 3), ("2026Q1", 33), ("2026Q2", 30), ("2026Q3", 5)}
        row |= {"customer": PERSON if is_theirs else f"C-{100 + n}", "remark": "in the morning"}
    rows[3]["remark"] = "my sister Gwendolyn" if cycle == "2026Q1" else ""
    rows[33]["closed"] = "2020-01-01T00:00:00+00:00"
    write_csv(shop.parent / f"complaints-{cycle}.csv", rows)


def write_customer_shop(folder: Path, more: str = "") -> Path:
    """Write the shop without its survey, with customers, a question in free text, and more."""
    shop = write_shop(folder)
    programme = shop.read_text().replace("      text: words\n", "      text: words\n      customer_id: customer\n      remark: remark\n")
    programme = re.sub(r"  - id: survey\n.*?(?=^gate:)", "", programme, flags=re.DOTALL | re.MULTILINE)
    shop.write_text(re.sub(r"  - \{id: friendly.*\n", "", programme) + more)
    for cycle in ("2026Q1", "2026Q2"):
        write_customers(shop, cycle)
    return shop


def settings_at(home: Path, **more: object) -> Settings:
    return load_settings(home=home, pseudonym_key=SecretStr(KEY), **more)


def run(shop: Path, cycle: str, settings: Settings, **options: object) -> None:
    as_of = load_programme(shop).span(Quarter.parse(cycle))[1] + timedelta(days=9, hours=9)
    run_cycle(shop, cycle, as_of=as_of, settings=settings, **options)  # type: ignore[arg-type]


def remove(settings: Settings, customer: str | None = PERSON, record: str | None = None) -> Removed:
    return remove_words("shop", customer=customer, record=record, typed_name="Ann", reason="asked by letter", settings=settings)


@dataclass(frozen=True)
class Installation:
    """A shop whose first two cycles are finished; `settings` are of a copy that the test may change."""

    shop: Path
    settings: Settings


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("removal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA", str(folder / "shop"))
        shop = write_customer_shop(folder / "shop")
        for cycle in ("2026Q1", "2026Q2"):
            run(shop, cycle, settings_at(folder / "home"))
        yield shop, folder / "home"


@pytest.fixture
def here(finished: tuple[Path, Path], tmp_path: Path) -> Installation:
    shutil.copytree(finished[1], tmp_path / "here")
    return Installation(finished[0], settings_at(tmp_path / "here"))


@pytest.fixture
def began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Installation]:
    """A function that begins the first cycle of another shop and stops it before a step."""
    monkeypatch.setenv("DATA", str(tmp_path / "shop"))
    monkeypatch.setenv("TOUCHSTONE_PSEUDONYM_KEY", KEY)

    def begin(stop_at: str, more: str = "") -> Installation:
        one = Installation(write_customer_shop(tmp_path / "shop", more), settings_at(tmp_path / "home"))

        def call(name, work, /, *args):  # type: ignore[no-untyped-def]
            if name == stop_at:
                raise KeyboardInterrupt
            return work(*args)

        try:
            run(one.shop, "2026Q1", one.settings, call=call)
        except KeyboardInterrupt:
            return one
        return one

    return begin


# what is kept, read as a person could


def readable(key: str, content: bytes) -> str:
    if key.endswith(".parquet"):
        return pd.read_parquet(io.BytesIO(content)).to_csv()
    if key.endswith(".eml"):
        parts = message_from_bytes(content, policy=policy.SMTP).walk()
        return " ".join(html.unescape(" ".join(str(part.get_content()).split())) for part in parts if not part.is_multipart())
    if key.endswith(".pdf"):
        with closing(pypdfium2.PdfDocument(content)) as document:
            return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    if key.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return html.unescape(" ".join(parts.read(name).decode() for name in parts.namelist()))
    return html.unescape(content.decode())


def kept(settings: Settings) -> dict[str, str]:
    """Everything that is kept, by its place."""
    stores = {"vault": open_vault(settings), "outbox": FolderStore(settings.outbox_folder.resolve())}
    stores |= {name: open_published(settings, is_draft=name == "drafts") for name in ("published", "drafts")}  # type: ignore[dict-item]
    objects = {f"{name}/{key}": readable(key, store.get(key)) for name, store in stores.items() for key in store.list()}
    with opened(settings.database_url) as ledger, frozen(ledger) as connection:
        return objects | {f"ledger/{table.name}": b"".join(lines_of(connection, table)).decode() for table in dumped_tables()}


def places_of(words: str, settings: Settings) -> list[str]:
    return [place for place, content in kept(settings).items() if words in content]


def published(settings: Settings) -> dict[str, bytes]:
    """The files whose bytes are promised."""
    store = open_published(settings, is_draft=False)
    return {key: store.get(key) for key in store.list() if key.count("/") > 1 and "/history/" not in key and not key.endswith("seal.json")}


def details(settings: Settings, kind: str) -> list[dict[str, Any]]:
    """What the events of a kind say."""
    with opened(settings.database_url) as ledger:
        return [json.loads(event.payload)["detail"] for event in events(ledger, "shop") if event.kind == kind]


def assert_removed(settings: Settings) -> None:
    content = kept(settings)
    assert [(words, place) for words in THEIRS for place, one in content.items() if words in one] == []
    assert all(any(words in one for one in content.values()) for words in OTHERS)
    assert not any(PERSON in one for place, one in content.items() if place.startswith("ledger/"))
    assert verify("shop", settings)["problems"] == []


def test_the_words_are_everywhere_before(here: Installation) -> None:
    places = {place.split("/")[0] for place in places_of("zq-2026Q1-003", here.settings)}
    assert places == {"vault", "published", "outbox"}
    assert "published/shop/2026Q1/index.html" in places_of("zq-2026Q1-003", here.settings)
    assert all(places_of(words, here.settings) for words in THEIRS)


def test_after_removal_the_words_are_nowhere_and_every_figure_is_as_it_was(here: Installation) -> None:
    before, mails = published(here.settings), len(list(here.settings.outbox_folder.iterdir()))
    removed = remove(here.settings)
    assert_removed(here.settings)
    assert (removed.records, removed.quotes, removed.republished, removed.beyond_reach) == (3, 1, ("2026Q1",), ())
    after = published(here.settings)
    changed = {key for key in before if before[key] != after[key]}
    names = ("index.html", "summary.json", "causes.csv", "workbook.xlsx", "report.pdf", "datapackage.json", "manifest.json")
    assert changed == {f"shop/2026Q1/{name}" for name in names}
    assert after.keys() == before.keys()
    page = "shop/2026Q1/index.html"
    causes = json.loads(before["shop/2026Q1/summary.json"])["causes"]
    (quote,) = (quote["text"] for cause in causes for quote in cause["quotes"] if "zq-2026Q1-003" in quote["text"])
    expected = before[page].decode().replace(quote, NOTE)
    for old, new in details(here.settings, REMOVED)[0]["replaced"].items():  # the page names its snapshot by hash
        expected = expected.replace(Path(old).stem, Path(new).stem)
    assert after[page].decode() == expected
    assert len(list(here.settings.outbox_folder.iterdir())) == mails - removed.mails
    assert removed.mails > 0


def test_the_ledger_says_who_removed_what_and_why_and_links_old_to_new(here: Installation) -> None:
    removed = remove(here.settings)
    with opened(here.settings.database_url) as ledger, ledger.transaction() as session:
        (row,) = session.query(Removal).all()
    assert (row.subject, row.typed_name, row.reason) == (removed.subject, "Ann", "asked by letter")
    assert row.subject.startswith("customer:")
    (record,) = details(here.settings, REMOVED)
    assert (record["records"], record["quotes"], record["mails"]) == (3, 1, removed.mails)
    vault = open_vault(here.settings)
    assert record["replaced"]
    assert all(vault.exists(new) and not vault.exists(old) for old, new in record["replaced"].items())
    assert [one["why"] for one in details(here.settings, REPUBLISHED)] == ["a person's words were removed on request"]


def test_removing_again_changes_nothing(here: Installation) -> None:
    remove(here.settings)
    before = kept(here.settings)
    again = remove(here.settings)
    assert (again.quotes, again.mails, again.republished) == (0, 0, ())
    after = kept(here.settings)
    assert {place for place in before if before[place] != after[place]} == {"ledger/chains", "ledger/events"}  # the lock


def test_one_record_is_removed_and_the_customers_others_stay(here: Installation) -> None:
    removed = remove(here.settings, None, "complaints/2026Q1-003")
    assert (removed.records, removed.quotes, removed.republished) == (1, 1, ("2026Q1",))
    assert places_of("zq-2026Q1-003", here.settings) == []
    assert places_of("zq-2026Q1-033", here.settings)
    assert verify("shop", here.settings)["problems"] == []


def test_what_killed_steps_left_in_the_vault_is_found_too(here: Installation) -> None:
    vault = open_vault(here.settings)
    mail = next(path for path in here.settings.outbox_folder.iterdir() if "zq-2026Q1-003" in readable(path.name, path.read_bytes()))
    table = next(key for key in vault.list() if key.endswith(".parquet") and "zq-2026Q1-033" in readable(key, vault.get(key)))
    left = [
        put_bytes(vault, mail.read_bytes().replace(b"\r\nDate: ", b"\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nX-Date: "), ".eml"),
        put_table(vault, pd.read_parquet(io.BytesIO(vault.get(table))).iloc[::-1]),
        put_bytes(vault, (published(here.settings)["shop/2026Q1/index.html"].decode() + "\n").encode(), ".html"),
    ]
    unrelated = put_bytes(vault, b"nobody knows what this is", ".json")
    vault.put("notes.txt", b"zq-2026Q1-003, by hand")  # not of our making
    remove(here.settings)
    assert [vault.exists(ref.uri) for ref in left] == [False] * 3
    assert vault.exists(unrelated.uri)
    vault.delete("notes.txt")
    assert_removed(here.settings)


def test_what_another_programme_refers_to_stays(here: Installation) -> None:
    with opened(here.settings.database_url) as ledger, ledger.transaction() as session:
        snapshot = session.get_one(Step, ("shop", "2026Q1", 1, "snapshot"))
        key = json.loads(snapshot.output)["feedback"]["uri"]
        session.add(Cycle(**(row_values(session.get_one(Cycle, ("shop", "2026Q1"))) | {"programme": "other"})))
        session.flush()
        session.add(Step(**(row_values(snapshot) | {"programme": "other"})))
    remove(here.settings)
    assert open_vault(here.settings).exists(key)


@pytest.mark.soak
def test_words_are_removed_from_postgresql_and_s3_too(here: Installation, tmp_path: Path, fresh_postgres_url: str, s3: S3Server) -> None:
    bucket = s3.make_bucket()
    places = {"store": f"s3://{bucket}/published", "vault": f"s3://{bucket}/vault", "s3_endpoint": s3.endpoint}
    there = settings_at(tmp_path / "there", database=SecretStr(fresh_postgres_url), **places)
    back_up(tmp_path / "backup.zip", here.settings)
    with closed_ledgers():
        restore(tmp_path / "backup.zip", there)
        assert all(places_of(words, there) for words in THEIRS)
        remove(there)
        assert_removed(there)


@pytest.mark.parametrize(
    "words", ["a re-booked visit, and nobody came", "水が出ない", "המים לא עובדים", "cafe\u0301 \u201cclosed\u201d", "W" * 299]
)
def test_a_quote_is_found_in_a_pdf_wherever_its_lines_are_broken(words: str) -> None:
    cause = CAUSES[0].model_copy(update={"quotes": (Quote(record_id="1", text=f"{words} {words}"),)})
    printed = report_pdf(SUMMARY.model_copy(update={"causes": (cause,)}))
    assert says(printed, ".pdf", [f"{words} {words}"])
    assert not says(printed, ".pdf", [f"{words} {words} {words}"])


# interrupted


class Breaking:
    """Lets so many calls of a store's method through, and then fails."""

    def __init__(self, original: Callable[..., object], calls: int) -> None:
        self.original, self.calls = original, calls

    def __get__(self, store: object, _kind: object) -> Callable[..., object]:
        def call(*args: object) -> object:
            self.calls -= 1
            if self.calls < 0:
                raise ServiceError("the power is gone")
            return self.original(store, *args)

        return call


@pytest.mark.parametrize(("method", "calls"), [("put", 9), ("move", 4), ("delete", 3)])
def test_a_removal_that_was_cut_off_is_completed_by_doing_it_again(
    here: Installation, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, method: str, calls: int
) -> None:
    monkeypatch.setattr(FolderStore, method, Breaking(getattr(FolderStore, method), calls))
    with pytest.raises(ServiceError):
        remove(here.settings)
    monkeypatch.undo()
    remove(here.settings)
    assert_removed(here.settings)
    assert published(here.settings) == undisturbed


@pytest.mark.soak
@pytest.mark.parametrize("method", ["put", "move", "delete"])
def test_a_removal_cut_off_anywhere_is_completed_by_doing_it_again(
    finished: tuple[Path, Path], undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    for calls in range(1000):
        home = settings_at(tmp_path / str(calls))
        shutil.copytree(finished[1], home.home)
        monkeypatch.setattr(FolderStore, method, Breaking(getattr(FolderStore, method), calls))
        try:
            remove(home)
        except ServiceError:
            monkeypatch.undo()
        else:
            break  # it took fewer calls
        remove(home)
        assert_removed(home)
        assert published(home) == undisturbed
        shutil.rmtree(home.home)
    assert calls > 5


@pytest.fixture(scope="module")
def undisturbed(finished: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(finished[1], home)
    remove(settings_at(home))
    return published(settings_at(home))


def test_a_removal_that_was_cut_off_before_the_letters_is_completed(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ServiceError("the power is gone")

    monkeypatch.setattr(republishing, "_rewritten_mails", fail)
    with pytest.raises(ServiceError):
        remove(here.settings)
    assert any("was changed after it was published" in problem for problem in verify("shop", here.settings)["problems"])
    monkeypatch.undo()
    assert remove(here.settings).republished == ("2026Q1",)
    assert_removed(here.settings)


# from now on


def test_the_next_cycle_does_not_bring_the_words_back(here: Installation) -> None:
    remove(here.settings)
    write_customers(here.shop, "2026Q3")
    run(here.shop, "2026Q3", here.settings)  # reads the files of both earlier quarters again
    assert_removed(here.settings)
    assert places_of("zq-2026Q3-005", here.settings) == []
    assert places_of("zq-2026Q3-006", here.settings)


@pytest.mark.parametrize("step", ["pull complaints", "mail", *(pytest.param(step, marks=pytest.mark.soak) for step in OTHER_STEPS)])
def test_an_interrupted_cycle_goes_on_without_the_words(began: Callable[..., Installation], step: str) -> None:
    one = began(step)
    remove(one.settings)
    before_it_goes_on = [place for words in THEIRS for place in places_of(words, one.settings)]
    run_cycle(one.shop, "2026Q1", settings=one.settings)
    assert before_it_goes_on == []
    assert [place for words in THEIRS for place in places_of(words, one.settings)] == []
    assert len(list(one.settings.outbox_folder.iterdir())) >= 4
    assert verify("shop", one.settings)["problems"] == []


@pytest.mark.parametrize(
    ("subject", "is_approved"), [("plan", True), ("publication", False), pytest.param("publication", True, marks=pytest.mark.soak)]
)
def test_what_waits_for_approval_or_was_approved_stays_so_without_the_words(
    began: Callable[..., Installation], subject: str, is_approved: bool
) -> None:
    one = began("", f"  - {{id: board, gets: approvals, mail: [chair@shop.example]}}\napprovals: [{subject}]\n")
    if is_approved:
        decide(one.shop, "approve", typed_name="Chair")
    remove(one.settings)
    assert [place for words in THEIRS for place in places_of(words, one.settings)] == []
    if not is_approved:
        assert "drafts/shop/2026Q1.preview/index.html" in places_of(NOTE, one.settings)
        decide(one.shop, "approve", typed_name="Chair")
    assert run_cycle(one.shop, "2026Q1", settings=one.settings).status == "finished"
    assert [place for words in THEIRS for place in places_of(words, one.settings)] == []
    assert verify("shop", one.settings)["problems"] == []


# refusals


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"customer": None, "record": None}, "either a customer, or a record"),
        ({"record": "complaints/1"}, "either a customer, or a record"),
        ({"customer": None, "record": "letters/1"}, "one of the sources complaints\\."),
        ({"customer": None, "record": "complaints"}, "SOURCE/RECORD_ID"),
        ({"typed_name": " "}, "needs the name"),
        ({"reason": ""}, "needs the name"),
        ({"programme_id": "shoop"}, "knows no programme 'shoop'; it knows shop"),
        ({"settings": None}, "set TOUCHSTONE_PSEUDONYM_KEY"),
    ],
)
def test_a_removal_that_cannot_be_done_is_said_in_one_sentence(
    finished: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, given: dict[str, object], said: str
) -> None:
    monkeypatch.setenv("TOUCHSTONE_HOME", str(finished[1]))
    known = {
        "programme_id": "shop",
        "customer": PERSON,
        "record": None,
        "typed_name": "Ann",
        "reason": "asked",
        "settings": settings_at(finished[1]),
    }
    with pytest.raises(InputError, match=said) as refusal:
        remove_words(**(known | given))  # type: ignore[arg-type]
    assert PERSON not in str(refusal.value)


def test_no_words_are_removed_while_a_cycle_runs(here: Installation) -> None:
    with opened(here.settings.database_url) as ledger, locked(ledger, "shop", "2026Q3", 90), pytest.raises(LockedError):
        remove(here.settings)
    assert places_of("zq-2026Q1-003", here.settings)
