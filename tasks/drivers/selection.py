"""Which questions are looked at: enough answers, answers that vary, twelve at most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tasks.drivers.correlations import N, correlate, is_constant

MOST_DRIVERS = 12
LEAST_RESPONDENTS = 150
LEAST_SHARE = 0.5
LEAST_GROUPS = 30
Integers = npt.NDArray[np.int64]


def why_not(sums: Integers, overall: str) -> str:
    """Return why nothing can be said of the `overall` question (the last of the cube `sums`), empty where something can.

    It needs 150 respondents: Green (1991, Multivariate Behavioral Research 26(3), 499-510) finds some support for 50 + 8 p to see
    a medium-sized R², and for 104 + p to see a driver's part in it, which at twelve drivers is 146 and 116. And it needs 30 groups
    of customers: below, resampled groups promise too much (Cameron, Gelbach and Miller 2008, Review of Economics and Statistics
    90(3), 414-427).
    """
    n, groups = int(sums[:, N, -1, -1].sum()), int((sums[:, N, -1, -1] > 0).sum())
    if n < LEAST_RESPONDENTS:
        return f"{n} respondents answered {overall!r}: too few, fewer than {LEAST_RESPONDENTS}."
    if groups < LEAST_GROUPS:
        return f"The {n} answers to {overall!r} come from too few customers."
    if is_constant(sums.sum(axis=0))[-1, -1]:
        return f"All answers to {overall!r} are the same."
    return ""


def choose(totals: Integers, questions: Sequence[str]) -> tuple[list[int], dict[str, str]]:
    """Return the positions of the questions to look at, ascending, and for each of the others why not.

    `totals` is a cube added up, its last question the overall one. A question is left out where fewer than 150 respondents, or
    less than half of those who gave the overall rating, answered both; where it does not vary among them; where too few answered
    it together with another one (of the two, that goes which is short of more partners, then of answers); and where twelve others
    have a larger correlation with the overall rating, of either sign.
    """
    left_out = _unusable(totals, questions)
    usable = [index for index in range(len(questions) - 1) if questions[index] not in left_out]
    while usable and (lonely := _lonely(totals[N], usable)) is not None:
        left_out[questions[lonely]] = f"fewer than {LEAST_RESPONDENTS} answered it together with another question"
        usable.remove(lonely)
    strength = np.abs(correlate(totals)[-1])
    ranked = sorted(usable, key=lambda index: (-strength[index], index))
    left_out |= {questions[index]: f"{MOST_DRIVERS} others have a larger correlation" for index in ranked[MOST_DRIVERS:]}
    return sorted(ranked[:MOST_DRIVERS]), left_out


def _unusable(totals: Integers, questions: Sequence[str]) -> dict[str, str]:
    together, of = totals[N, :, -1], int(totals[N, -1, -1])
    constant = is_constant(totals)[:, -1]
    reasons = {}
    for question, n, is_same in zip(questions[:-1], together[:-1].tolist(), constant[:-1], strict=True):
        if n < LEAST_RESPONDENTS:
            reasons[question] = f"{n} answered it and {questions[-1]!r}: fewer than {LEAST_RESPONDENTS}"
        elif n < LEAST_SHARE * of:
            reasons[question] = f"{n} of the {of} who answered {questions[-1]!r} answered it: less than half"
        elif is_same:
            reasons[question] = "all answers are the same"
    return reasons


def _lonely(n: Integers, usable: list[int]) -> int | None:
    """Return the question that is short of partners the most, none where all pairs were answered often enough."""
    missing = (n[np.ix_(usable, usable)] < LEAST_RESPONDENTS).sum(axis=1)
    if not missing.any():
        return None
    return min(zip(-missing, n[usable, -1], usable, strict=True))[-1]
