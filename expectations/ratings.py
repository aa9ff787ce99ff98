"""The suite of the ratings table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.common import can_be_read, not_below

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation


def ratings_suite() -> tuple[Expectation, ...]:
    """Return what must hold of a ratings table: score, scale_min, scale_max, score_unreadable."""
    return (
        *can_be_read(["score_unreadable"]),
        not_below("score", "scale_min", "score is not below its scale"),
        not_below("scale_max", "score", "score is not above its scale"),
    )
