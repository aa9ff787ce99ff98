"""A thousand canaries, made by a library that the maskers do not know: nothing of them is left."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from tasks.masking import mask_text, mask_texts
from tests.canaries import Canary, canaries, found_in

SENTENCES = (
    "{}",
    "Please answer to {} as soon as you can, I have waited for weeks.",
    "I told the driver: {}, and nobody came back to me!",
    "my details ({}) are on the invoice of 12/05/2026, which was 19.99 too much",
    "Hello,\n{}\nBest regards",
)
ALL = canaries()


def test_the_canaries_are_a_thousand_and_each_kind_is_written_in_at_least_six_ways() -> None:
    forms = {kind: {canary.form for canary in ALL if canary.kind == kind} for kind in {canary.kind for canary in ALL}}
    assert len(ALL) == len({canary.text for canary in ALL}) == 1000
    assert len(forms) == 8
    assert min(map(len, forms.values())) >= 6
    assert min(Counter(canary.kind for canary in ALL).values()) == 125


def test_each_canary_can_be_found_where_nothing_is_masked() -> None:
    missed = [canary for canary in ALL if canary not in found_in(canary.text, [canary])]
    assert missed == []


@pytest.mark.parametrize("region", ["US", "GB", None])
def test_nothing_of_a_canary_is_left_in_any_sentence(region: str | None) -> None:
    rows = [(canary, sentence.format(canary.text)) for canary in ALL for sentence in SENTENCES]
    masked = mask_texts(pd.Series([text for _, text in rows], dtype="str"), None, region)
    left = [(canary, after) for (canary, _), after in zip(rows, masked, strict=True) if found_in(after, [canary])]
    assert [(canary.kind, canary.form, canary.text, after) for canary, after in left] == []


@pytest.mark.parametrize("canary", ALL[::37], ids=lambda canary: f"{canary.kind} {canary.form}")
def test_one_text_is_masked_as_a_column_is(canary: Canary) -> None:
    texts = [sentence.format(canary.text) for sentence in SENTENCES]
    assert mask_texts(pd.Series(texts, dtype="str"), None, "US").tolist() == [mask_text(text, "US") for text in texts]
