"""The canonical tables that every source is mapped to: their columns and closed sets of values."""

PIPES = ("survey", "complaint", "call", "return", "social", "frontline", "visit")
KINDS = ("complaint", "comment", "praise", "suggestion", "question")

FEEDBACK_TIMES = ("occurred_at", "due_at", "acknowledged_at", "assessed_at", "resolved_at", "closed_at")
FEEDBACK_NUMBERS = ("weight", "reopened_count", "transferred_count")
FEEDBACK_BOOLEANS = ("is_internal", "is_first_contact_resolved", "is_duplicate_case")
FEEDBACK_TEXTS = (
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
)
FEEDBACK_COLUMNS = FEEDBACK_TEXTS + FEEDBACK_TIMES + FEEDBACK_NUMBERS + FEEDBACK_BOOLEANS
FEEDBACK_REQUIRED = ("record_id", "pipe", "occurred_at")
CUSTOMER_NAME = "customer_name"  # used to mask, never stored

RATINGS_COLUMNS = ("source", "record_id", "question", "score", "scale_min", "scale_max")

UNREADABLE = "_unreadable"  # ends the name of the column that says that a value was there and could not be read
FILLED_BY_US = ("source", "cycle", "row", "rule", "question", "score", "scale_min", "scale_max")
