"""What a person says of a follow-up, made a change: stripped, in UTC, and without anybody's address or telephone number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from config.errors import InputError
from tasks.masking.contacts import find_emails
from tasks.masking.phones import find_phones
from tasks.masking.plain import Span, overwrite, plain_text, with_tokens
from tasks.results import FollowUpChange

_FREE = ("evidence", "note")
_FIGURES = ("effort_person_weeks", "predicted_change")
_REFUSALS = {
    "status": "{given!r} is no status; write accepted, in_progress or done",
    "kind": "{given!r} is no kind; a person can make a follow-up a training",
    "effort_person_weeks": "an effort of {given} person-weeks is none; give a number above 0",
    "predicted_change": "{given} is no change of a share; give a number from -1 to 1, such as 0.05 for five points",
    "root_cause": "five whys are the most that are asked; leave some out",
}
_KEPT = re.compile(  # evidence is looked up by these: addresses of pages, our ids, numbers of issues such as SHOP-4412 and CHG0030192
    r"https?://[^\s<>\"]+|\bfu-[0-9a-f]{10}\b|\b(?!(?:TEL|FAX|FON|MOB|CELL|CALL|PHONE|NO|NR)[-\d])[A-Z][A-Z0-9]{1,9}-?\d+\b(?![ ./-]*\d)"
)


def change_said(at: datetime, by: str, origin: str, region: str | None = None, **said: Any) -> FollowUpChange:
    """Return what a person said as a change; InputError, in one sentence, where a figure or a word cannot be one.

    `region` is the country (ISO 3166, such as US) by whose rules telephone numbers without a country code are read.
    """
    texts = {name: without_contacts(str(said.get(name) or "").strip(), region) for name in _FREE}
    whys = tuple(without_contacts(why.strip(), region) for why in said.get("root_cause") or () if why.strip())
    given: dict[str, Any] = {"at": at.astimezone(UTC), "by": by.strip(), "origin": origin} | said | texts | {"root_cause": whys}
    for name in _FIGURES:
        if not math.isfinite(given.get(name) or 0):
            raise _refusal(name, given[name])
    try:
        return FollowUpChange(**given)
    except ValidationError as error:
        problem = error.errors()[0]
        raise _refusal(str(problem["loc"][0]), problem["input"]) from None


def without_contacts(text: str, region: str | None) -> str:
    """Return the text with [email] and [phone] in place of what reaches a person.

    Addresses of pages stay, but for e-mail addresses in them; numbers of issues and of follow-ups stay.
    """
    pieces, last = [], 0
    for kept in _KEPT.finditer(text):
        pieces += [_masked(text[last : kept.start()], (find_emails, find_phones), region), _masked(kept[0], (find_emails,), region)]
        last = kept.end()
    return "".join([*pieces, _masked(text[last:], (find_emails, find_phones), region)])


def _refusal(name: str, given: object) -> InputError:
    return InputError(f"{_REFUSALS[name].format(given=given)}.")


def _masked(text: str, finders: Iterable[Callable[[str, str | None], Iterable[Span]]], region: str | None) -> str:
    plain = plain_text(text)
    masked = plain.text
    for find in finders:
        masked = overwrite(masked, find(masked, region))
    return text if masked == plain.text else with_tokens(text, plain, masked)
