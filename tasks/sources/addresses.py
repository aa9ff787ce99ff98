"""Addresses of sources: placeholders of the cycle and names of the environment filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from config.errors import InputError
from config.periods import Quarter
from config.sources import Source

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PLACEHOLDER = re.compile(r"(?<!\$)\{(cycle|year|quarter)\}")


def with_cycle(text: str, quarter: Quarter) -> str:
    """Return a text with {cycle}, {year} and {quarter} filled in; names of the environment stay as they are."""
    values = {"cycle": str(quarter), "year": f"{quarter.year:04d}", "quarter": str(quarter.number)}
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def with_environment(text: str, source: Source, environment: Mapping[str, str]) -> str:
    """Return a text with each ${NAME} taken from the environment; InputError where one is not set."""

    def value(match: re.Match[str]) -> str:
        try:
            return environment[match[1]]
        except KeyError:
            raise InputError(f"source {source.id!r} reads {text}, and {match[1]} is not set in the environment: set it.") from None

    return _VARIABLE.sub(value, text)
