"""Every source's own categories as the programme's: one set over all pipes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from config.programme import Programme
from config.tables import OWN_CATEGORY


def classify(feedback: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Return the rows with the taxonomy's categories in `category`, and what their source calls them in `own_category`.

    A category that maps to none becomes null. Rows that were classified before are classified anew from their source's own: a new
    version of the taxonomy recodes history. Without a taxonomy the rows stay as they are.
    """
    if programme.taxonomy is None or "category" not in feedback:
        return feedback
    own = feedback[OWN_CATEGORY].fillna(feedback["category"]) if OWN_CATEGORY in feedback else feedback["category"]
    translations = _translations(programme)
    category = pd.Series(index=feedback.index, dtype="str")
    for source in feedback["source"].unique():
        is_its = feedback["source"] == source
        category = category.mask(is_its, own.map(translations.get(source, {})).astype("str"))
    return feedback.assign(category=category, **{OWN_CATEGORY: own})


def categorised_counts(feedback: pd.DataFrame) -> tuple[int, int]:
    """Return how many rows bear a category of their source's, and how many of these map to none of the taxonomy's."""
    if OWN_CATEGORY not in feedback:
        return 0, 0
    has_own = feedback[OWN_CATEGORY].notna()
    return int(has_own.sum()), int((has_own & feedback["category"].isna()).sum())


def unmapped_categories(feedback: pd.DataFrame, records_at_least: int) -> dict[str, int]:
    """Return the source's own categories that map to none, most frequent first, with their records.

    Those of fewer records than `records_at_least` are left out: in a field that is not what it should be, they are customers' words.
    """
    if OWN_CATEGORY not in feedback:
        return {}
    counts = Counter(feedback.loc[feedback["category"].isna(), OWN_CATEGORY].dropna())
    return {name: count for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if count >= records_at_least}


def _translations(programme: Programme) -> Mapping[str, Mapping[str, str]]:
    """Return for each source what its categories become; a category of the programme's own name is that one."""
    if programme.taxonomy is None:
        return {}
    same = {category.id: category.id for category in programme.taxonomy.categories}
    return {source.id: same | dict(source.categories) for source in programme.sources}
