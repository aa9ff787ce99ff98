"""One page of an HTTP interface: tried again where trying may help, never from another host, and never logged.

The addresses and the header may hold secrets, so that no error and no log names more than the address as the programme has it.
"""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from random import SystemRandom

import httpx

from config.errors import InputError, ServiceError
from config.reads import HttpReads

RETRIES = 5
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
PAGE_BYTES_AT_MOST = 64 * 2**20
_TIMEOUT = httpx.Timeout(60, connect=15)
_REDIRECTS_AT_MOST = 5
_PASSING = (408, 425, 429)  # and 5xx
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_is_reading: ContextVar[bool] = ContextVar("is_reading", default=False)
for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy"):
    logging.getLogger(_name).addFilter(lambda _record: not _is_reading.get())


@dataclass(frozen=True)
class Visit:
    """An open connection to the host of the first page, and what errors may tell of it."""

    client: httpx.Client
    home: httpx.URL
    source_id: str
    reads: HttpReads
    sleep: Callable[[float], None]

    @property
    def place(self) -> str:
        """How an error names source and address."""
        return f"source {self.source_id!r}: {self.reads.http}"


@dataclass(frozen=True)
class Answer:
    """A page as it came: its address after redirects, its decoded body, and the next page's address from its Link header."""

    url: httpx.URL
    content: bytes
    link: str | None


@dataclass(frozen=True)
class _Failure:
    reason: str
    wait_seconds: float | None = None


@contextmanager
def visiting(
    home: httpx.URL, authorization: str | None, source_id: str, reads: HttpReads, sleep: Callable[[float], None]
) -> Iterator[Visit]:
    """Yield a connection that sends the header with every request; InputError where the header cannot be one."""
    headers = {"Accept": "application/json"}
    if authorization is not None:
        if not (authorization.isascii() and authorization.isprintable()):
            raise InputError(
                f"source {source_id!r}: the authorization header holds a line break or a letter that no header may hold; "
                f"set {_variables(reads)} anew."
            )
        headers["Authorization"] = authorization
    with httpx.Client(headers=headers, timeout=_TIMEOUT, verify=_tls(), follow_redirects=False) as client:
        yield Visit(client, home, source_id, reads, sleep)


def fetch(visit: Visit, url: httpx.URL) -> Answer:
    """Return the page at an address.

    Connection errors, 408, 425, 429 and 5xx are tried again five times: after what Retry-After says, at most a minute, or after
    about 1, 2, 4, 8 and 16 seconds. Raises ServiceError after that, InputError where the service refuses.
    """
    failure = _Failure("")
    for attempt in range(RETRIES + 1):
        outcome = _try(visit, url)
        if isinstance(outcome, Answer):
            return outcome
        failure = outcome
        if attempt < RETRIES:
            backoff = FIRST_WAIT_SECONDS * 2**attempt * SystemRandom().uniform(0.5, 1)
            visit.sleep(backoff if failure.wait_seconds is None else failure.wait_seconds)
    raise ServiceError(f"{visit.place} failed {RETRIES + 1} times, at last with {failure.reason}; run again later.")


def followed(visit: Visit, base: httpx.URL, link: object) -> httpx.URL:
    """Return the address that a link on a page means; InputError where it leads to another host, for the header must not go there."""
    try:
        url = base.join(link) if isinstance(link, str) else None
    except httpx.InvalidURL:
        url = None
    if url is None:
        raise InputError(f"{visit.place} names a next page that is no address; correct `paging`.")
    if (url.scheme, url.host, url.port) != (visit.home.scheme, visit.home.host, visit.home.port):
        raise InputError(f"{visit.place} leads to another host, port or scheme, which is not followed; name that address if it is right.")
    return url


@cache
def _tls() -> ssl.SSLContext:
    """Return httpx's own settings, which take longer to make than a page to read."""
    return httpx.create_ssl_context()


def _try(visit: Visit, url: httpx.URL) -> Answer | _Failure:
    token = _is_reading.set(True)
    try:
        return _ask(visit, url)
    except httpx.RequestError as error:
        return _Failure(type(error).__name__)
    finally:
        _is_reading.reset(token)


def _ask(visit: Visit, url: httpx.URL) -> Answer | _Failure:
    for _ in range(_REDIRECTS_AT_MOST + 1):
        with visit.client.stream("GET", url) as response:
            if response.has_redirect_location:
                url = followed(visit, url, response.headers["location"])
                continue
            if response.status_code in _PASSING or response.is_server_error:
                return _Failure(f"status {response.status_code}", _retry_after_seconds(response))
            if not response.is_success:
                raise _refusal(visit, response.status_code)
            return Answer(url, _content(visit, response), response.links.get("next", {}).get("url"))
    raise InputError(f"{visit.place} redirects more than {_REDIRECTS_AT_MOST} times; correct the address.")


def _content(visit: Visit, response: httpx.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > PAGE_BYTES_AT_MOST:
            raise InputError(f"{visit.place} gives a page of more than {PAGE_BYTES_AT_MOST >> 20} MiB; ask for fewer records a page.")
    return bytes(content)


def _refusal(visit: Visit, status: int) -> InputError:
    if status in (401, 403):
        remedy = (
            f"see whether {_variables(visit.reads)} is right and may read there" if visit.reads.authorization else "set `authorization`"
        )
        return InputError(f"{visit.place} refuses the login (status {status}); {remedy}.")
    if status == 404:
        return InputError(f"{visit.place} is not there (status 404); correct the address.")
    return InputError(f"{visit.place} refuses the request (status {status}); correct address and parameters.")


def _variables(reads: HttpReads) -> str:
    return " and ".join(_VARIABLE.findall(reads.authorization or "")) or "`authorization`"


def _retry_after_seconds(response: httpx.Response) -> float | None:
    """Return how long the service asks to wait, within 0 and a minute; None where it does not say."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return min(float(text), LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
