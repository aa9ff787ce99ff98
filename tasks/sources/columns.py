"""The columns that a mapping needs, and what a source has."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from config.errors import InputError
from config.sources import Source

_SHOWN_NAMES, _SHOWN_WORDS, _SHOWN_LETTERS = 12, 4, 40  # of a header: where it is broken, customers' words may stand in it


def require_columns(wanted: Sequence[str], names: Sequence[str], source: Source) -> None:
    """Raise InputError where a column that the mapping needs is not there; it names the nearest, or what there is."""
    for column in wanted:
        if column not in names:
            near = get_close_matches(column, names, n=1, cutoff=0.6)
            known = ", ".join(map(_shown, names[:_SHOWN_NAMES]))
            hint = f"did you mean {near[0]!r}?" if near else f"it has {known}{', …' if len(names) > _SHOWN_NAMES else ''}."
            raise InputError(f"source {source.id!r}: the file has no column {column!r}; {hint}")


def _shown(name: str) -> str:
    words = "".join(letter if letter.isprintable() else " " for letter in name).split()
    return " ".join(words[:_SHOWN_WORDS])[:_SHOWN_LETTERS]
