"""Words of old cycles expire: what later cycles read stays, what was promised stays provable."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.errors import ServiceError
from config.loading import freeze, load_programme
from config.periods import Quarter
from config.programme import Programme, Retention
from config.settings import Settings, load_settings
from flows.audit import verify
from flows.cycle import run_cycle
from flows.handover import EarlierCycle, Grouped, Plan, Snapshot, StepResult, Stored
from flows.keeping.retention import expire
from flows.places import open_published, open_vault
from flows.plan import look_back
from flows.run import Run, directly
from tasks.ledger.connection import Ledger
from tasks.ledger.editions import Journal
from tasks.ledger.models import Cycle, Mail, Step
from tasks.ledger.references import EXPIRED, gone
from tasks.ledger.verify import verify_ledger
from tasks.ledger.views import events
from tasks.results import Ref
from tasks.store import Store, open_store
from tasks.vault import put_bytes
from tests.flows.shop import answers, complaints, write_csv
from tests.ledgers import FERRY, foreign_lock, opened, put_lock, write
from tests.programmes import programme

LEASE = 90


def keeping(quarters: int | None, of: Programme | None = None) -> Programme:
    """A programme that keeps words for so many quarters."""
    return (of or programme()).model_copy(update={"retention": Retention.model_construct(snapshot_quarters=quarters)})


# editions made by hand


@dataclass(frozen=True)
class House:
    """A ledger and a vault in which editions are made by hand."""

    ledger: Ledger
    vault: Store

    def put(self, name: str, suffix: str = ".parquet", **inner: Ref) -> Ref:
        content = {"name": name, **{key: ref.model_dump() for key, ref in inner.items()}}
        return put_bytes(self.vault, json.dumps(content).encode(), suffix)

    def make(
        self,
        cycle: str,
        name: str = "",
        *,
        status: str = "finished",
        owner: str = FERRY,
        shared: str = "",
        is_draft: bool = False,
    ) -> dict[str, Ref]:
        """Write an edition with a snapshot, causes, findings, a summary and a mail; return their references by name."""
        name = name or cycle
        refs = {part: self.put(f"{name} {part}") for part in ("pulled", "feedback", "ratings")}
        refs |= {"quarantine": self.put(shared or f"{name} quarantine"), "assignments": self.put(f"{name} assignments")}
        refs |= {part: self.put(f"{name} {part}", ".json") for part in ("causes", "model", "findings")}
        refs |= {"inner": self.put(f"{name} inner"), "mail": self.put(f"{name} mail", ".eml")}
        refs |= {"summary": self.put(f"{name} summary", ".json", inner=refs["inner"])}
        snapshot = Snapshot(
            **{part: refs[part] for part in ("feedback", "ratings", "quarantine")},
            accounts=(), refreshed=(), rules=(), gate=(), known=(), unplaced=0, records=0, answers=0,
        )  # fmt: skip
        grouped = Grouped(**{part: refs[part] for part in ("causes", "assignments", "model")}, texts=0, without_cause=0)
        steps: dict[str, StepResult] = {"pull": Stored(ref=refs["pulled"]), "snapshot": snapshot, "causes": grouped}
        steps |= {part: Stored(ref=refs[part]) for part in ("findings", "summary")}
        write(
            self.ledger,
            _cycle(owner, name, cycle, status, is_draft),
            *(_step(owner, name, step, result.model_dump_json()) for step, result in steps.items()),
            _mail(owner, name, refs["mail"]),
            programme=owner,
        )
        return refs

    def plan(self, edition: str, result: Plan) -> None:
        write(self.ledger, _step(FERRY, edition, "plan", result.model_dump_json()))

    def expire(self, quarters: int | None = 5) -> int:
        return expire(self.ledger, self.vault, keeping(quarters), LEASE)

    def kept(self, refs: Mapping[str, Ref]) -> set[str]:
        """The names of those that are still there."""
        return {name for name, ref in refs.items() if self.vault.exists(ref.uri)}


def _cycle(owner: str, edition: str, cycle: str, status: str, is_draft: bool) -> Cycle:
    empty = {"versions": "{}", "reason": "", "error": "", "opened_at": cycle, "closed_at": "", "programme_sha256": ""}
    return Cycle(
        programme=owner, edition=edition, cycle=cycle, revision=1, is_draft=is_draft, attempt=1, status=status,
        as_of=datetime(2026, 1, 1, tzinfo=UTC).isoformat(), frozen=freeze(programme()), **empty,
    )  # fmt: skip


def _step(owner: str, edition: str, name: str, output: str) -> Step:
    return Step(
        programme=owner, edition=edition, attempt=1, name=name, status="done", output=output, error="", started_at="", ended_at=""
    )  # fmt: skip


def _mail(owner: str, edition: str, body: Ref) -> Mail:
    fixed = {"audience": "a", "recipient": "a@b.example", "subject": "", "status": "sent", "detail": ""}
    return Mail(message_id=f"<{owner}-{edition}@x>", programme=owner, edition=edition, body=body.model_dump_json(), **fixed)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        yield House(ledger, open_store(str(tmp_path / "vault")))


QUARTERS = [str(Quarter(2024, 1).back(-number)) for number in range(8)]  # 2024Q1 to 2025Q4
ALL = {"pulled", "feedback", "ratings", "quarantine", "assignments", "causes", "model", "findings", "inner", "mail", "summary"}


def test_of_seven_finished_quarters_the_newest_five_keep_their_words(house: House) -> None:
    made = {cycle: house.make(cycle) for cycle in QUARTERS[:7]}
    assert house.expire() == 2 * len(ALL)
    assert [house.kept(refs) for refs in made.values()] == [set(), set(), ALL, ALL, ALL, ALL, ALL]
    assert house.expire() == 0
    assert verify_ledger(house.ledger, FERRY).problems == ()
    (event,) = [event for event in events(house.ledger, FERRY) if event.kind == EXPIRED]
    assert gone(house.ledger, FERRY) == {ref.uri for cycle in QUARTERS[:2] for ref in made[cycle].values()}
    assert made[QUARTERS[0]]["feedback"].sha256 in event.payload


@pytest.mark.parametrize("quarters", [None, 5])
def test_nothing_expires_where_none_is_too_old_or_no_rule_is_set(house: House, quarters: int | None) -> None:
    made = {cycle: house.make(cycle) for cycle in QUARTERS[: 4 if quarters else 8]}
    house.make("2020Q1", status="not_publishable")
    before = len(events(house.ledger, FERRY))
    assert house.expire(quarters) == 0
    assert {frozenset(house.kept(refs)) for refs in made.values()} == {frozenset(ALL)}
    assert len(events(house.ledger, FERRY)) == before  # not even a lock


def test_what_is_shared_with_a_younger_edition_a_draft_of_it_or_another_programme_stays(house: House) -> None:
    old = [house.make(QUARTERS[0], shared="the same"), house.make(QUARTERS[0], "2024Q1.draft1", shared="elsewhere", is_draft=True)]
    for cycle in QUARTERS[1:6]:
        house.make(cycle)
    house.make(QUARTERS[5], "2025Q2.draft1", shared="the same", is_draft=True)
    house.make(QUARTERS[0], owner="tram", shared="elsewhere", name="2024Q1.tram")
    house.expire()
    assert [house.kept(refs) for refs in old] == [{"quarantine"}, {"quarantine"}]


def test_what_only_the_inside_of_a_younger_result_refers_to_stays(house: House) -> None:
    old = house.make(QUARTERS[0])
    for cycle in QUARTERS[1:6]:
        house.make(cycle)
    write(house.ledger, _step(FERRY, QUARTERS[5], "more", Stored(ref=house.put("more", ".json", inner=old["feedback"])).model_dump_json()))
    house.expire()
    assert house.kept(old) == {"feedback"}


@pytest.mark.parametrize("status", ["running", "interrupted", "failed", "awaiting_approval"])
def test_what_an_unfinished_edition_refers_to_stays_and_so_does_what_it_builds_on(house: House, status: str) -> None:
    oldest = house.make(QUARTERS[0])
    unfinished = house.make(QUARTERS[1], status=status)
    house.plan(QUARTERS[1], Plan(earlier=(), cause_model=oldest["model"], follow_ups=()))
    for cycle in QUARTERS[2:7]:
        house.make(cycle)
    house.expire()
    assert house.kept(unfinished) == ALL
    assert house.kept(oldest) == {"model"}


@pytest.mark.parametrize("status", ["not_publishable", "rejected"])
def test_what_begins_anew_with_its_next_run_expires(house: House, status: str) -> None:
    old = house.make(QUARTERS[0], status=status)
    for cycle in QUARTERS[1:6]:
        house.make(cycle)
    house.expire()
    assert house.kept(old) == set()


def test_what_finished_cycles_were_built_on_is_not_kept_for_them(house: House) -> None:
    old = house.make(QUARTERS[0])
    earlier = EarlierCycle(
        cycle=QUARTERS[0], edition=QUARTERS[0], as_of=datetime(2026, 1, 1, tzinfo=UTC), feedback=old["feedback"], ratings=old["ratings"],
        findings=old["findings"], cause_model=old["model"], sources={},
    )  # fmt: skip
    for cycle in QUARTERS[1:6]:
        house.make(cycle)
        house.plan(cycle, Plan(earlier=(earlier,), cause_model=old["model"], follow_ups=()))
    house.expire()
    assert house.kept(old) == set()


def test_everything_that_the_next_cycle_or_a_revision_of_the_newest_looks_back_at_is_kept(house: House, tmp_path: Path) -> None:
    made = {cycle: house.make(cycle) for cycle in QUARTERS[:7]}
    before = {cycle: look_back(_run(house, cycle)) for cycle in (QUARTERS[6], QUARTERS[7])}
    assert house.expire() > 0
    assert {cycle: look_back(_run(house, cycle)) for cycle in before} == before
    assert [len(plan.earlier) for plan in before.values()] == [4, 4]
    for plan in before.values():
        refs = [ref for one in plan.earlier for ref in (one.feedback, one.ratings, one.findings, one.cause_model)]
        assert all(house.vault.exists(ref.uri) for ref in refs)
    assert before[QUARTERS[7]].cause_model == made[QUARTERS[6]]["model"]


def test_a_revision_of_an_old_cycle_builds_on_nothing_that_has_expired(house: House) -> None:
    for cycle in QUARTERS[:7]:
        house.make(cycle)
    house.expire()
    assert [one.cycle for one in look_back(_run(house, QUARTERS[4])).earlier] == [QUARTERS[3], QUARTERS[2]]
    assert look_back(_run(house, QUARTERS[2])).cause_model is None


def _run(house: House, cycle: str) -> Run:
    journal = Journal(house.ledger, FERRY, cycle, 1, "t")
    return Run(
        programme=keeping(5), programme_sha256="", quarter=Quarter.parse(cycle), edition=cycle, as_of=datetime(2026, 1, 1, tzinfo=UTC),
        is_draft=False, revision_reason="", versions={}, settings=load_settings(), vault=house.vault, store=house.vault, journal=journal,
        call=directly,
    )  # fmt: skip


def test_a_deletion_that_was_cut_off_is_completed_by_the_next_call(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {cycle: house.make(cycle) for cycle in QUARTERS[:7]}
    original, deleted = type(house.vault).delete, []

    def cut_off(store: Store, key: str) -> None:
        if len(deleted) == 7:
            raise ServiceError("the power is gone")
        deleted.append(key)
        original(store, key)  # type: ignore[arg-type]

    monkeypatch.setattr(type(house.vault), "delete", cut_off)
    with pytest.raises(ServiceError):
        house.expire()
    monkeypatch.undo()
    assert house.expire() == 2 * len(ALL) - 7
    assert [house.kept(refs) for refs in made.values()][:3] == [set(), set(), ALL]
    assert [event.kind for event in events(house.ledger, FERRY)].count(EXPIRED) == 1


def test_nothing_expires_while_a_run_holds_the_lock(house: House) -> None:
    made = [house.make(cycle) for cycle in QUARTERS[:7]]
    put_lock(house.ledger, foreign_lock(60))
    assert house.expire() == 0
    assert house.kept(made[0]) == ALL


# real cycles


@pytest.fixture
def settings() -> Settings:
    return load_settings()


def expire_here(settings: Settings, shop: Path, quarters: int) -> int:
    with opened(settings.database_url) as ledger:
        return expire(ledger, open_vault(settings), keeping(quarters, load_programme(shop)), LEASE)


def run(shop: Path, cycle: str) -> Path:
    return Path(run_cycle(shop, cycle, as_of=as_of(shop, cycle)).place).parent


def test_after_expiry_the_next_cycle_runs_and_audit_verify_passes_and_finds_what_is_gone_otherwise(shop: Path, settings: Settings) -> None:
    run(shop, "2026Q1")
    run(shop, "2026Q2")
    published = files_in(settings)
    assert expire_here(settings, shop, quarters=1) > 0
    assert verify("shop")["problems"] == []
    assert files_in(settings) == published
    vault, snapshot = open_vault(settings), snapshot_of(settings, "2026Q2")
    old = snapshot_of(settings, "2026Q1")
    assert [vault.exists(ref.uri) for ref in (old.feedback, old.ratings, old.quarantine)] == [
        False,
        False,
        True,
    ]  # nothing was quarantined in either
    add_quarter(shop)
    (shop.parent / "complaints-2026Q1.csv").unlink()
    run(shop, "2026Q3")
    assert verify("shop")["problems"] == []
    vault.delete(snapshot.feedback.uri)
    vault.put(snapshot.ratings.uri, b"altered")
    assert verify("shop")["problems"] == [
        f"{snapshot.feedback.uri} in the vault, of the snapshot of 2026Q2, is gone, and no event says that it expired or was removed",
        f"{snapshot.ratings.uri} in the vault, of the snapshot of 2026Q2, was changed after it was written",
    ]


def snapshot_of(settings: Settings, edition: str) -> Snapshot:
    with opened(settings.database_url) as ledger, ledger.transaction() as session:
        return Snapshot.model_validate_json(session.get_one(Step, ("shop", edition, 1, "snapshot")).output)


def files_in(settings: Settings) -> dict[str, bytes]:
    store = open_published(settings, is_draft=False)
    return {key: store.get(key) for key in store.list()}


def add_quarter(shop: Path, cycle: str = "2026Q3") -> None:
    """Write the files of one more quarter."""
    start, _ = load_programme(shop).span(Quarter.parse(cycle))
    write_csv(shop.parent / f"complaints-{cycle}.csv", complaints(cycle, start + timedelta(days=1, hours=10)))
    write_csv(shop.parent / f"survey-{cycle}.csv", answers(cycle, start + timedelta(days=1, hours=10)))


@pytest.mark.soak
def test_with_five_quarters_kept_a_cycle_publishes_the_same_bytes_as_with_all(shop: Path, tmp_path: Path) -> None:
    quarters = [str(Quarter(2026, 3).back(6 - number)) for number in range(7)]
    for cycle in quarters:
        add_quarter(shop, cycle)
    with_all, with_five = (load_settings(home=tmp_path / name) for name in ("all", "five"))
    for cycle in quarters[:6]:
        run_cycle(shop, cycle, as_of=as_of(shop, cycle), settings=with_all)
    shutil.copytree(with_all.home, with_five.home)
    assert expire_here(with_five, shop, quarters=5) > 0
    for cycle in quarters[:6]:
        (shop.parent / f"complaints-{cycle}.csv").unlink()  # what is known of them is in the snapshots
        (shop.parent / f"survey-{cycle}.csv").unlink()
    pages = [Path(run_cycle(shop, quarters[6], as_of=as_of(shop, quarters[6]), settings=one).place).parent for one in (with_all, with_five)]
    here, there = (
        {path.name: path.read_bytes() for path in page.rglob("*") if path.is_file() and path.name != "seal.json"} for page in pages
    )
    assert here == there
    assert b"not_comparable" not in here["compliance.csv"]
    assert [verify("shop", one)["problems"] for one in (with_all, with_five)] == [[], []]


def as_of(shop: Path, cycle: str) -> datetime:
    return load_programme(shop).span(Quarter.parse(cycle))[1] + timedelta(days=9, hours=9)
