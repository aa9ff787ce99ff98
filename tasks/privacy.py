"""Taking everything that names a customer out of canonical rows."""

from __future__ import annotations

import pandas as pd

from config.errors import InputError
from config.programme import Programme
from config.sources import Source
from config.tables import CUSTOMER_NAME
from tasks.follow_ups.updates import private_updates
from tasks.masking import mask_texts, pseudonymise

_NOT_FREE = ("source", "cycle", "record_id", "customer_id")  # ours, or identifiers


def identifiers_of(source: Source) -> tuple[str, ...]:
    """Return the mapped columns that identify a person and are stored as pseudonyms."""
    return tuple(name for name in source.columns if name == "customer_id" or name in source.pseudonymise)


def require_key(source: Source, pseudonym_key: str | None) -> None:
    """Return if identifiers can be replaced; InputError where a source has some and no key is set."""
    identifiers = identifiers_of(source)
    if identifiers and pseudonym_key is None:
        raise InputError(
            f"source {source.id!r} maps {identifiers[0]}, which is stored only as a keyed pseudonym: "
            "set TOUCHSTONE_PSEUDONYM_KEY in the environment."
        )


def private(rows: pd.DataFrame, source: Source, programme: Programme, pseudonym_key: str | None) -> pd.DataFrame:
    """Return canonical rows without anything that names a customer: texts masked, identifiers as pseudonyms, names gone.

    An undeclared record_id is masked where it holds an @ or a space: it is no identifier then, but what somebody wrote.
    """
    if source.fills == "follow_up_updates":
        return private_updates(rows, programme.country)
    names = rows.get(CUSTOMER_NAME)
    identifiers = identifiers_of(source)
    changed = {
        name: mask_texts(rows[name], names, programme.country, has_addresses=name in source.mask_addresses)
        for name in rows.columns
        if isinstance(rows[name].dtype, pd.StringDtype) and name not in (*_NOT_FREE, *identifiers, CUSTOMER_NAME)
    }
    if pseudonym_key is not None:
        changed |= {name: pseudonymise(rows[name], pseudonym_key) for name in identifiers}
    if "record_id" in rows and "record_id" not in identifiers:
        changed["record_id"] = _legible(rows["record_id"], programme)
    return rows.assign(**changed).drop(columns=[CUSTOMER_NAME], errors="ignore")


def _legible(record_ids: pd.Series, programme: Programme) -> pd.Series:
    is_written = record_ids.str.contains(r"[@\s]", regex=True, na=False)
    if not is_written.any():
        return record_ids
    return record_ids.mask(is_written, mask_texts(record_ids.where(is_written), None, programme.country))
