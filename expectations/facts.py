"""What Great Expectations is handed of a table: only what rules look at, and nothing that a customer wrote.

Ids become numbers, the same for the same id; of long texts only the length is handed over. It is quick that way, too: every
rule hashes and copies what it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

_EPOCH = pd.Timestamp("1970-01-01", tz="UTC")
_DAY = pd.Timedelta(days=1)
ROUNDED = r"^-?[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,3}$"  # 570306133677760513 saved by a spreadsheet: 5.70306E+17


def length(column: str) -> str:
    """Return the name under which a rule finds the number of characters of a text column."""
    return f"length({column})"


def day(column: str) -> str:
    """Return the name under which a rule finds the days from 1970-01-01 to each time of a column, in UTC."""
    return f"day({column})"


def is_rounded(column: str) -> str:
    """Return the name under which a rule finds whether a text is a number that a spreadsheet has rounded, such as 5.7E+17."""
    return f"is_rounded({column})"


def _days(times: pd.Series) -> pd.Series:
    return (times - _EPOCH) // _DAY


_FACTS: Mapping[str, Callable[[pd.Series], pd.Series]] = {
    "length": lambda texts: texts.str.len(),
    "day": _days,
    "is_rounded": lambda texts: texts.str.contains(ROUNDED, na=False),
}
_FACT = re.compile(rf"(?P<fact>{'|'.join(_FACTS)})\((?P<column>\w+)\)")


def names_of(expectation: Expectation) -> tuple[str, ...]:
    """Return the columns, or facts about columns, that a rule looks at."""
    named = (getattr(expectation, name, None) for name in ("column", "column_A", "column_B"))
    return (*(name for name in named if name), *getattr(expectation, "column_list", ()))


def handed(table: pd.DataFrame, suite: Sequence[Expectation]) -> pd.DataFrame:
    """Return the columns and facts that the suite names, as far as the table has them, numbered from 0.

    Texts of closed sets are categories, other texts numbers; UTC times bear no zone, which Great Expectations 1.24 drops with a warning.
    """
    closed = {name for expectation in suite if hasattr(expectation, "value_set") for name in names_of(expectation)}
    columns = {}
    for name in dict.fromkeys(name for expectation in suite for name in names_of(expectation)):
        fact = _FACT.fullmatch(name)
        if fact and fact["column"] in table:
            columns[name] = _FACTS[fact["fact"]](table[fact["column"]])
        elif name in table:
            columns[name] = _plain(table[name], is_closed=name in closed)
    return pd.DataFrame({name: values.array for name, values in columns.items()}, copy=False)


def _plain(values: pd.Series, *, is_closed: bool) -> pd.Series:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        naive: pd.Series = values.dt.tz_localize(None)
        return naive
    if not pd.api.types.is_string_dtype(values.dtype):
        return values
    codes, texts = pd.factorize(values)
    if is_closed:
        return pd.Series(pd.Categorical.from_codes(codes, texts))
    numbers = pd.Series(codes, dtype="float64")
    return numbers.mask(numbers < 0)  # -1 stands for a null
