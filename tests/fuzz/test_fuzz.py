"""Source files damaged on purpose: either the rows reconcile and none is lost, or one clear sentence is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.fuzz.checks import described, problems
from tests.fuzz.damaged import damaged

_SHOWN = 20


def assert_no_problems(seeds: Iterable[int], folder: Path, taken_in_every: int) -> None:
    found = [described(seed, wrong) for seed in seeds if (wrong := problems(seed, folder, is_taken_in=seed % taken_in_every == 0))]
    assert not found, f"{len(found)} files; tests.fuzz.damaged.damaged(seed) makes each again:\n" + "\n".join(found[:_SHOWN])


def test_three_hundred_damaged_files_are_read_whole_or_refused_in_a_sentence_and_every_fifteenth_is_taken_in(tmp_path: Path) -> None:
    assert_no_problems(range(300), tmp_path, taken_in_every=15)


@pytest.mark.fuzz
def test_three_thousand_damaged_files_are_read_whole_or_refused_in_a_sentence_and_every_third_is_taken_in(tmp_path: Path) -> None:
    assert_no_problems(range(1_000, 4_000), tmp_path, taken_in_every=3)


def test_a_seed_makes_the_same_file_again_and_all_kinds_come_in_whole_and_damaged() -> None:
    files = [damaged(seed) for seed in range(300)]
    assert [file.content for file in files[::20]] == [damaged(seed).content for seed in range(0, 300, 20)]
    kinds = Counter(file.name.split(".")[1] for file in files)
    assert set(kinds) == {"csv", "qualtrics", "jsonl", "xlsx", "parquet"}
    assert min(kinds.values()) > 20
    assert 20 < sum(not file.damages for file in files) < 150
    assert sum(bool(file.tokens) for file in files) > 100
    assert sum(file.count is not None for file in files) > 100
