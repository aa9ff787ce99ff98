"""Rewriting what the vault holds, so that one person's words are in none of it."""

from __future__ import annotations

import hashlib
import html
import io
import json
import zipfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from reports.pdf_characters import comparable
from tasks.ledger.chain import canonical
from tasks.ledger.references import with_refs
from tasks.results import Ref
from tasks.store import Store
from tasks.vault import get_bytes, put_bytes, put_table
from tasks.words import Texts, holds_feedback, is_of, is_theirs, quotes_in, texts_of, without_quotes, without_words

TABLE, RESULT, MAIL, WORKBOOK, PDF = ".parquet", ".json", ".eml", ".xlsx", ".pdf"


@dataclass(frozen=True)
class Rewritten:
    """What was put into the vault in place of what, and what the person was quoted with."""

    new: Mapping[str, Ref]  # by the key of what it replaces
    records: int
    quotes: frozenset[str]


@dataclass(frozen=True)
class _Told:
    """What one table says of the person."""

    blanked: Ref | None  # None where the table holds no word of theirs
    records: frozenset[tuple[str, str]]
    texts: Mapping[str, Collection[str]]


def rewrite(vault: Store, refs: Iterable[Ref], subject: str, placing: Collection[str]) -> Rewritten:
    """Put every table and result that holds the subject's words into the vault again, without them.

    `placing` names the columns that say where a record belongs (tasks.words).
    """
    known = {ref.uri: ref for ref in refs}
    told = {key: _look_into(vault, ref, subject, placing) for key, ref in known.items() if key.endswith(TABLE)}
    tables = {key: one.blanked for key, one in told.items() if one.blanked is not None}
    texts: dict[str, set[str]] = {}
    for one in told.values():
        for record_id, said in one.texts.items():
            texts.setdefault(record_id, set()).update(said)
    results, quotes = _rewrite_results(vault, [ref for key, ref in known.items() if key.endswith(RESULT)], texts, tables)
    return Rewritten(tables | results, len({record for one in told.values() for record in one.records}), quotes)


def says(content: bytes, suffix: str, quotes: Collection[str]) -> bool:
    """Return whether a mail, a workbook, a page, a PDF or a table of text has one of the quotes in it."""
    if suffix == PDF:
        printed = pdf_words(content)
        return any(comparable(quote) in printed for quote in quotes)
    text = {MAIL: _letter, WORKBOOK: _cells}.get(suffix, _plain)(content)
    words = " ".join(html.unescape(text.replace('\\"', '"').replace('""', '"')).split())
    return any(quote in words for quote in quotes)


def unused(vault: Store, keys: Collection[str], subject: str, quotes: Collection[str]) -> set[str]:
    """Return those of the keys, to which nothing refers, whose objects hold the subject's words: a killed step leaves such."""
    return {key for key in keys if _holds_words(key, vault.get(key), subject, quotes)}


def _holds_words(key: str, content: bytes, subject: str, quotes: Collection[str]) -> bool:
    if hashlib.sha256(content).hexdigest() not in key:
        return False  # not of our making
    if key.endswith(TABLE):
        table = _feedback(content)
        return table is not None and bool(texts_of(table, {subject}))
    return says(content, f".{key.rpartition('.')[2]}", quotes)


def _look_into(vault: Store, ref: Ref, subject: str, placing: Collection[str]) -> _Told:
    table = _feedback(get_bytes(vault, ref))
    if table is None:
        return _Told(None, frozenset(), {})
    theirs = table.loc[is_of(table, {subject}), ["source", "record_id"]].dropna()
    blanked = without_words(table, {subject}, placing)
    new = None if blanked.equals(table) else put_table(vault, blanked)
    return _Told(new, frozenset(zip(theirs["source"], theirs["record_id"], strict=True)), texts_of(table, {subject}))


def _feedback(content: bytes) -> pd.DataFrame | None:
    """Return a table of what customers wrote; None where it is of something else."""
    file = pq.ParquetFile(io.BytesIO(content))
    return file.read().to_pandas() if holds_feedback(file.schema_arrow.names) else None


def _rewrite_results(vault: Store, refs: Iterable[Ref], texts: Texts, tables: Mapping[str, Ref]) -> tuple[dict[str, Ref], frozenset[str]]:
    new: dict[str, Ref] = {}
    quotes: set[str] = set()
    for ref in refs:
        value = json.loads(get_bytes(vault, ref))
        theirs = {quote.text for quote in quotes_in(value) if is_theirs(quote, texts)}
        if theirs:
            quotes |= theirs
            new[ref.uri] = put_bytes(vault, canonical(with_refs(without_quotes(value, texts), tables)).encode(), RESULT)
    return new, frozenset(quotes)


def _letter(message: bytes) -> str:
    """Return what a mail says, its HTML where it has some: that has no line broken inside a quote."""
    body = message_from_bytes(message, policy=policy.SMTP).get_body(("html", "plain"))
    return str(body.get_content()) if body is not None else ""


def _cells(workbook: bytes) -> str:
    """Return the parts of a workbook that hold text, as they are written."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return " ".join(_plain(parts.read(name)) for name in parts.namelist() if name.endswith(".xml"))


def pdf_words(content: bytes) -> str:
    """Return what a reader of PDFs reads in one, comparable with a quote: spaces, hyphens and what is not printed are left out."""
    import pypdfium2

    with closing(pypdfium2.PdfDocument(content)) as document:
        return comparable("".join(_page_words(document, number) for number in range(len(document))))


def _page_words(document: Any, number: int) -> str:
    with closing(document[number]) as page, closing(page.get_textpage()) as words:
        return str(words.get_text_range())


def _plain(content: bytes) -> str:
    return content.decode(errors="replace")
