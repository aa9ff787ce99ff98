"""The suite of the ratings table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rules import meaning

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation


def ratings_suite() -> tuple[Expectation, ...]:
    """Return what must hold of a ratings table: record_id, question, score, scale_min, scale_max, score_unreadable."""
    from great_expectations import expectations as gxe

    def not_below(column: str, bound: str, words: str) -> Expectation:
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=column, column_B=bound, or_equal=True, ignore_row_if="either_value_is_missing", meta=meaning(words)
        )

    return (
        gxe.ExpectColumnValuesToBeInSet(column="score_unreadable", value_set=[False], meta=meaning("score can be read")),
        not_below("score", "scale_min", "score is not below its scale"),
        not_below("scale_max", "score", "score is not above its scale"),
    )
