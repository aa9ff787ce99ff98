"""The life of follow-ups: what people and Check say of them, from whatever file or source it comes."""

from tasks.follow_ups.life import as_known_at, check_change, is_known, person_change, with_changes
from tasks.follow_ups.updates import changes_of

__all__ = ["as_known_at", "changes_of", "check_change", "is_known", "person_change", "with_changes"]
