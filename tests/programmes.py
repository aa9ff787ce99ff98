"""A small programme for tests, and that programme with parts replaced."""

from __future__ import annotations

from typing import Any

from config.programme import Programme
from config.sources import Source
from config.standards import Standard

SMALL: dict[str, Any] = {
    "programme": "ferry",
    "title": "Ferry",
    "timezone": "America/New_York",
    "working_time": {"days": ["mon", "tue", "wed", "thu", "fri"], "hours": "09:00-17:00", "holidays": "US"},
    "stages": [{"id": "book", "title": "Booking"}, {"id": "sail", "title": "Sailing"}],
    "departments": [
        {"id": "desk", "title": "Ticket desk", "mail": "desk@ferry.example"},
        {"id": "deck", "title": "Deck crew", "mail": "deck@ferry.example"},
        {"id": "web", "title": "Web team"},
    ],
    "touchpoints": [
        {
            "id": "counter",
            "title": "The counter",
            "stage": "book",
            "departments": ["desk", "web"],
            "accountable": "desk",
            "where": {"category": ["counter"]},
        },
        {
            "id": "site",
            "title": "The web site",
            "stage": "book",
            "departments": ["web"],
            "accountable": "web",
            "where": {"category": ["site"]},
        },
        {
            "id": "lounge",
            "title": "The lounge",
            "stage": "sail",
            "departments": ["deck", "desk"],
            "accountable": "deck",
            "where": {"category": ["lounge"]},
        },
    ],
    "sources": [
        {
            "id": "cases",
            "reads": {"csv": "${DATA}/cases-{cycle}.csv"},
            "columns": {
                "record_id": "id",
                "pipe": {"is": "complaint"},
                "occurred_at": "when",
                "due_at": "due",
                "resolved_at": "done",
                "category": "place",
                "text": "words",
            },
        }
    ],
}
ON_TIME = {"id": "on-time", "touchpoints": "all", "measure": {"by_due_date": "resolved_at"}, "target_share": 0.8}


def programme(**parts: Any) -> Programme:
    """Return the small programme with these parts in place of its own."""
    return Programme.model_validate(SMALL | parts)


def standard(**parts: Any) -> Standard:
    """Return the standard "resolved by its due time at all touchpoints: 80 %", with these parts in place of its own."""
    return Standard.model_validate(ON_TIME | parts)


def source(**parts: Any) -> Source:
    """Return the small programme's source, with these parts in place of its own."""
    return Source.model_validate(SMALL["sources"][0] | parts)
