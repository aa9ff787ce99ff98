"""Pseudonyms in place of identifiers: the same customer, the same key, the same pseudonym, cycle after cycle."""

from __future__ import annotations

import hashlib
import hmac

import pandas as pd

_LENGTH = 20


def pseudonymise(identifiers: pd.Series, key: str) -> pd.Series:
    """Return keyed pseudonyms: the first 20 hexadecimal digits of HMAC-SHA256 (RFC 2104); null stays null."""
    secret = key.encode()
    pseudonyms = {value: hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()[:_LENGTH] for value in identifiers.dropna().unique()}
    return identifiers.map(pseudonyms).astype("str")
