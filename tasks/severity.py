"""How grave what customers told us is: by columns and by words, as the programme says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from config.loop import Severity
from config.programme import Programme

NONE = -1
_ROWS_AT_ONCE = 65_536  # bounds the memory that a million texts take
_GAP = r"[\s\p{Z}]+"
_IN_A_WORD = r"\p{L}\p{M}\p{N}_"
_MASK = r"\[[a-z]+\]"  # [phone] stands where a number was: no customer said the word
_NOTHING = r"[^\s\S]"
_BREAK = " ; "  # no phrase reaches across it


def severities(feedback: pd.DataFrame, programme: Programme) -> pd.Series:
    """Return the id of the gravest severity of each record, "" where it shows none.

    A record shows a severity where all of its `where` are met and, if it names words, the text holds one of them as a whole word or
    phrase, capitals apart. The programme lists the gravest first.
    """
    texts = feedback["text"] if "text" in feedback else pd.Series(None, index=feedback.index, dtype="str")
    ranks = np.full(len(feedback), NONE)
    for rank, severity in enumerate(programme.severities):
        rows = np.flatnonzero((ranks == NONE) & _meets(feedback, severity.where))
        ranks[rows[holds_words(texts.iloc[rows], severity.words)] if severity.words else rows] = rank
    names = np.array([*(severity.id for severity in programme.severities), ""], dtype=object)
    return pd.Series(names[ranks], index=feedback.index, dtype="str", name="severity")


def holds_words(texts: pd.Series, phrases: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which texts hold one of the phrases as whole words, capitals and the width of gaps apart; what is missing holds none.

    Phrases are no patterns: every character stands for itself. A word ends where a character follows that is no letter, mark, digit
    or underscore of any script.
    """
    pattern = _pattern(phrases)
    parts = (pa.array(texts.iloc[start : start + _ROWS_AT_ONCE], pa.large_string()) for start in range(0, len(texts), _ROWS_AT_ONCE))
    held = [_matches(part, pattern) for part in parts]
    return np.concatenate(held) if held else np.zeros(0, dtype=bool)


def severe_cases(severity: pd.Series, touchpoint: pd.Series, programme: Programme) -> dict[tuple[str, str], int]:
    """Return how many records each severity that goes to leadership has at each touchpoint, "" for none: (severity, touchpoint)."""
    told = [one.id for one in programme.severities if one.is_for_leadership]
    places = [*(point.id for point in programme.touchpoints), ""]
    counts = pd.DataFrame({"severity": severity, "touchpoint": touchpoint.fillna("")}).value_counts()
    return {(one, place): int(counts[(one, place)]) for one in told for place in places if (one, place) in counts.index}


def rank_of(severity: str, programme: Programme) -> int:
    """Return how grave a severity is: 0 for the gravest; none, or one that the programme no longer names, comes last."""
    return {one.id: rank for rank, one in enumerate(programme.severities)}.get(severity, len(programme.severities))


def due_days(severity: str, programme: Programme) -> int:
    """Return the working days after the as-of in which a follow-up of this severity is due; of none, the programme's own rule."""
    hastened: Mapping[str, Severity] = {one.id: one for one in programme.severities}
    return hastened[severity].due_in_working_days if severity in hastened else programme.rules.due_in_working_days


def _meets(feedback: pd.DataFrame, where: Mapping[str, Iterable[str]]) -> npt.NDArray[np.bool_]:
    meets = np.ones(len(feedback), dtype=bool)
    for column, values in where.items():
        meets &= feedback[column].isin(list(values)).to_numpy() if column in feedback else False
    return meets


def _pattern(phrases: Sequence[str]) -> str:
    """Return what finds any of the phrases: capitals apart, composed or not, with either apostrophe and either way of writing ss."""
    written = dict.fromkeys(normalize(form, phrase.casefold()) for phrase in phrases for form in ("NFC", "NFD") if phrase.split())
    words = [_GAP.join(_either(re.escape(word)) for word in phrase.split()) for phrase in written]
    return rf"(?i)(?:^|[^{_IN_A_WORD}])(?:{'|'.join(words)})(?:$|[^{_IN_A_WORD}])" if words else _NOTHING


def _either(word: str) -> str:
    return word.replace("ss", "(?:ss|ß)").replace("’", "'").replace("'", "['’]")


def _matches(texts: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    held = _holds(texts, pattern)
    rows = np.flatnonzero(held)  # only these are read twice: masks are rare among them
    held[rows] = _holds(pc.replace_substring_regex(texts.take(pa.array(rows)), _MASK, _BREAK), pattern)
    return held


def _holds(texts: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    return np.array(pc.fill_null(pc.match_substring_regex(texts, pattern), False).to_numpy(zero_copy_only=False), dtype=bool)
