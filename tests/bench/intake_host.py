"""One intake of a large file as a process of its own: what each step takes, and the peak of its memory, as JSON on standard output."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

SAID = (
    "the delivery came late again and nobody at your office answered my letter about the broken meter so please send somebody who "
    "can repair this bill was wrong twice staff were friendly but could not help with an account number that your own web site lost"
)
WORDS = SAID.split()
PERSONAL = ("write to jane.roe@mail.example please", "call me on 617-555-0182 tonight", "my card 4111 1111 1111 1111 was charged")
CHANNELS = ("phone", "web", "mail", "desk")
AS_OF = datetime(2026, 4, 10, tzinfo=UTC)
SOURCE: dict[str, Any] = {
    "id": "cases",
    "reads": {"csv": ""},
    "pseudonymise": [],
    "columns": {
        "record_id": "id",
        "pipe": {"is": "complaint"},
        "channel": {"from": "channel", "recode": {"phone": "telephone", "web": "internet", "desk": "in_person"}},
        "occurred_at": "opened",
        "due_at": "due",
        "resolved_at": "closed",
        "customer_id": "customer",
        "category": "category",
        "region": "region",
        "product": "product",
        "text": {"join": ["title", "words"], "with": ". "},
    },
}


def write_file(path: Path, rows: int) -> None:
    """Write complaints of the first quarter of 2026, about 250 bytes each, every twentieth with something personal in it."""
    random = np.random.default_rng(7)
    with path.open("w", encoding="utf-8") as file:
        file.write("id,opened,due,closed,channel,category,region,product,customer,priority,title,words\n")
        for start in range(0, rows, 50_000):
            count = min(50_000, rows - start)
            minutes = random.integers(0, 89 * 24 * 60, count)
            opened = np.datetime64("2026-01-01T05:00") + minutes.astype("timedelta64[m]")
            words = np.array(WORDS)[random.integers(0, len(WORDS), (count, 22))]
            codes = random.integers(0, 10_000, (count, 4))
            for n in range(count):
                said = " ".join(words[n]) + (f", {PERSONAL[n % 3]}" if n % 20 == 0 else "") + f", ref {codes[n, 3]}"
                file.write(
                    f"C{start + n:09d},{opened[n]},{opened[n] + 7200},{opened[n] + int(codes[n, 0])},{CHANNELS[n % 4]},topic {codes[n, 1] % 30},"
                    f'region {codes[n, 2] % 15},product {codes[n, 3] % 40},K{codes[n, 0] * 20 + n % 20},{n % 5},About {WORDS[n % 30]},"{said}"\n'
                )


def timed(module: Any, name: str, spent: dict[str, float], step: str) -> None:
    """Put a function in the place of a module's that adds its time to a step's."""
    inner: Callable[..., Any] = getattr(module, name)

    def outer(*arguments: Any, **options: Any) -> Any:
        started = time.monotonic()
        try:
            return inner(*arguments, **options)
        finally:
            spent[step] = spent.get(step, 0.0) + time.monotonic() - started

    setattr(module, name, outer)


def main(path: str, vault: str) -> None:
    """Read, map, mask, validate and store the file, and print what it took."""
    started = time.monotonic()
    from config.periods import Quarter
    from config.sources import Source
    from tasks import intake
    from tasks import vault as vaults
    from tasks.sources import readers
    from tasks.store import open_store
    from tests.programmes import programme

    spent: dict[str, float] = {"import": time.monotonic() - started}
    for name, step in (("map_table", "map"), ("private", "mask"), ("validate_rows", "validate"), ("is_word_for_word", "duplicates")):
        timed(intake, name, spent, step)
    timed(readers, "read", spent, "read")
    timed(vaults, "put_table", spent, "store")
    source = Source.model_validate(SOURCE | {"reads": {"csv": path}})
    raw = readers.read(source, Quarter(2026, 1), {})
    taken = intake.take_in(raw, source, programme(sources=[source.model_dump(by_alias=True)]), [Quarter(2026, 1)], AS_OF, "key")
    del raw
    vaults.put_table(open_store(vault), taken.records)
    total = time.monotonic() - started
    spent["the rest"] = total - sum(spent.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    json.dump({"seconds": total, "peak_mib": peak, "steps": spent, "account": taken.account.model_dump()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
