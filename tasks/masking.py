"""Taking personal data out of customers' words, and pseudonyms in place of identifiers.

The patterns err on the side of masking. A token such as [email] stands where something was; tokens reach
neither vectors nor labels.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

import pandas as pd
from phonenumbers import NumberParseException, is_possible_number, is_valid_number, parse
from stdnum import iban, luhn

_DASHES = "\u2010-\u2015\u2212-"  # word processors put these where people type a hyphen
_GAP = rf"[ \u00a0\u202f().{_DASHES}]"
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]+ ?(?:@|\(at\)|\[at\]) ?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_DIGIT_RUN = re.compile(rf"(?<![\w.])\d(?:[ \u00a0{_DASHES}]?\d){{11,18}}(?!\w)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", re.IGNORECASE)
_NUMBER = rf"(?:\+ ?)?\(?\d(?:{_GAP}{{0,3}}\d){{6,14}}"
_PHONES = re.compile(rf"(?<![\w.-])(?<!\d[,:/]){_NUMBER}(?:[,/]{_NUMBER})*(?![\w:])")
_IN_A_LIST = re.compile("[^,/]+")
_LOCAL_NUMBER = re.compile(rf"\d{{3}}[.{_DASHES}]\d{{4}}")
_SHORTEST_PHONE = 9
_STARTS_WITH_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\b")
_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,3}\d){6}")
_SHORTEST_NAME = 3
_PSEUDONYM_LENGTH = 20


def mask_text(text: str, region: str | None = None) -> str:
    """Return the text with e-mail addresses, IBANs, card and telephone numbers replaced by tokens.

    `region` is the country (ISO 3166, such as US) by whose rules a telephone number without a country code is read.
    """
    if "@" in text or "(at)" in text or "[at]" in text:
        text = _EMAIL.sub("[email]", text)
    if not _SEVEN_DIGITS.search(text):
        return text
    text = _IBAN.sub(_token_if(iban.is_valid, "[iban]"), text)
    text = _DIGIT_RUN.sub(_token_if(_is_card, "[card]"), text)
    mask_phone = _token_if(lambda number: _is_phone(number, region), "[phone]")
    return _PHONES.sub(lambda match: _IN_A_LIST.sub(mask_phone, match[0]), text)


def mask_texts(texts: pd.Series, names: pd.Series | None, region: str | None = None) -> pd.Series:
    """Return the texts masked, with each row's own customer name replaced by [name]; null stays null."""
    masked = _map_unique(texts, lambda text: mask_text(text, region))
    if names is None:
        return masked
    rows = zip(masked, names, strict=True)
    named = [_mask_name(text, name) if isinstance(text, str) and isinstance(name, str) else text for text, name in rows]
    return pd.Series(named, index=texts.index, dtype="str")


def pseudonymise(identifiers: pd.Series, key: str) -> pd.Series:
    """Return keyed pseudonyms: the first 20 hexadecimal digits of HMAC-SHA256 (RFC 2104); null stays null."""
    secret = key.encode()
    return _map_unique(identifiers, lambda value: hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()[:_PSEUDONYM_LENGTH])


def _map_unique(values: pd.Series, function: Callable[[str], str]) -> pd.Series:
    return values.map({value: function(value) for value in values.dropna().unique()}).astype("str")


def _token_if(is_real: Callable[[str], bool], token: str) -> Callable[[re.Match[str]], str]:
    return lambda match: token if is_real(match[0]) else match[0]


def _is_card(digits: str) -> bool:
    bare = re.sub(r"\D", "", digits)
    return bool(luhn.is_valid(bare)) and len(set(bare)) > 1


def _is_phone(number: str, region: str | None) -> bool:
    """Return whether digits may be a telephone number: bare ones must be valid, written with separators plausible."""
    digits = re.sub(r"\D", "", number)
    if _STARTS_WITH_DATE.match(number):
        return False
    if len(digits) < _SHORTEST_PHONE:
        return _LOCAL_NUMBER.fullmatch(number) is not None
    is_written_out = number != digits
    if is_written_out and digits[0] == "0":  # a trunk prefix, whatever the country
        return True
    try:
        parsed = parse(number, region)
    except NumberParseException:
        return False
    return is_possible_number(parsed) if is_written_out else is_valid_number(parsed)


def _mask_name(text: str, name: str) -> str:
    """Replace the full name, and each of its parts that is long enough to be one."""
    parts = [part for part in re.split(r"[\s,]+", name) if len(part) >= _SHORTEST_NAME]
    pattern = "|".join(re.escape(part) for part in sorted({name.strip(), *parts}, key=len, reverse=True) if part)
    return re.sub(rf"(?<!\w)(?:{pattern})(?:'s)?(?!\w)", "[name]", text, flags=re.IGNORECASE) if pattern else text
