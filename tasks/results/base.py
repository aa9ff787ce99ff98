"""The frozen base of all results, and references to what is stored."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Result(BaseModel):
    """A frozen result; it travels as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ref(Result):
    """A reference to an immutable, content-addressed object in the vault."""

    uri: str = Field(description="Key inside the vault.")
    sha256: str = Field(description="Of the object's bytes, in hexadecimal.")
    rows: int = Field(default=0, ge=0, description="Rows, where the object is a table.")


class NamedPart(Result):
    """A stage or department as the programme lists it."""

    id: str
    title: str
