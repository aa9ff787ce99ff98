"""The canonical tables that every source is mapped to: their columns and closed sets of values."""

from __future__ import annotations

from dataclasses import dataclass

PIPES = ("survey", "complaint", "call", "return", "social", "frontline", "visit")
KINDS = ("complaint", "comment", "praise", "suggestion", "question")
WAYS_TO_COMPLAIN = {  # ISO 10002: in person, by telephone, by mail, over the internet; each with its channels
    "in_person": ("in_person", "counter", "kiosk"),
    "telephone": ("telephone", "sms"),
    "mail": ("mail", "fax"),
    "internet": ("internet", "email", "app", "social", "chat"),
}
CHANNELS = tuple(channel for channels in WAYS_TO_COMPLAIN.values() for channel in channels)


@dataclass(frozen=True)
class Table:
    """One canonical table: its columns by type, those that every row needs, what identifies a row and when it happened."""

    texts: tuple[str, ...]
    times: tuple[str, ...]
    numbers: tuple[str, ...]
    booleans: tuple[str, ...]
    required: tuple[str, ...]
    key: tuple[str, ...]
    happened_at: str | None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, texts first."""
        return self.texts + self.times + self.numbers + self.booleans


FEEDBACK = Table(
    texts=(
        "record_id",
        "source",
        "pipe",
        "kind",
        "channel",
        "customer_id",
        "touchpoint",
        "category",
        "department",
        "text",
        "language",
        "wave",
    ),
    times=("occurred_at", "due_at", "acknowledged_at", "assessed_at", "resolved_at", "reopened_at", "closed_at"),
    numbers=("weight", "reopened_count", "transferred_count"),
    booleans=("is_internal", "is_first_contact_resolved", "is_duplicate_case"),
    required=("record_id", "pipe", "occurred_at"),
    key=("record_id",),
    happened_at="occurred_at",
)
INVITATIONS = Table(
    texts=("source", "customer_id", "survey"),
    times=("sent_at", "answered_at"),
    numbers=(),
    booleans=(),
    required=("customer_id", "survey", "sent_at"),
    key=("customer_id", "survey", "sent_at"),
    happened_at="sent_at",
)
CUSTOMERS = Table(
    texts=("source", "customer_id", "segment"),
    times=("since", "until"),
    numbers=("value",),
    booleans=("is_internal", "may_be_asked", "may_be_told"),
    required=("customer_id",),
    key=("customer_id",),
    happened_at=None,
)
FOLLOW_UP_UPDATES = Table(
    texts=("source", "follow_up_id", "by", "status", "evidence", "note"),
    times=("at",),
    numbers=("effort_person_weeks", "predicted_change"),
    booleans=(),
    required=("follow_up_id", "at", "by"),
    key=("follow_up_id", "at", "status"),
    happened_at="at",
)
FOLLOW_UP_ID = r"fu-[0-9a-f]{10}"
UPDATE_STATUSES = ("accepted", "in_progress", "done")  # what a person may say; the rest is for Check
TABLES = {"feedback": FEEDBACK, "invitations": INVITATIONS, "customers": CUSTOMERS, "follow_up_updates": FOLLOW_UP_UPDATES}
CUSTOMER_NAME = "customer_name"  # used to mask, never stored
OWN_CATEGORY = "own_category"  # what the source itself calls a record's category, where a taxonomy translates it

RATINGS_COLUMNS = ("source", "record_id", "question", "score", "scale_min", "scale_max")

UNREADABLE = "_unreadable"  # ends the name of the column that says that a value was there and could not be read
FILLED_BY_US = (
    *("source", "cycle", "row", "file", "file_row", "rule"),
    *("question", "score", "scale_min", "scale_max"),
    *(OWN_CATEGORY, "form_letter"),
)

FEEDBACK_COLUMNS = FEEDBACK.columns
FEEDBACK_REQUIRED = FEEDBACK.required
