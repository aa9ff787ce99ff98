"""The vault: immutable objects in a store, each under the sha256 of its bytes."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TypeVar

import pandas as pd
import pyarrow.parquet as pq
from pydantic import BaseModel, ValidationError

from config.errors import InputError
from tasks.parquet import parquet_bytes
from tasks.results import Ref
from tasks.store import Store

M = TypeVar("M", bound=BaseModel)


def put_bytes(store: Store, data: bytes, suffix: str) -> Ref:
    """Keep `data` and return the reference to it; what is there already is not written again.

    The key is `ab/abcdef...<suffix>`: the first two digits of the sha256, then all of it.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    key = f"{sha256[:2]}/{sha256}{suffix}"
    if store.size(key) != len(data):
        store.put(key, data)
    return Ref(uri=key, sha256=sha256)


def get_bytes(store: Store, ref: Ref) -> bytes:
    """Return the bytes that `ref` stands for.

    Raises MissingObjectError where they are gone, InputError where they are no longer those that were kept.
    """
    data = store.get(ref.uri)
    if hashlib.sha256(data).hexdigest() != ref.sha256:
        raise InputError(f"{ref.uri} in the vault is damaged: its bytes do not have the sha256 {ref.sha256}; put it back from a backup.")
    return data


def put_table(store: Store, table: pd.DataFrame) -> Ref:
    """Keep a table as Parquet, its rows in the order given, its index left out."""
    return put_bytes(store, parquet_bytes(table), ".parquet").model_copy(update={"rows": len(table)})


def get_table(store: Store, ref: Ref) -> pd.DataFrame:
    """Return the table with the column types it was kept with (`str`, `datetime64[us, UTC]`, `boolean`, ...); errors as `get_bytes`."""
    table: pd.DataFrame = pq.read_table(io.BytesIO(get_bytes(store, ref))).to_pandas()
    return table


def put_json(store: Store, result: BaseModel) -> Ref:
    """Keep a result as JSON with sorted keys, so that equal results are one object; ValueError where it holds NaN or an infinity."""
    content = json.dumps(result.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return put_bytes(store, content.encode(), ".json")


def get_json(store: Store, ref: Ref, model_type: type[M]) -> M:
    """Return the result that `ref` stands for; errors as `get_bytes`, and InputError where it is no `model_type`."""
    data = get_bytes(store, ref)
    try:
        return model_type.model_validate_json(data)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        what = f"{'.'.join(str(step) for step in problem['loc'])}: {problem['msg']}"
        remedy = "use the version of Touchstone that wrote it"
        raise InputError(f"{ref.uri} in the vault does not hold a {model_type.__name__} ({what}); {remedy}.") from None
