"""How a canonical column is made of a source's own: a small closed set of expressions, none of them code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, StringConstraints, Tag
from pydantic_core import PydanticCustomError

from config.model import Model

Text = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else str(value))]
NAMED_FORMATS = ("spreadsheet", "unix")


def check_zone(name: str) -> str:
    """Return the name of a time zone; a pydantic error where there is none of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError("timezone", "'{given}' is no time zone; write one such as Europe/Paris", {"given": name}) from None
    return name


def _check_time_format(text: str) -> str:
    if text in NAMED_FORMATS:
        return text
    try:
        datetime.strptime("", text)  # noqa: DTZ007 - only the letters are looked at
    except ValueError as error:
        if "does not match format" not in str(error):
            raise PydanticCustomError(
                "time_format",
                "'{given}' is no way to write a time; use strptime's letters, such as %d/%m/%Y %H:%M, or one of {named}",
                {"given": text, "named": ", ".join(NAMED_FORMATS)},
            ) from None
    return text


TimeFormat = Annotated[str, AfterValidator(_check_time_format)]
Zone = Annotated[str, AfterValidator(check_zone)]
YearMonth = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Constant(Model):
    """The same value in every row."""

    is_: Text = Field(alias="is", description="The value.")


class FromColumn(Model):
    """A source column, with values translated or a time parsed where asked."""

    from_: Text = Field(alias="from", description="The source's column.")
    recode: dict[Text, Text] | None = Field(default=None, description="New value for each old one; others stay as they are.")
    contains: Text | None = Field(default=None, description="A yes/no column: whether the value holds this text, in capitals or not.")
    format: TimeFormat | None = Field(
        default=None,
        description="How a time is written, in strptime's letters; `spreadsheet` for days since 1899-12-30, `unix` for seconds since 1970; "
        "ISO 8601 without it.",
    )
    zone: Zone | None = Field(default=None, description="The zone of times that name none; the programme's without it.")
    month: YearMonth | None = Field(default=None, description="Year and month of a time that is only a day of the month, such as 2014-05.")
    missing: tuple[Text, ...] = Field(default=(), description="Values that stand for nothing, beside the empty one.")


class Join(Model):
    """Several source columns joined, empty ones left out."""

    join: tuple[Text, ...] = Field(min_length=1, description="The source's columns.")
    with_: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        alias="with", default=" ", description="What stands between them."
    )


class First(Model):
    """The first of several source columns that is not empty."""

    first: tuple[Text, ...] = Field(min_length=1, description="The source's columns, in the order in which they are tried.")


class Split(Model):
    """One part of a source column."""

    split: Text = Field(description="The source's column.")
    by: Annotated[str, StringConstraints(strip_whitespace=False, min_length=1)] = Field(description="What stands between the parts.")
    take: int = Field(default=1, description="Which part: 1 is the first, -1 the last; empty where there are fewer.")


def _expand_column(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


def column_key(value: Any) -> str | None:
    """Return the tag that tells which kind of column a mapping (or a column) is."""
    if isinstance(value, Model):
        value = value.model_dump(by_alias=True)
    return next((f"column:{key}" for key in ("is", "from", "join", "first", "split") if isinstance(value, dict) and key in value), None)


Column = Annotated[
    Annotated[Constant, Tag("column:is")]
    | Annotated[FromColumn, Tag("column:from")]
    | Annotated[Join, Tag("column:join")]
    | Annotated[First, Tag("column:first")]
    | Annotated[Split, Tag("column:split")],
    Discriminator(
        column_key,
        custom_error_type="column",
        custom_error_message="a column is a source column's name, {is: value}, {from: column}, {join: [columns]}, {first: [columns]} or "
        "{split: column, by: text}",
    ),
    BeforeValidator(_expand_column),
]


def columns_of(column: Column) -> Iterator[str]:
    """Yield the source's columns that an expression reads."""
    match column:
        case FromColumn():
            yield column.from_
        case Join():
            yield from column.join
        case First():
            yield from column.first
        case Split():
            yield column.split
