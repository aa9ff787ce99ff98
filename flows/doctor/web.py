"""The doctor's talk with web servers: is the Prefect server well, and what time is it there."""

from __future__ import annotations

import base64
import json
import os
import re
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from importlib.metadata import version
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from config.errors import InputError, ServiceError, TouchstoneError
from config.settings import Settings
from flows.doctor.finding import Finding, broken

PREFECT_URL = "PREFECT_API_URL"
S3_URL = "TOUCHSTONE_S3_ENDPOINT"
ANSWER_SECONDS = 10
_AMAZON = "https://s3.amazonaws.com"
_ANSWER_BYTES = 2**16
_REFUSED = {401, 403}


@dataclass(frozen=True)
class Answer:
    """What a web server answered, whatever its status, and when by its own clock."""

    status: int
    date: str
    body: bytes


def try_prefect() -> Finding:
    """Return whether the Prefect server that the environment names can be used, and is not older than Prefect is here.

    Prefect itself is not asked: to import it takes seconds.
    """
    address, here = os.environ.get(PREFECT_URL, ""), version("prefect")
    if not address:
        return Finding("", "Prefect", "ok", f"{PREFECT_URL} is not set: Prefect {here} runs inside the process")
    try:
        there = _server_version(address)
    except TouchstoneError as error:
        return broken("", "Prefect", error)
    words = f"the server answers, Prefect {there}; here is {here}"
    if _numbers(there) and _numbers(there) < _numbers(here):
        return Finding("", "Prefect", "attention", words, "bring the server to the version that is here, or a newer one")
    return Finding("", "Prefect", "ok", words)


def time_of_s3(settings: Settings) -> datetime:
    """Return the S3 service's time, to the second; a refusal is dated too."""
    return _time(_ask(settings.s3_endpoint or _AMAZON, S3_URL, "", os.environ.get("AWS_CA_BUNDLE")))


def time_of_prefect() -> datetime:
    """Return the Prefect server's time, to the second."""
    return _time(_ask_prefect(os.environ[PREFECT_URL], "health"))


def _time(answer: Answer) -> datetime:
    try:
        return parsedate_to_datetime(answer.date)
    except ValueError:
        raise ServiceError("The web server does not date its answers; see that no proxy takes the date away.") from None


def _server_version(address: str) -> str:
    """Return the server's version; InputError or ServiceError where its health or its version cannot be asked."""
    if (health := _ask_prefect(address, "health").status) != 200:
        raise ServiceError(f"{PREFECT_URL}: no Prefect server says that it is well ({health}); look at the address, and at its log.")
    answer = _ask_prefect(address, "admin/version")
    if answer.status in _REFUSED:
        raise InputError(f"{PREFECT_URL}: the server wants another login; correct PREFECT_API_AUTH_STRING or PREFECT_API_KEY.")
    try:
        return str(json.loads(answer.body)) if answer.status == 200 else "of a version that it does not tell"
    except ValueError:
        raise InputError(f"{PREFECT_URL}: what answers is no Prefect server; write its address with /api at the end.") from None


def _ask_prefect(address: str, path: str) -> Answer:
    login, key = os.environ.get("PREFECT_API_AUTH_STRING"), os.environ.get("PREFECT_API_KEY")
    authorization = f"Bearer {key}" if key else ""
    if login:
        authorization = f"Basic {base64.b64encode(login.encode()).decode()}"
    return _ask(f"{address.rstrip('/')}/{path}", PREFECT_URL, authorization, os.environ.get("PREFECT_API_SSL_CERT_FILE"))


def _ask(url: str, setting: str, authorization: str, ca_file: str | None) -> Answer:
    if not re.fullmatch(r"https?://[^/@?#\s]+[^@?#\s]*", url):
        raise InputError(f"{setting} is no address of a web server; write https://host:port/path, without a login.")
    request = Request(url)  # noqa: S310 (looked at above)
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    try:
        context = ssl.create_default_context(cafile=ca_file)
        with urlopen(request, timeout=ANSWER_SECONDS, context=context) as answer:  # noqa: S310 (looked at above)
            return Answer(answer.status, str(answer.headers["Date"]), answer.read(_ANSWER_BYTES))
    except HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, str(refusal.headers["Date"]), b"")
    except (OSError, HTTPException, ValueError) as error:
        reason = " ".join(str(getattr(error, "reason", error)).split()) or type(error).__name__
        remedy = "check the address and the network, and see that it runs"
        raise ServiceError(f"{setting}: {urlsplit(url).netloc} does not answer ({reason}); {remedy}.") from None


def _numbers(version_name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version_name)[:3])
