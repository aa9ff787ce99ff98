"""The HTML standard's checker over every kind of page at once: no error, and no warning but those reasoned here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.reports import pages
from tests.reports.hostile import ATTACKS, hostile_words

REASONED = (
    # It hashes a style sheet only up to the first piece that its reader hands on, and so takes the hash of a long one for wrong.
    # That browsers take the style sheet is proved in test_policy.py.
    "Inline style violates Content Security Policy",
    # What somebody wrote is shown as it was written, composed or not.
    "Text run is not in Unicode Normalization Form C",
)


def complaints(command: tuple[str, ...], folder: Path, names: list[str]) -> list[str]:
    """Return what the checker says of the files, those messages left out that are reasoned."""
    ran = subprocess.run([*command, "--format", "json", *names], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    messages = json.loads(ran.stderr)["messages"]
    return [f"{one.get('url')}: {one['message']} {one.get('extract', '')}" for one in messages if not one["message"].startswith(REASONED)]


def test_the_checker_finds_a_fault_that_is_planted_and_none_in_any_kind_of_page_or_letter(
    html_checker: tuple[str, ...], site: Path, tmp_path: Path
) -> None:
    names = list(pages.KINDS.values())
    files = {name: (site / name).read_bytes() for name in names}
    letters = {f"letters/{number}.html": letter.html.encode() for number, letter in enumerate(pages.letters(pages.RICH))}
    hostile = {"hostile.html": pages.render_report(hostile_words(pages.RICH, "".join(ATTACKS.values())))}
    planted = {"planted.html": files[pages.KINDS["report"]].replace(b"<main", b"<main><h2><p>crossed</h2></p></main><main", 1)}
    pages.write(tmp_path, files | letters | hostile | planted)
    found = complaints(html_checker, tmp_path, [*names, *letters, *hostile, *planted])
    assert [one for one in found if "planted.html" in one]
    assert [one for one in found if "planted.html" not in one] == []
