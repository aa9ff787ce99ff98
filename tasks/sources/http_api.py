"""The records of an HTTP interface that answers in JSON, page by page.

Which page is the last:
- by a cursor or a next link: one whose cursor or link is missing, null, empty or false; one that says so (`has_more: false`,
  `done: true` or `end_of_stream: true`, beside the cursor or link, in the page itself or in its `meta`); and one without records,
  unless it says `has_more: true`. So Zendesk's `meta.after_cursor` and `links.next`, which its last page may hold too, both end.
- by offset: one without records, or with fewer than a page holds. A first page that is short may be all that the service gives at a
  time: the next is asked for, and the first one's length is then a page's.

A record that comes on two pages stays twice, for the rules of duplicates.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pandas as pd

from config.errors import InputError
from config.periods import Quarter
from config.reads import Cursor, HttpReads, NextLink, Offset
from config.sources import Source
from tasks.mapping import columns_needed
from tasks.raw import FIRST_DATA_ROW, Raw, RawFile, Window
from tasks.sources.addresses import with_cycle, with_environment
from tasks.sources.columns import require_columns
from tasks.sources.http_client import Answer, Visit, fetch, followed, visiting
from tasks.sources.records import parsed, selected

PAGES_AT_MOST = 100_000
_LINK_HEADER = "Link"
_WINDOW = re.compile(r"(?<!\$)\{(since|until)\}")
_LAST = {"has_more": False, "done": True, "end_of_stream": True}


@dataclass(frozen=True)
class _Page:
    number: int
    answer: Answer
    body: object
    records: list[dict[str, object]]


def read_http(
    source: Source,
    quarter: Quarter,
    window: Window | None,
    environment: Mapping[str, str],
    sleep: Callable[[float], None] = time.sleep,
) -> Raw:
    """Return the records of all pages as text, only the columns that the mapping needs; no record is no error.

    The sha256 is that of the pages' decoded bodies, one after another. Raises InputError where the address, the login or the answer is
    wrong, ServiceError where the service fails again and again.
    """
    wanted = columns_needed(source)
    digest = hashlib.sha256()

    def records(pages: Iterator[_Page]) -> Iterator[dict[str, object]]:
        for page in pages:
            digest.update(page.answer.content)
            yield from page.records

    with _visited(source, quarter, window, environment, sleep) as (visit, first):
        table, names = selected(records(_pages(visit, first)), wanted)
    if len(table):
        require_columns(wanted, names, source)
    table.index = pd.RangeIndex(FIRST_DATA_ROW, FIRST_DATA_ROW + len(table))
    place, sha256 = with_cycle(visit.reads.http, quarter), digest.hexdigest()
    return Raw(table, place, sha256, (RawFile(place, sha256, len(table)),))


def http_header(
    source: Source,
    quarter: Quarter,
    window: Window | None,
    environment: Mapping[str, str],
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[str, ...]:
    """Return the dotted names on the first page, having checked that those the mapping needs are there; none where it has no records."""
    wanted = columns_needed(source)
    with _visited(source, quarter, window, environment, sleep) as (visit, first):
        table, names = selected(_page(visit, first, 1).records, wanted)
    if len(table):
        require_columns(wanted, names, source)
    return names if len(table) else ()


@contextmanager
def _visited(
    source: Source, quarter: Quarter, window: Window | None, environment: Mapping[str, str], sleep: Callable[[float], None]
) -> Iterator[tuple[Visit, httpx.URL]]:
    """Yield a connection and the first page's address."""
    reads = source.reads
    if not isinstance(reads, HttpReads):
        raise TypeError(f"source {source.id} is not read by HTTP")

    def filled(text: str) -> str:
        return with_environment(_with_window(with_cycle(text, quarter), window), source, environment)

    first = _first_url(filled(reads.http), {name: filled(value) for name, value in reads.parameters.items()}, source, reads)
    authorization = filled(reads.authorization) if reads.authorization else None
    with visiting(first, authorization, source.id, reads, sleep) as visit:
        yield visit, first


def _with_window(text: str, window: Window | None) -> str:
    def instant(match: re.Match[str]) -> str:
        if window is None:
            raise TypeError("the address asks for a window, and none was given")
        return _instant(getattr(window, match[1]))

    return _WINDOW.sub(instant, text)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _first_url(address: str, parameters: Mapping[str, str], source: Source, reads: HttpReads) -> httpx.URL:
    if isinstance(reads.paging, Offset):
        parameters = {**parameters, reads.paging.offset: "0", reads.paging.limit: str(reads.paging.page_size)}
    try:
        url = httpx.URL(address)
        url = url.copy_merge_params(parameters) if parameters else url
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise InputError(f"source {source.id!r}: {reads.http} is no address; write one such as https://crm.example/api/cases.")
    return url


def _pages(visit: Visit, first: httpx.URL) -> Iterator[_Page]:
    """Yield the pages in order; InputError where they go in a circle or have no end."""
    url: httpx.URL | None = first
    seen: set[httpx.URL] = set()
    page_size, before = None, None
    while url is not None:
        if len(seen) == PAGES_AT_MOST:
            raise InputError(f"{visit.place} has no last page within {PAGES_AT_MOST} pages; correct `paging`.")
        page = None if url in seen else _page(visit, url, len(seen) + 1)
        if page is None or (page.records and page.records == before):
            raise InputError(f"{visit.place} gives the same page again after page {len(seen)}; correct `paging`.")
        yield page
        seen.add(url)
        before = page.records
        page_size = len(page.records) if page_size is None else page_size
        url = _following(visit, page, url, page_size)


def _page(visit: Visit, url: httpx.URL, number: int) -> _Page:
    answer = fetch(visit, url)
    try:
        body = parsed(answer.content)
    except ValueError:
        raise InputError(f"{visit.place}: page {number} is no JSON; was it cut off, or is it a page to log in?") from None
    records = _at(body, visit.reads.records) if visit.reads.records else body
    if not isinstance(records, list):
        where = f"under {visit.reads.records!r}" if visit.reads.records else "in itself"
        raise InputError(f"{visit.place}: page {number} holds no list {where}; correct `records`.")
    if not all(isinstance(record, dict) for record in records):
        raise InputError(f"{visit.place}: page {number} holds a record that is no object; correct `records`.")
    return _Page(number, answer, body, records)


def _following(visit: Visit, page: _Page, url: httpx.URL, first_page_size: int) -> httpx.URL | None:
    """Return the next page's address, None after the last page."""
    paging = visit.reads.paging
    count = len(page.records)
    match paging:
        case Offset() if count and count >= min(paging.page_size, first_page_size):
            return url.copy_set_param(paging.offset, str(int(url.params[paging.offset]) + count))
        case Cursor() if not _is_last(page, paging.cursor):
            cursor = _at(page.body, paging.cursor)
            if not isinstance(cursor, str):
                raise InputError(f"{visit.place}: page {page.number} holds no cursor under {paging.cursor!r}; correct `paging`.")
            return url.copy_set_param(paging.parameter, cursor) if cursor else None
        case NextLink() if paging.next == _LINK_HEADER:
            return followed(visit, page.answer.url, page.answer.link) if page.answer.link and count else None
        case NextLink() if not _is_last(page, paging.next):
            return followed(visit, page.answer.url, _at(page.body, paging.next))
    return None


def _is_last(page: _Page, path: str) -> bool:
    """Return whether a page that may hold a cursor or link at `path` says, or shows, that none comes after it."""
    holders = [page.body, _at(page.body, "meta"), _at(page.body, path.rpartition(".")[0])]
    flags = [{name: holder[name] for name in _LAST if name in holder} for holder in holders if isinstance(holder, dict)]
    if any(holder[name] is _LAST[name] for holder in flags for name in holder):
        return True
    if not page.records and not any(holder.get("has_more") is True for holder in flags):
        return True
    return _at(page.body, path) in (None, "", False)


def _at(value: object, path: str) -> object:
    """Return what lies at a dotted path, None where nothing does; a key that holds dots itself is found too."""
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    head, _, rest = path.partition(".")
    return _at(value.get(head), rest) if rest else None
