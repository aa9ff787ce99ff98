"""Where a source's rows are: one model for each kind of reader."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag
from pydantic_core import PydanticCustomError

from config.columns import Text
from config.model import Model

_PLACE = (
    "Path of a file, a folder (ends with /), a pattern (with *) or s3://bucket/key, /prefix/ or pattern; ${NAME} is taken from the "
    "environment, {cycle}, {year}, {quarter} from the cycle."
)
_ENCODING = "The file's character encoding, such as cp1252; a byte order mark is honoured."
_DELIMITER = "What stands between fields; found out from the header without it."
Path = Annotated[str, StringConstraints(min_length=1)]
Delimiter = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=1, pattern=r'^[^"\r\n]$')]


def _by_name_alone(text: str) -> str:
    if not re.fullmatch(r"\$\{\w+\}", text):
        raise PydanticCustomError("secret", "this holds secrets, so that only a name from the environment may stand here: ${{NAME}}")
    return text


def _with_a_name(text: str) -> str:
    if not re.search(r"\$\{\w+\}", text):
        raise PydanticCustomError("secret", "write no secret into the file, but its name in the environment, such as Bearer ${{TOKEN}}")
    return text


class CsvReads(Model):
    """CSV or TSV files with one header row; names that end in .gz are decompressed."""

    csv: Path = Field(description=_PLACE)
    encoding: str = Field(default="utf-8", description=_ENCODING)
    delimiter: Delimiter | None = Field(default=None, description=_DELIMITER)


class QualtricsReads(Model):
    """Qualtrics exports, CSV or TSV: three header rows, or two in older ones, in any interface language.

    The survey's own columns (StartDate, ResponseId, ...) bear their English names, whatever the export calls them.
    """

    qualtrics: Path = Field(description=_PLACE)
    encoding: str = Field(default="utf-8", description=_ENCODING)
    delimiter: Delimiter | None = Field(default=None, description=_DELIMITER)


class XlsxReads(Model):
    """Workbooks (XLSX): one sheet of each."""

    xlsx: Path = Field(description=_PLACE)
    sheet: str | None = Field(default=None, description="The sheet's name; the first without it.")
    header_row: int = Field(default=1, ge=1, description="The row that holds the columns' names; rows above it are left out.")


class JsonLinesReads(Model):
    """JSON lines: an object a line; what lies deeper is named with dots, such as customer.id."""

    jsonl: Path = Field(description=_PLACE)


class ParquetReads(Model):
    """Parquet files."""

    parquet: Path = Field(description=_PLACE)


class SqlReads(Model):
    """The rows of a query; `:since` and `:until` in it are the instants between which the cycle looks."""

    sql: str = Field(
        min_length=1,
        description="The query; {cycle}, {year}, {quarter} are filled in, :since and :until are bound; times without a zone are compared "
        "as UTC.",
    )
    database: Annotated[str, AfterValidator(_by_name_alone)] = Field(description="SQLAlchemy's URL, by name from the environment: ${NAME}.")


class Cursor(Model):
    """Pages by a cursor that each page gives for the next."""

    cursor: str = Field(description="Where a page holds the cursor of the next, with dots: meta.after_cursor; the last has none.")
    parameter: str = Field(description="The parameter in which it is sent back, such as page[after].")


class Offset(Model):
    """Pages by counting records."""

    offset: str = Field(description="The parameter that says how many records to skip.")
    limit: str = Field(description="The parameter that says how many records a page holds.")
    page_size: int = Field(default=100, ge=1, description="Records a page; a shorter page is the last.")


class NextLink(Model):
    """Pages by the address of the next, on the same host."""

    next: str = Field(description="Where a page holds the next page's address, with dots: links.next; `Link` for the header of that name.")


def _paging_key(value: Any) -> str | None:
    keys = value.model_dump() if isinstance(value, Model) else value
    return next((f"paging:{key}" for key in ("cursor", "offset", "next") if isinstance(keys, dict) and key in keys), None)


Paging = Annotated[
    Annotated[Cursor, Tag("paging:cursor")] | Annotated[Offset, Tag("paging:offset")] | Annotated[NextLink, Tag("paging:next")],
    Discriminator(
        _paging_key,
        custom_error_type="paging",
        custom_error_message="paging is {cursor: ..., parameter: ...}, {offset: ..., limit: ...} or {next: ...}",
    ),
]


class HttpReads(Model):
    """The records of an HTTP interface that answers in JSON, page by page."""

    http: Annotated[str, StringConstraints(pattern=r"^(https?://|\$\{)")] = Field(
        description="Address of the first page; placeholders as in paths, {since} and {until} as ISO 8601 instants."
    )
    records: str = Field(
        default="", description="Where a page holds the list of records, with dots: result.records; the page is the list without it."
    )
    parameters: dict[str, Text] = Field(default={}, description="Parameters of the first request; placeholders as in the address.")
    paging: Paging | None = Field(default=None, description="How to come to the next page; one page without it.")
    authorization: Annotated[str, AfterValidator(_with_a_name)] | None = Field(
        default=None, description="The header of that name, the secret by name from the environment: Bearer ${CRM_TOKEN}."
    )


READERS: dict[str, type[Model]] = {
    "csv": CsvReads,
    "qualtrics": QualtricsReads,
    "xlsx": XlsxReads,
    "jsonl": JsonLinesReads,
    "parquet": ParquetReads,
    "sql": SqlReads,
    "http": HttpReads,
}


def reads_key(value: Any) -> str | None:
    """Return the tag that tells which reader a mapping (or a model) is for."""
    keys = value.model_dump() if isinstance(value, Model) else value
    return next((f"reads:{key}" for key in READERS if isinstance(keys, dict) and key in keys), None)


Reads = Annotated[
    Annotated[CsvReads, Tag("reads:csv")]
    | Annotated[QualtricsReads, Tag("reads:qualtrics")]
    | Annotated[XlsxReads, Tag("reads:xlsx")]
    | Annotated[JsonLinesReads, Tag("reads:jsonl")]
    | Annotated[ParquetReads, Tag("reads:parquet")]
    | Annotated[SqlReads, Tag("reads:sql")]
    | Annotated[HttpReads, Tag("reads:http")],
    Discriminator(
        reads_key,
        custom_error_type="reads",
        custom_error_message="a source reads {csv: path}, or one of " + ", ".join(name for name in READERS if name != "csv"),
    ),
]

Fills = Literal["feedback", "ratings", "invitations", "customers", "follow_up_updates"]
