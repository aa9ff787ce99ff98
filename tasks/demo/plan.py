"""What is true of the invented quarters by construction: quarters, causes, shares and rows set aside.

All counts are planned and none is left to chance, so that what the demo claims holds for every seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tasks.demo.grammar import Voice
from tasks.demo.phrases_afloat import CANCELLED_LATE, COLD_FOOD, LATE_DEPARTURES, PHONE_QUEUE, REFUND_WAITING, WIFI
from tasks.demo.phrases_ashore import APP_CODE, CHARGED_TWICE, TICKET_MACHINES, VEHICLE_LANES

ZONE = ZoneInfo("Europe/London")
CYCLES = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
FIRST_DAYS = ("2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01")
AS_OF = {
    "2025Q1": datetime(2025, 4, 15, 9, tzinfo=ZONE),
    "2025Q2": datetime(2025, 7, 15, 9, tzinfo=ZONE),
    "2025Q3": datetime(2025, 10, 15, 9, tzinfo=ZONE),
    "2025Q4": datetime(2026, 1, 15, 9, tzinfo=ZONE),
}
# England's public holidays while the cases run: a working day here must be one in the programme's zone of holidays
HOLIDAYS = ("2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26", "2026-01-01")

# touchpoint: the subjects under which complaints about it are filed, the commonest first
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "booking": ("Website", "App", "Payment"),
    "assistance": ("Assistance",),
    "terminal": ("Terminal", "Ticket machines"),
    "boarding": ("Boarding", "Vehicle lanes"),
    "sailing": ("Timetable", "Cancellation", "Delay"),
    "onboard": ("Lounge", "Wi-Fi", "Café"),
    "refunds": ("Refund", "Helpline"),
}
# touchpoint: how the survey calls that part of the trip
PARTS_OF_TRIP: Mapping[str, str] = {
    "booking": "Booking",
    "terminal": "Terminal and staff",
    "boarding": "Boarding",
    "sailing": "Timetable",
    "onboard": "On board",
    "refunds": "Refunds and help",
}
WORKING_DAYS_PROMISED: Mapping[str, int] = {"refunds": 20, "sailing": 15}
WORKING_DAYS_PROMISED_ELSEWHERE = 10


@dataclass(frozen=True)
class PlannedCause:
    """A root cause: where it is filed, and how many complaints and survey comments each quarter holds of it."""

    id: str
    title: str
    touchpoint: str
    subject: str
    voice: Voice
    complaints: tuple[int, ...]
    comments: tuple[int, ...]


CAUSES = (
    PlannedCause(
        "cancelled-late",
        "Cancellations announced too late",
        "sailing",
        "Cancellation",
        CANCELLED_LATE,
        (132, 124, 126, 132),
        (19, 18, 18, 19),
    ),
    PlannedCause(
        "late-departures",
        "Late departures, missed connections",
        "sailing",
        "Delay",
        LATE_DEPARTURES,
        (112, 116, 114, 112),
        (17, 17, 17, 17),
    ),
    PlannedCause(
        "vehicle-lanes", "Disorder in the vehicle lanes", "boarding", "Vehicle lanes", VEHICLE_LANES, (100, 104, 106, 101), (15, 15, 16, 15)
    ),
    PlannedCause(
        "ticket-machines",
        "Ticket machines out of order",
        "terminal",
        "Ticket machines",
        TICKET_MACHINES,
        (88, 86, 90, 87),
        (13, 13, 13, 13),
    ),
    PlannedCause("refund-waiting", "Refunds that do not arrive", "refunds", "Refund", REFUND_WAITING, (88, 92, 90, 205), (13, 13, 13, 30)),
    PlannedCause("cold-food", "Cold food, nothing left in the café", "onboard", "Café", COLD_FOOD, (86, 84, 88, 85), (15, 15, 15, 15)),
    PlannedCause("wifi", "Wi-Fi that drops", "onboard", "Wi-Fi", WIFI, (92, 95, 90, 0), (18, 18, 17, 0)),
    PlannedCause("phone-queue", "Nobody answers the helpline", "refunds", "Helpline", PHONE_QUEUE, (78, 80, 82, 80), (11, 11, 11, 11)),
    PlannedCause("charged-twice", "Cards charged twice", "booking", "Payment", CHARGED_TWICE, (74, 76, 72, 75), (10, 10, 10, 10)),
    PlannedCause("app-code", "The app's security code never comes", "booking", "App", APP_CODE, (0, 0, 96, 102), (0, 0, 17, 18)),
)
# what each cause does from the quarter before to this one; all others are steady
CAUSE_EVENTS = {("app-code", "2025Q3"): "appeared", ("refund-waiting", "2025Q4"): "grown", ("wifi", "2025Q4"): "cured"}

# touchpoint: remarks a quarter that belong to no planted cause
ASSORTED_COMPLAINTS: Mapping[str, int] = {"booking": 24, "terminal": 27, "boarding": 25, "sailing": 24, "onboard": 26, "refunds": 12}
ASSISTANCE_COMPLAINTS = 6
ASSORTED_COMMENTS = 20


@dataclass(frozen=True)
class PlannedStandard:
    """A standard's true share in each quarter, and the verdict that it must lead to."""

    id: str
    touchpoint: str
    meaning: str
    shares: tuple[float, ...]
    verdicts: tuple[str, ...]


STANDARDS = (
    PlannedStandard("answered", "all", "7 points above target", (0.82,) * 4, ("met",) * 4),
    PlannedStandard("acknowledged", "all", "3 points above target", (0.98,) * 4, ("met",) * 4),
    PlannedStandard("case-number", "all", "9 points below target", (0.81,) * 4, ("not_met",) * 4),
    PlannedStandard("assistance-settled", "assistance", "fewer than 10 cases", (1.0,) * 4, ("too_few",) * 4),
    PlannedStandard("helpful-staff", "terminal", "11 points below target", (0.74,) * 4, ("not_met",) * 4),
    PlannedStandard("easy-booking", "booking", "9 points above target", (0.79,) * 4, ("met",) * 4),
    PlannedStandard("smooth-boarding", "boarding", "8 points above target", (0.68,) * 4, ("met",) * 4),
    PlannedStandard("sailing-settled", "sailing", "exactly on target", (0.75,) * 4, ("uncertain",) * 4),
    PlannedStandard("clean-ship", "onboard", "10 points above target", (0.90,) * 4, ("met",) * 4),
    PlannedStandard("wifi", "onboard", "mended in the last quarter", (0.48, 0.48, 0.48, 0.71), ("not_met",) * 3 + ("met",)),
    PlannedStandard("refund-settled", "refunds", "lost in the last quarter", (0.88, 0.88, 0.88, 0.60), ("met",) * 3 + ("not_met",)),
)
CHANGES = {("wifi", "2025Q4"): "improved", ("refund-settled", "2025Q4"): "worsened"}
SHARES: Mapping[str, Mapping[str, float]] = {standard.id: dict(zip(CYCLES, standard.shares, strict=True)) for standard in STANDARDS}


@dataclass(frozen=True)
class SetAside:
    """Rows a quarter that must not count, by what is wrong with them."""

    staff_log: int = 0
    next_quarter: int = 0
    copies: int = 0
    closed_before_opened: int = 0
    unreadable_opened: int = 0
    unreadable_settled: int = 0
    score_off_scale: int = 0

    @property
    def quarantined(self) -> int:
        """Rows that fail validation."""
        return self.closed_before_opened + self.unreadable_opened + self.unreadable_settled + self.score_off_scale


COMPLAINTS_SET_ASIDE = SetAside(staff_log=38, next_quarter=4, copies=9, closed_before_opened=5, unreadable_opened=3, unreadable_settled=3)
SURVEY_SET_ASIDE = SetAside(copies=4, unreadable_opened=3, score_off_scale=3)
CASES_WITHOUT_PROMISE = 17
