"""The history site of a shop whose cycles were really run: read back from the store, joined with the ledger, kept up to date."""

from __future__ import annotations

import getpass
import json
import posixpath
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from config.errors import ServiceError
from config.settings import Settings, load_settings
from flows.cycle import prepared_run, run_cycle
from flows.follow_ups import update_follow_up
from flows.handover import Published
from flows.history_site import history_files, replace_history
from flows.run import Run, directly
from reports.history_record import FOLLOW_UPS_PAGE, INDEX_PAGE, ledger_page
from tasks.ledger.editions import Journal, get_edition, output_of
from tasks.ledger.journal import append
from tasks.ledger.outbox import REFUSED, mails_of, mark
from tasks.ledger.views import editions, events, follow_ups
from tasks.results import CycleSummary, HistoryEntry
from tasks.store import Store
from tests.flows.shop import AS_OF, write_shop
from tests.ledgers import opened
from tests.reports.markup import plain, read

EDITIONS = ("2026Q1", "2026Q1.r2", "2026Q2")
WHY = "a file was missing"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a shop with a first quarter, its revision, and a second quarter."""
    folder = tmp_path_factory.mktemp("history")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA", str(folder / "shop"))
        shop, settings = write_shop(folder / "shop"), load_settings(home=folder / "home")
        for cycle, reason in (("2026Q1", ""), ("2026Q1", WHY), ("2026Q2", "")):
            run_cycle(shop, cycle, as_of=AS_OF[cycle], revision_reason=reason, settings=settings)
        yield folder / "home"


@dataclass(frozen=True)
class Desk:
    """What promote() has at hand when it publishes an edition."""

    run: Run
    newest: CycleSummary
    entries: tuple[HistoryEntry, ...]
    names: frozenset[str]

    @property
    def root(self) -> Path:
        return Path(str(self.run.store.root))  # type: ignore[attr-defined]

    def files(self) -> dict[str, bytes]:
        return history_files(self.run, self.newest, self.entries, self.names)


@pytest.fixture
def settings(finished: Path, tmp_path: Path) -> Settings:
    shutil.copytree(finished, tmp_path / "here")
    return load_settings(home=tmp_path / "here")


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with opened(settings.database_url) as ledger:
        row = get_edition(ledger, "shop", "2026Q2")
        assert row is not None
        run = prepared_run(Journal(ledger, "shop", "2026Q2", row.attempt, ""), row, settings, directly)
        outputs = [output_of(ledger, edition, "publish") for edition in editions(ledger, "shop")]
        entries = tuple(entry for output in outputs if output and (entry := Published.model_validate_json(output).entry))
        names = {key.removeprefix("shop/2026Q2/") for key in run.store.list("shop/2026Q2/")}
        newest = CycleSummary.model_validate_json(run.store.get("shop/2026Q2/summary.json"))
        yield Desk(run, newest, entries, frozenset(names))


def pages_in(store: Store) -> dict[str, bytes]:
    return {key.removeprefix("shop/"): store.get(key) for key in store.list("shop/history/")}


def test_every_edition_is_on_the_index_and_the_newest_of_each_cycle_is_told_across_quarters(desk: Desk) -> None:
    files = desk.files()
    rows = [plain(row.text) for row in read(files[INDEX_PAGE]).all("tr")]
    assert [row.split()[0] for row in rows[1:4]] == ["2026Q2", "2026Q1.r2", "2026Q1"]
    assert f"Revised. Reason: {WHY}" in rows[2]
    assert "Replaced by 2026Q1.r2." in rows[3]
    standard = read(files["history/standards/door-on-time--door.html"])
    assert [plain(row.text).split()[0] for row in standard.all("tr")[1:]] == ["2026Q2", "2026Q1.r2"]


def test_figures_are_those_of_the_published_summaries(desk: Desk) -> None:
    files = desk.files()
    for edition in ("2026Q1.r2", "2026Q2"):
        summary = CycleSummary.model_validate_json(desk.run.store.get(f"shop/{edition}/summary.json"))
        for row in summary.standards:
            page = read(files[f"history/standards/{row.standard}--{row.touchpoint}.html"])
            told = plain(page.by_id(f"quarter-{summary.cycle}").text)
            assert f"{row.met} of {row.n} decided cases met" in told
        for cause in summary.causes:
            assert f"{cause.size} texts" in plain(read(files[f"history/causes/{cause.id}.html"]).text)


def test_every_link_leads_to_a_page_or_to_a_file_that_is_in_the_store(desk: Desk) -> None:
    replace_history(desk.run, desk.files())
    for path in (INDEX_PAGE, *pages_in(desk.run.store)):
        for link in read(desk.run.store.get(f"shop/{path}")).values("href"):
            if not link.startswith(("#", "data:")):
                target = posixpath.normpath(posixpath.join("shop", posixpath.dirname(path), unquote(link.partition("#")[0])))
                assert desk.run.store.exists(target), (path, link)


def test_no_page_names_the_machine_a_path_or_more_of_an_actor_than_the_name(desk: Desk, settings: Settings) -> None:
    whole = b"\n".join(desk.files().values())
    actor = events(desk.run.journal.ledger, "shop")[0].actor
    assert actor.partition("@")[2] == socket.gethostname()
    assert actor.encode() not in whole
    assert str(settings.home).encode() not in whole
    assert f">{getpass.getuser()}</td>".encode() in whole


def test_the_ledgers_events_of_each_edition_are_on_its_page_with_their_hashes(desk: Desk) -> None:
    files = desk.files()
    recorded = events(desk.run.journal.ledger, "shop")
    for edition in EDITIONS:
        own = [event for event in recorded if event.edition == edition]
        page = read(files[ledger_page(edition)])
        assert [row.text.split()[0] for row in page.all("tr")[1:]] == [str(event.seq) for event in own]
        assert all(event.hash in page.text for event in own)
    assert "step.done: causes" in plain(read(files[ledger_page("2026Q2")]).text)


def test_the_seal_of_an_edition_names_an_event_of_its_page(desk: Desk) -> None:
    seal = json.loads(desk.run.store.get("shop/2026Q2/seal.json"))
    page = read(desk.files()[ledger_page("2026Q2")])
    row = page.by_id(f"event-{seal['event']}")
    assert "the seal names this one" in row.text
    assert seal["head"] in row.text


def test_what_a_person_did_since_the_report_is_on_the_page_of_follow_ups(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHSTONE_HOME", str(settings.home))
    one = next(one for one in follow_ups(desk.run.journal.ledger, "shop", only_open=True))
    update_follow_up("shop", one.id, "accepted", note="<b>we begin</b>", typed_name="Ann")
    text = plain(read(desk.files()[FOLLOW_UPS_PAGE]).by_id(f"follow-up-{one.id}").text)
    assert "accepted" in text
    assert "<b>we begin</b>" in text


def test_of_a_follow_up_the_figures_are_the_published_ones_and_never_the_ledgers(desk: Desk) -> None:
    hidden = tuple(one.model_copy(update={"evidence": "of too few customers to be told"}) for one in desk.newest.follow_ups)
    page = replace(desk, newest=desk.newest.model_copy(update={"follow_ups": hidden})).files()[FOLLOW_UPS_PAGE]
    known = follow_ups(desk.run.journal.ledger, "shop", only_open=False)
    assert known
    assert not [one for one in known if one.evidence in read(page).text]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("gone", "is no longer in the store"),
        ("changed", "is not the one that was published"),
        ("old", "was written by another version of Touchstone, which this one cannot read"),
        ("unsafe", "names what can be no file"),
    ],
)
def test_a_summary_that_cannot_be_used_is_left_out_and_the_index_says_why(desk: Desk, damage: str, reason: str) -> None:
    path = desk.root / "shop" / "2026Q1.r2" / "summary.json"
    content = json.loads(path.read_text())
    if damage == "old":
        content["no_such_field"] = 1
    if damage == "unsafe":
        content["causes"][0]["id"] = "../../up"
    path.write_text(json.dumps(content))
    if damage == "gone":
        path.unlink()
    recorded = desk.files() if damage in ("gone", "changed") else _without_records(desk).files()
    assert f"2026Q1.r2 is left out of the pages across quarters: its summary.json {reason}." in read(recorded[INDEX_PAGE]).text
    standard = read(recorded["history/standards/door-on-time--door.html"])
    rows = [plain(row.text) for row in standard.all("tr")[1:]]
    assert rows[0].startswith("2026Q2 ")
    assert all("no report of that quarter is read here" in row for row in rows[1:])


def _without_records(desk: Desk) -> Desk:
    """Return the desk over a ledger that knows no hash of that file, as one of an older version might."""
    with desk.run.journal.ledger.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM objects WHERE key = 'shop/2026Q1.r2/summary.json'")
    return desk


def test_a_store_that_does_not_answer_stops_it_instead_of_thinning_the_history(desk: Desk) -> None:
    class Silent:
        def __getattr__(self, name: str) -> object:
            raise ServiceError("The store does not answer.")

    with pytest.raises(ServiceError):
        replace(desk, run=replace(desk.run, store=Silent())).files()  # type: ignore[arg-type]


def test_an_older_edition_that_is_published_again_leaves_the_newest_quarter_the_newest(desk: Desk) -> None:
    older = CycleSummary.model_validate_json(desk.run.store.get("shop/2026Q1/summary.json"))
    names = frozenset(key.removeprefix("shop/2026Q1/") for key in desk.run.store.list("shop/2026Q1/"))
    again, files = replace(desk, newest=older, names=names).files(), desk.files()
    differing = [name for name in files if again[name] != files[name]]
    assert again.keys() == files.keys()
    assert differing == []


def test_an_edition_of_which_the_ledger_does_not_know_yet_that_it_is_published_is_in_it(desk: Desk) -> None:
    newest = desk.newest.model_copy(update={"edition": "2026Q2.r2", "headline": "A new headline.", "revision_reason": "again"})
    entry = desk.entries[-1].model_copy(update={"edition": "2026Q2.r2", "headline": "A new headline.", "revision_reason": "again"})
    files = replace(desk, newest=newest, entries=(entry, *desk.entries)).files()
    assert "A new headline." in read(files[INDEX_PAGE]).text
    assert read(files[ledger_page("2026Q2.r2")]).text.count("The ledger names none.") == 1
    assert "../../2026Q2.r2/index.html#standard-on-time-all" in read(files["history/standards/on-time--all.html"]).values("href")


def test_a_draft_tells_of_itself_alone(desk: Desk) -> None:
    newest = desk.newest.model_copy(update={"edition": "2026Q2.draft1", "is_draft": True})
    entry = desk.entries[-1].model_copy(update={"edition": "2026Q2.draft1"})
    draft = replace(desk, run=replace(desk.run, is_draft=True, edition="2026Q2.draft1"), newest=newest, entries=(entry,))
    files = draft.files()
    assert [path for path in files if path.startswith("history/ledger/")] == [ledger_page("2026Q2.draft1")]
    links = {link for content in files.values() for link in read(content).values("href")}
    assert not [link for link in links if "2026Q1.r2" in link or "2026Q1/" in link]
    assert len(read(files["history/standards/on-time--all.html"]).all("tr")) == 3  # its head, its quarter, and the one before as restated


def test_what_became_of_the_mails_of_earlier_cycles_is_told_and_a_draft_tells_of_none(desk: Desk) -> None:
    ledger = desk.run.journal.ledger
    mail = mails_of(ledger, "shop", "2026Q1")[0]
    mark(ledger, mail.message_id, REFUSED, "550 no such user")
    told = plain(read(desk.files()[ledger_page("2026Q1")]).by_id("mails").text)
    assert f"{mail.recipient} {mail.audience} refused 550 no such user" in told
    draft = replace(desk, run=replace(desk.run, is_draft=True))
    assert not [path for path, content in draft.files().items() if b'id="mails"' in content]


def test_events_of_editions_that_were_never_published_have_a_page_of_their_own(desk: Desk) -> None:
    assert ledger_page("other") not in desk.files()
    ledger = desk.run.journal.ledger
    with ledger.transaction() as session:
        event = append(session, ledger, "shop", "2026Q3.draft1", "noted", step="plan")
    page = read(desk.files()[ledger_page("other")])
    assert "noted: plan 2026Q3.draft1" in plain(page.by_id(f"event-{event.seq}").text)


def test_pages_that_did_not_change_are_not_written_again_and_those_that_nothing_leads_to_are_removed(desk: Desk) -> None:
    files = desk.files()
    desk.run.store.put("shop/history/causes/2020Q1-01.html", b"of a cause that a revision no longer finds")
    replace_history(desk.run, files)
    assert pages_in(desk.run.store) == {name: content for name, content in files.items() if name != INDEX_PAGE}
    assert desk.run.store.get("shop/index.html") == files[INDEX_PAGE]
    written = {path: path.stat().st_mtime_ns for path in (desk.root / "shop" / "history").rglob("*.html")}
    replace_history(desk.run, files | {FOLLOW_UPS_PAGE: b"changed"})
    changed = [path for path, at in written.items() if path.stat().st_mtime_ns != at]
    assert [path.name for path in changed] == ["follow-ups.html"]


def test_reports_themselves_are_left_as_they_are(desk: Desk) -> None:
    reports = {key: desk.run.store.get(key) for key in desk.run.store.list("shop/2026")}
    replace_history(desk.run, desk.files())
    assert {key: desk.run.store.get(key) for key in desk.run.store.list("shop/2026")} == reports
