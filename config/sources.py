"""Where records come from and how their columns become canonical ones."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, StringConstraints, Tag
from pydantic_core import PydanticCustomError

from config.model import Identifier, Model
from config.tables import CUSTOMER_NAME, FEEDBACK_COLUMNS

Text = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else str(value))]


def _check_time_format(text: str) -> str:
    try:
        datetime.strptime("", text)  # noqa: DTZ007 - only the letters are looked at
    except ValueError as error:
        if "does not match format" not in str(error):
            raise PydanticCustomError(
                "time_format",
                "'{given}' is no way to write a time; use strptime's letters, such as %d/%m/%Y %H:%M",
                {"given": text},
            ) from None
    return text


class CsvReads(Model):
    """A CSV file with one header row; a name that ends in .gz is decompressed."""

    csv: str = Field(description="Path; ${NAME} is taken from the environment, {cycle}, {year}, {quarter} from the cycle.")
    encoding: str = Field(default="utf-8-sig", description="The file's character encoding, such as cp1252.")


class Constant(Model):
    """The same value in every row."""

    is_: Text = Field(alias="is", description="The value.")


class FromColumn(Model):
    """A source column, with values translated or a time parsed where asked."""

    from_: Text = Field(alias="from", description="The source's column.")
    recode: dict[Text, Text] | None = Field(default=None, description="New value for each old one; others stay as they are.")
    format: Annotated[str, AfterValidator(_check_time_format)] | None = Field(
        default=None, description="How a time is written, in strptime's letters; ISO 8601 without it."
    )
    missing: tuple[Text, ...] = Field(default=(), description="Values that stand for nothing, beside the empty one.")


class Join(Model):
    """Several source columns joined, empty ones left out."""

    join: tuple[Text, ...] = Field(min_length=1, description="The source's columns.")
    with_: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        alias="with", default=" ", description="What stands between them."
    )


def _expand_column(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


def column_key(value: Any) -> str | None:
    """Return the tag that tells which kind of column a mapping (or a column) is."""
    if isinstance(value, Model):
        value = value.model_dump(by_alias=True)
    return next((f"column:{key}" for key in ("is", "from", "join") if isinstance(value, dict) and key in value), None)


Column = Annotated[
    Annotated[Constant, Tag("column:is")] | Annotated[FromColumn, Tag("column:from")] | Annotated[Join, Tag("column:join")],
    Discriminator(
        column_key,
        custom_error_type="column",
        custom_error_message="a column is a source column's name, {is: value}, {from: column} or {join: [columns]}",
    ),
    BeforeValidator(_expand_column),
]


class Question(Model):
    """One source column that holds the answers to one question."""

    question: Identifier = Field(description="What the question is called in ratings and standards.")
    from_: Text = Field(alias="from", description="The source's column.")
    scale: tuple[float, float] = Field(description="Lowest and highest score; anything else is quarantined.")
    missing: tuple[Text, ...] = Field(default=(), description="Values that stand for no answer, beside the empty one.")
    touchpoint: Identifier | None = Field(
        default=None,
        description="The touchpoint that the question rates; else the one that rating standards name for it, else the record's.",
    )


class Source(Model):
    """One feed: what it reads, which table it fills, and what its columns mean."""

    id: Identifier = Field(description="Short name; part of every report that counts this source's rows.")
    reads: CsvReads = Field(description="Where the rows are.")
    fills: Literal["feedback", "ratings"] = Field(
        default="feedback", description="feedback: a row is a record; ratings: a row is one person's answers to `ratings`."
    )
    keep: dict[Text, tuple[Text, ...]] = Field(
        default_factory=dict, description="Rows to keep: for each source column the values that stay; all others are filtered."
    )
    columns: dict[str, Column] = Field(description="Canonical column (or a dimension of your own) to source column.")
    ratings: tuple[Question, ...] = Field(default=(), description="The questions, where the source fills ratings.")

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the columns that are not canonical: dimensions and flags."""
        return tuple(name for name in self.columns if name not in (*FEEDBACK_COLUMNS, CUSTOMER_NAME))
