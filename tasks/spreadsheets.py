"""Tables as CSV that a spreadsheet opens without running any of it."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

# How a cell begins that a spreadsheet may take for a formula (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_BODY = csv.WriteOptions(include_header=False, quoting_style="all_valid")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs: one that begins like a formula gets a leading apostrophe."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as CSV (RFC 4180) in UTF-8, every cell quoted and its index left out.

    A cell or a column's name that a spreadsheet could run gets a leading apostrophe.
    """
    header = ",".join(f'"{harmless(str(name)).replace(chr(34), chr(34) * 2)}"' for name in table.columns)
    cells = [_harmless(table.iloc[:, number]) for number in range(table.shape[1])]
    sink = pa.BufferOutputStream()
    csv.write_csv(pa.table(cells, names=[str(number) for number in range(len(cells))]), sink, write_options=_BODY)
    body: bytes = sink.getvalue().to_pybytes()
    return header.encode() + b"\n" + body


def _harmless(cells: pd.Series) -> pa.Array:
    """Return cells as `harmless` does, all at once, empty where nothing is."""
    texts = pc.fill_null(pa.array(cells.astype("str"), type=pa.string(), from_pandas=True), "")
    begins_like_a_formula = pc.is_in(pc.utf8_slice_codeunits(texts, 0, 1), pa.array(FORMULA_STARTS))
    return pc.if_else(begins_like_a_formula, pc.binary_join_element_wise("'", texts, ""), texts)
