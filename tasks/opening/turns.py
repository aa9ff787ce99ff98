"""What one cycle's Check made of a follow-up."""

from __future__ import annotations

from tasks.follow_ups.life import is_from_check
from tasks.results import FollowUp, FollowUpStatus


def is_turned_in(follow_up: FollowUp, status: FollowUpStatus, cycle: str) -> bool:
    """Return whether this cycle's Check verified the follow-up, or opened it again, as `status` says."""
    return any(is_from_check(change) and change.cycle == cycle and change.status == status for change in follow_up.changes)


def is_shown_in(follow_up: FollowUp, cycle: str) -> bool:
    """Return whether this cycle's Check found that what was done worked."""
    worked = follow_up.effect is not None and follow_up.effect.verdict == "worked"
    return follow_up.status == "verified" and worked and is_turned_in(follow_up, "verified", cycle)
