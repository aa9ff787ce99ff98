"""Publishing: nothing is visible before all of it is there, and what makes it visible comes last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.errors import ServiceError
from tasks.publishing import publish_files, replace_file
from tasks.store import Store, open_store
from tests.services import S3Server

FILES = {
    "index.html": b"<html>",
    "summary.json": b"{}",
    "manifest.json": b'{"files": {}}',
    "validation/index.html": b"<html>v",
    "compliance.csv": b"standard\n",
}
FOLDER = "ferry/2026Q1"


@dataclass
class Watched:
    """A real store that writes down what is asked of it, and that may change bytes or stop at a call."""

    store: Store
    calls: list[tuple[str, str]] = field(default_factory=list)
    spoil: Callable[[str, bytes], bytes] = lambda _key, data: data
    stops_at: int = 10_000

    def _note(self, name: str, key: str) -> None:
        if len(self.calls) == self.stops_at:
            raise ServiceError("the store is away")
        self.calls.append((name, key))

    def put(self, key: str, data: bytes) -> None:
        self._note("put", key)
        self.store.put(key, data)

    def get(self, key: str) -> bytes:
        self._note("get", key)
        return self.spoil(key, self.store.get(key))

    def size(self, key: str) -> int | None:
        return self.store.size(key)

    def exists(self, key: str) -> bool:
        return self.store.exists(key)

    def list(self, prefix: str = "") -> tuple[str, ...]:
        return self.store.list(prefix)

    def delete(self, key: str) -> None:
        self._note("delete", key)
        self.store.delete(key)

    def move(self, source_key: str, target_key: str) -> None:
        self._note("move", target_key)
        self.store.move(source_key, target_key)

    def check(self) -> None:
        self.store.check()


@pytest.fixture(params=["folder", "s3"])
def plain(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each kind of store, empty."""
    if request.param == "folder":
        return open_store(str(tmp_path / "store"))
    s3: S3Server = request.getfixturevalue("s3")
    return open_store(f"s3://{s3.make_bucket()}", s3_endpoint=s3.endpoint)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(open_store(str(tmp_path / "store")))


def test_every_file_is_published_under_its_name_and_nothing_else_is_left(plain: Store) -> None:
    keys = publish_files(plain, "ferry", "2026Q1", FILES)
    assert keys == tuple(f"{FOLDER}/{name}" for name in FILES)
    assert {key: plain.get(key) for key in plain.list()} == dict(zip(keys, FILES.values(), strict=True))


def test_all_is_staged_then_all_read_back_and_only_then_is_anything_promoted(watched: Watched) -> None:
    publish_files(watched, "ferry", "2026Q1", FILES)
    steps = [name for name, _ in watched.calls]
    assert steps == ["put"] * 5 + ["get"] * 5 + ["move"] * 5
    assert all(key.startswith("ferry/.staging/2026Q1/") for name, key in watched.calls if name != "move")


def test_the_manifest_and_then_the_index_are_promoted_last(watched: Watched) -> None:
    publish_files(watched, "ferry", "2026Q1", FILES)
    promoted = [key.removeprefix(f"{FOLDER}/") for name, key in watched.calls if name == "move"]
    assert promoted == ["compliance.csv", "summary.json", "validation/index.html", "manifest.json", "index.html"]


@pytest.mark.parametrize("name", FILES)
def test_a_store_that_gives_back_other_bytes_stops_publication_before_anything_is_visible(name: str, watched: Watched) -> None:
    watched.spoil = lambda key, data: data + b"!" if key.endswith(f"2026Q1/{name}") else data
    with pytest.raises(ServiceError) as failure:
        publish_files(watched, "ferry", "2026Q1", FILES)
    assert str(failure.value) == f"The store gave back other bytes of {name} than were written; check the store, then run again."
    assert watched.list(FOLDER) == ()


@pytest.mark.parametrize("stops_at", range(15))
def test_wherever_it_is_interrupted_the_index_is_not_there_and_doing_it_again_ends_the_same(stops_at: int, watched: Watched) -> None:
    watched.stops_at = stops_at
    with pytest.raises(ServiceError, match="the store is away"):
        publish_files(watched, "ferry", "2026Q1", FILES)
    assert not watched.exists(f"{FOLDER}/index.html")
    assert not watched.exists(f"{FOLDER}/manifest.json") or stops_at == 14
    watched.stops_at = 10_000
    publish_files(watched, "ferry", "2026Q1", FILES)
    assert {key: watched.store.get(key) for key in watched.list()} == {f"{FOLDER}/{name}": content for name, content in FILES.items()}


def test_editions_of_a_cycle_lie_beside_each_other(watched: Watched) -> None:
    publish_files(watched, "ferry", "2026Q1", {"index.html": b"first"})
    publish_files(watched, "ferry", "2026Q1.r2", {"index.html": b"second"})
    assert watched.store.get("ferry/2026Q1/index.html") == b"first"
    assert watched.store.get("ferry/2026Q1.r2/index.html") == b"second"


def test_publishing_no_files_publishes_none(watched: Watched) -> None:
    assert publish_files(watched, "ferry", "2026Q1", {}) == ()
    assert watched.list() == ()


def test_a_file_that_may_change_is_read_back_too(watched: Watched) -> None:
    replace_file(watched, "ferry/index.html", b"one")
    replace_file(watched, "ferry/index.html", b"two")
    assert watched.store.get("ferry/index.html") == b"two"
    watched.spoil = lambda _key, _data: b"three"
    with pytest.raises(ServiceError, match=r"other bytes of ferry/index\.html"):
        replace_file(watched, "ferry/index.html", b"two")
