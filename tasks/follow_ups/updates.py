"""Updates that a source of the programme tells: the canonical table made changes."""

from __future__ import annotations

from typing import Any

import pandas as pd

from config.tables import FOLLOW_UP_ID, FOLLOW_UP_UPDATES
from tasks.follow_ups.saying import without_contacts
from tasks.masking import mask_texts
from tasks.results import FollowUpChange

_FREE = ("evidence", "note")
_KEPT = ("source", "cycle", "by")


def changes_of(updates: pd.DataFrame) -> dict[str, tuple[FollowUpChange, ...]]:
    """Return for each follow-up of the canonical table the changes that its sources tell, oldest first."""
    found: dict[str, list[FollowUpChange]] = {}
    columns = [name for name in FOLLOW_UP_UPDATES.columns if name in updates]
    for row in updates[columns].to_dict("records"):
        told: dict[str, Any] = {str(name): value for name, value in row.items() if not pd.isna(value)}
        found.setdefault(told.pop("follow_up_id"), []).append(_change(told))
    return {one: tuple(sorted(changes, key=lambda change: change.at)) for one, changes in sorted(found.items())}


def private_updates(updates: pd.DataFrame, region: str | None) -> pd.DataFrame:
    """Return canonical updates with what reaches a person masked: in evidence and notes as `saying` does, elsewhere as in any source.

    Ids of follow-ups stay, and so do the names of those who say so: they answer for it.
    """
    texts = [name for name in updates if isinstance(updates[name].dtype, pd.StringDtype) and name not in _KEPT]
    return updates.assign(**{str(name): _private(str(name), updates[name], region) for name in texts})


def _change(told: dict[str, Any]) -> FollowUpChange:
    origin = f"source {told.pop('source')}"
    return FollowUpChange(**told | {"at": told["at"].to_pydatetime(), "origin": origin})


def _private(name: str, texts: pd.Series, region: str | None) -> pd.Series:
    if name in _FREE:
        return texts.map(lambda text: without_contacts(text, region), na_action="ignore").astype("str")
    masked = mask_texts(texts, None, region)
    return texts.where(texts.str.fullmatch(FOLLOW_UP_ID).fillna(value=False).astype("bool"), masked) if name == "follow_up_id" else masked
