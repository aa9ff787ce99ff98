"""Whatever people write, in any script and with marks piled on any letter, the report is set as a PDF."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

import pytest

from reports.pdf import report_pdf
from reports.pdf_characters import printed_code_points
from tests.reports import samples

PRINTED = sorted(printed_code_points())
MARKS = [point for point in PRINTED if unicodedata.category(chr(point)).startswith("M")]
WORDS = 300
ALPHABETS: tuple[Callable[[random.Random], int], ...] = (
    lambda chance: chance.choice(PRINTED),
    lambda chance: chance.randrange(0x5D0, 0x700),  # from right to left
    lambda chance: chance.randrange(0x900, 0x980),  # letters that join
    lambda chance: chance.choice(MARKS) if chance.random() < 0.2 else chance.randrange(0x20, 0x3000),
    lambda chance: chance.choice((chance.randrange(0xD800), chance.randrange(0xE000, 0x110000))),
)


@pytest.mark.parametrize("seed", [*range(len(ALPHABETS)), *(pytest.param(seed, marks=pytest.mark.fuzz) for seed in range(5, 200))])
def test_any_words_can_be_set(seed: int) -> None:
    chance = random.Random(seed)
    alphabet = ALPHABETS[seed % len(ALPHABETS)]
    words = " ".join("".join(chr(alphabet(chance)) for _ in range(chance.randint(1, 12))) for _ in range(WORDS))
    assert report_pdf(samples.with_nothing().model_copy(update={"headline": words})).startswith(b"%PDF")
