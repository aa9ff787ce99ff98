"""One person's words: finding them in tables and results, and taking them out; the rows and figures stay.

Whose they are is said by subjects: `customer:<pseudonym>` or `record:<source>/<record_id>`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pandas as pd

from config.programme import Programme
from config.tables import FEEDBACK_COLUMNS, FEEDBACK_REQUIRED, FILLED_BY_US
from tasks.causes.texts import plain
from tasks.results import Quote

NOTE = "[removed on request]"  # stands where a quote was
VECTOR = "vector"  # the column of what a text was turned into, from which words can be guessed
_CUSTOMER, _RECORD = "customer:", "record:"

Texts = Mapping[str, Collection[str]]  # by record_id, all that the person's records of that id ever said


def customer_subject(pseudonym: str) -> str:
    """Return the subject that stands for all records of a customer."""
    return f"{_CUSTOMER}{pseudonym}"


def record_subject(source: str, record_id: str) -> str:
    """Return the subject that stands for one record."""
    return f"{_RECORD}{source}/{record_id}"


def holds_feedback(columns: Collection[str]) -> bool:
    """Return whether a table of these columns holds what customers wrote, or the vectors of it."""
    return set(FEEDBACK_REQUIRED) <= set(columns) or {"source", "record_id", VECTOR} <= set(columns)


def is_of(feedback: pd.DataFrame, subjects: Collection[str]) -> pd.Series:
    """Return which rows belong to one of the subjects."""
    theirs: pd.Series = (_RECORD + feedback["source"] + "/" + feedback["record_id"]).isin(list(subjects))
    if "customer_id" in feedback:
        theirs |= (_CUSTOMER + feedback["customer_id"]).isin(list(subjects))
    return theirs


def placing_columns(programme: Programme) -> frozenset[str]:
    """Return the columns that say at which touchpoint a record belongs; they are no free text."""
    return frozenset(column for touchpoint in programme.touchpoints for column in touchpoint.where)


def without_words(feedback: pd.DataFrame, subjects: Collection[str], placing: Collection[str]) -> pd.DataFrame:
    """Return the rows with the subjects' words blanked.

    These are the text, and in any other column of the programme's own, unless it places records, what nobody else's
    row says: an answer in free text, and not a region.
    """
    theirs = is_of(feedback, subjects)
    if not theirs.any():
        return feedback
    others = {name: feedback.loc[~theirs, name] for name in _own_columns(feedback) if name not in placing}
    blanked = {name: feedback[name].mask(theirs & ~feedback[name].isin(said)) for name, said in others.items()}
    for name in (name for name in ("text", VECTOR) if name in feedback):
        blanked[name] = feedback[name].mask(theirs, None)
    return feedback.assign(**blanked)


def texts_of(feedback: pd.DataFrame, subjects: Collection[str]) -> dict[str, set[str]]:
    """Return what the subjects' rows say, by record_id."""
    if "text" not in feedback:
        return {}
    told = feedback.loc[is_of(feedback, subjects) & feedback["text"].notna()]
    return {str(record_id): set(texts) for record_id, texts in told.groupby("record_id")["text"]}


def quotes_in(value: Any) -> Iterator[Quote]:
    """Yield every quote in a value read from JSON."""
    if isinstance(value, dict):
        if _is_quote(value):
            yield Quote.model_validate(value)
        for item in value.values():
            yield from quotes_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from quotes_in(item)


def _is_quote(value: Mapping[str, Any]) -> bool:
    """Return whether it has the form of a quote, of this version or an earlier one."""
    return {"record_id", "text"} <= value.keys() <= Quote.model_fields.keys()


def is_theirs(quote: Quote, texts: Texts) -> bool:
    """Return whether a quote is of one of the texts: a part of what its own record says, or all that any of them says."""
    said = _unmarked(quote.text)
    if any(said in plain(text) for text in texts.get(quote.record_id, ())):
        return True
    return any(said == _unmarked(plain(text)) for one in texts.values() for text in one)


def without_quotes(value: Any, texts: Texts) -> Any:
    """Return a value read from JSON with a note in place of each quote that is theirs."""
    if isinstance(value, dict):
        if _is_quote(value) and is_theirs(Quote.model_validate(value), texts):
            return value | {"text": NOTE}
        return {key: without_quotes(item, texts) for key, item in value.items()}
    return [without_quotes(item, texts) for item in value] if isinstance(value, list) else value


def _own_columns(feedback: pd.DataFrame) -> list[str]:
    known = (*FEEDBACK_COLUMNS, *FILLED_BY_US)
    return [name for name in feedback.columns if name not in known and isinstance(feedback[name].dtype, pd.StringDtype)]


def _unmarked(quote: str) -> str:
    """Return a quote without the ellipses that stand for what was left out."""
    return quote.removeprefix("… ").removesuffix("…").rstrip()
