"""What got worse meanwhile, though nothing was done to it: a fix may harm elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tasks.effectiveness.contrast import Contrast, series_of, step
from tasks.effectiveness.judge import Question, left_alone
from tasks.effectiveness.panel import Panel
from tasks.effectiveness.variation import variation_among
from tasks.inference import benjamini_hochberg

FEWEST_OTHERS = 3  # to compare each with


def harmed(panel: Panel, question: Question) -> tuple[str, ...]:
    """Return the untouched units that got worse since, each beside all others of them; false discoveries are held at 5 %."""
    units = left_alone(panel, question)
    if len(units) <= FEWEST_OTHERS:
        return ()
    changes = [_beside_the_others(panel, question, unit, units) for unit in units]
    is_shown = benjamini_hochberg(np.array([one.p for one in changes]))
    sign = -1 if question.is_fewer_better else 1
    return tuple(unit for unit, one, shown in zip(units, changes, is_shown, strict=True) if shown and sign * one.change < 0)


def without_harmed(panel: Panel, question: Question) -> tuple[Question, tuple[str, ...]]:
    """Return the question with what got worse left out of the comparison, and what that is."""
    worse = harmed(panel, question)
    return replace(question, untouched=tuple(unit for unit in question.untouched if unit not in worse)), worse


def _beside_the_others(panel: Panel, question: Question, unit: str, units: Sequence[str]) -> Contrast:
    others = variation_among(panel, tuple(other for other in units if other != unit))
    return step(series_of(panel, unit, question.window, others))
