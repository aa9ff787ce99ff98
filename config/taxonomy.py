"""One set of categories over every pipe, versioned."""

from __future__ import annotations

from pydantic import Field

from config.model import Identifier, Model


class Category(Model):
    """One category of the programme."""

    id: Identifier = Field(description="Short name; what `where` and reports call it.")
    title: str = Field(description="What people read.", min_length=1)


class Taxonomy(Model):
    """The programme's own categories; each source says with `categories` which of its own become which."""

    version: int = Field(default=1, ge=1, description="Raise it with every change; history is recoded, and reports name it.")
    categories: tuple[Category, ...] = Field(min_length=1, description="The categories.")
