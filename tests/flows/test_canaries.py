"""A thousand canaries in every field that can hold words go through a whole cycle: no byte that it writes holds one of them."""

from __future__ import annotations

import email
import gzip
import io
import re
import sqlite3
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from email import policy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.canaries import Canary, canaries
from tests.flows.shop import AS_OF, STARTS, WORDS, complaints, write_csv, write_shop

CYCLE = "2026Q1"
COLUMNS = """\
      text: words
      customer_id: customer
      customer_name: name
      channel: way
      remark: remark
    pseudonymise: [record_id]
"""
NEEDLE = 8  # bytes of a canary that are compared at every place first
pytestmark = pytest.mark.usefixtures("harness")


def write_rows(shop: Path) -> list[Canary]:
    """Write the quarter's complaints: ten fields a row, most of them canaries; every other row ends in quarantine."""
    left = canaries()
    rows = []
    plain = complaints(CYCLE, STARTS[CYCLE])
    for n in range(len(left) // 8):
        row = plain[n % len(plain)] | {"id": f"{plain[n % len(plain)]['id']}-{n}", "entered_by": "customer"}
        words = WORDS[row["about"]].format(n=n)
        eight = [canary.text for canary in left[8 * n : 8 * n + 8]]
        one, two, three, four, five, six, seven, last = eight[n % 8 :] + eight[: n % 8]  # each kind comes into each field
        row |= {
            "words": f"{words}. {one}, {two}",
            "customer": three,
            "name": four,
            "remark": f"reach me: {five}",
            "id": f"{six} {n}",
            "way": "email",
        }
        if n % 3 == 0:
            row["about"] = seven
        if n % 3 == 1:
            row["way"] = seven
        if n % 3 == 2:
            row["closed"] = seven
        row["entered_by"] = last if n % 5 == 0 else "customer"
        row["remark"] += "" if n % 5 == 0 else f" {last}"
        rows.append(row)
    rows += [row | {"customer": f"C-{n}", "name": "", "remark": "", "way": "email"} for n, row in enumerate(plain)]
    write_csv(shop.parent / f"complaints-{CYCLE}.csv", rows)
    return left


def write_canary_shop(folder: Path) -> tuple[Path, list[Canary]]:
    shop = write_shop(folder)
    programme = shop.read_text().replace("      text: words\n", COLUMNS).replace("at_most: 0.05", "at_most: 0.99")
    shop.write_text(programme.replace("    keep: {entered_by: [customer]}\n", "    drop: {entered_by: [staff]}\n"))
    return shop, write_rows(shop)


def readable(path: Path) -> Iterator[bytes]:
    """Yield all that a file says: its bytes, and what is packed or encoded in them."""
    content = path.read_bytes()
    yield content
    if content[:4] == b"PAR1":
        yield pd.read_parquet(io.BytesIO(content)).to_csv().encode()
    elif content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from map(archive.read, archive.namelist())
    elif content[:16] == b"SQLite format 3\0":
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            yield "\n".join(database.iterdump()).encode()
        database.close()
    elif content[:5] == b"%PDF-":
        yield from (zlib.decompressobj().decompress(part) for part in re.findall(rb"stream\r?\n(x.*?)endstream", content, re.DOTALL))
    elif path.suffix == ".eml":
        for part in email.message_from_bytes(content, policy=policy.default).walk():
            yield part.get_payload(decode=True) or b""


def needles(all_canaries: list[Canary]) -> dict[bytes, Canary]:
    """Return what gives each canary away: as it was written, in its plain form, and its digits or letters alone."""
    found = {}
    for canary in all_canaries:
        plain = unicodedata.normalize("NFKC", canary.text).replace("\u200b", "")
        digits = re.sub(r"\D", "", plain)
        letters = [mark for mark in canary.marks if not mark.isdigit()]
        forms = {canary.text, plain, *letters, *(mark.upper() for mark in letters), *([digits] if len(digits) > NEEDLE else [])}
        found |= {form.encode(): canary for form in forms if len(form.encode()) >= NEEDLE}
    return found


def canaries_in(content: bytes, wanted: dict[bytes, Canary]) -> set[Canary]:
    """Return the canaries in some bytes; every place is compared with the first eight bytes of all of them at once."""
    if len(content) < NEEDLE:
        return set()
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(content, dtype=np.uint8), NEEDLE)
    heads = np.frombuffer(np.ascontiguousarray(windows).tobytes(), dtype=np.uint64)
    first = {np.frombuffer(needle[:NEEDLE], dtype=np.uint64)[0] for needle in wanted}
    places = np.flatnonzero(np.isin(heads, np.array(sorted(first), dtype=np.uint64)))
    near = b"\n".join(content[place : place + 200] for place in places.tolist())
    return {canary for needle, canary in wanted.items() if needle in near}


def test_no_byte_that_a_cycle_under_prefect_writes_holds_a_canary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from prefect.settings import get_current_settings

    from flows.service.orchestrated import cycle_flow

    monkeypatch.setenv("DATA", str(tmp_path / "shop"))
    monkeypatch.setenv("TOUCHSTONE_PSEUDONYM_KEY", "a key of the test")
    monkeypatch.setenv("TOUCHSTONE_QUARANTINE_DAYS", "0")  # the copy of whole rows, which is unmasked on purpose
    shop, all_canaries = write_canary_shop(tmp_path / "shop")
    wanted = needles(all_canaries)
    assert canaries_in((tmp_path / "shop" / f"complaints-{CYCLE}.csv").read_bytes(), wanted) == set(all_canaries)

    outcome = cycle_flow(str(shop), CYCLE, as_of=AS_OF[CYCLE])

    assert outcome.status == "finished"
    database = Path(get_current_settings().server.database.connection_url.get_secret_value().partition("///")[2])
    written = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert {".parquet", ".eml", ".html", ".db"} <= {path.suffix for path in written}
    said = "".join(capfd.readouterr())
    databases = [path for path in database.parent.glob(f"{database.name}*") if path.is_file()]
    assert b"shop 2026Q1" in b"".join(path.read_bytes() for path in databases)
    for name, content in [*((path.name, part) for path in (*written, *databases) for part in readable(path)), ("log", said.encode())]:
        assert canaries_in(content, wanted) == set(), name
    kept = pd.concat(pd.read_parquet(path) for path in written if path.suffix == ".parquet")
    assert kept["rule"].notna().sum() > 40  # rows in quarantine are among what was searched
    assert {"[email]", "[phone]", "[card]", "[iban]", "[id]", "[handle]", "[url]"} <= set(
        re.findall(r"\[[a-z]+\]", " ".join(kept["text"].dropna()))
    )
