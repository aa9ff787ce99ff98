"""A small shop with two quarters of complaints and answers, written as files: the organisation of the flow tests."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

AS_OF = {"2026Q1": datetime(2026, 4, 10, 9, tzinfo=UTC), "2026Q2": datetime(2026, 7, 10, 9, tzinfo=UTC)}
STARTS = {"2026Q1": datetime(2026, 1, 2, 10, tzinfo=UTC), "2026Q2": datetime(2026, 4, 2, 10, tzinfo=UTC)}
COMPLAINTS = 60
WORDS = {
    "Delivery": "The parcel came late and the driver left it in the rain, please deliver parcels on the promised day number {n}",
    "Billing": "My invoice shows a wrong amount and nobody corrects the invoice although I sent the receipt {n}",
    "Website": "The website crashes when I log in and my password reset mail never arrives on the website {n}",
}

PROGRAMME = """\
programme: shop
title: The Shop
timezone: Europe/London
working_time: {days: [mon, tue, wed, thu, fri], hours: "09:00-17:00", holidays: GB-ENG}
stages:
  - {id: order, title: Ordering}
  - {id: receive, title: Receiving}
departments:
  - {id: web, title: Web team, mail: web@shop.example}
  - {id: transport, title: Transport, mail: transport@shop.example}
touchpoints:
  - {id: site, title: Website, stage: order, departments: [web], accountable: web, where: {category: [Website]}}
  - {id: door, title: Delivery, stage: receive, departments: [transport, web], accountable: transport, where: {category: [Delivery]}}
  - {id: elsewhere, title: Everything else, stage: order, departments: [web, transport], accountable: web, where: {}}
standards:
  - {id: on-time, title: Put right in time, touchpoints: all, measure: {by_due_date: resolved_at}, target_share: 0.9}
  - {id: door-on-time, title: Delivered in time, touchpoints: [door], measure: {by_due_date: resolved_at}, target_share: 0.9}
  - {id: friendly, title: Finds us friendly, touchpoints: [door], measure: {rating: friendly, at_least: 4}, target_share: 0.5}
sources:
  - id: complaints
    reads: {csv: "${DATA}/complaints-{cycle}.csv"}
    fills: feedback
    keep: {entered_by: [customer]}
    columns:
      record_id: id
      pipe: {is: complaint}
      kind: {is: complaint}
      occurred_at: opened
      due_at: due
      resolved_at: closed
      category: about
      text: words
  - id: survey
    reads: {csv: "${DATA}/survey-{cycle}.csv"}
    fills: ratings
    columns: {record_id: id, pipe: {is: survey}, occurred_at: answered}
    ratings:
      - {question: friendly, from: friendly, scale: [1, 5], missing: ["9"]}
gate: {quarantined_share_at_most: 0.05}
audiences:
  - {id: leadership, gets: digest, mail: [director@shop.example]}
  - {id: quality, gets: report, mail: [quality@shop.example]}
  - {id: owners, gets: follow_ups, mail: departments}
  - {id: operations, gets: alerts, mail: [operations@shop.example]}
"""


def write_shop(folder: Path) -> Path:
    """Write programme and data of both quarters into a folder; return the programme's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for cycle, start in STARTS.items():
        write_csv(folder / f"complaints-{cycle}.csv", complaints(cycle, start))
        write_csv(folder / f"survey-{cycle}.csv", answers(cycle, start))
    programme = folder / "programme.yaml"
    programme.write_text(PROGRAMME, encoding="utf-8")
    return programme


def complaints(cycle: str, start: datetime) -> list[dict[str, str]]:
    """Return 60 complaints, twenty of each kind, every other one late; two were entered by staff."""
    rows = []
    for n in range(COMPLAINTS):
        about = list(WORDS)[n % len(WORDS)]
        opened = start + timedelta(hours=8 * n)
        due = opened + timedelta(days=5)
        closed = due + timedelta(days=1 if n % 2 else -1)
        rows.append(
            {
                "id": f"{cycle}-{n:03d}",
                "opened": opened.isoformat(),
                "due": due.isoformat(),
                "closed": closed.isoformat(),
                "about": about,
                "words": WORDS[about].format(n=n),
                "entered_by": "staff" if n < 2 else "customer",
            }
        )
    return rows


def answers(cycle: str, start: datetime) -> list[dict[str, str]]:
    """Return 40 answers: scores 1 to 5 in turn, every tenth without one."""
    return [
        {
            "id": f"s-{cycle}-{n:03d}",
            "answered": (start + timedelta(hours=n)).isoformat(),
            "friendly": "9" if n % 10 == 0 else str(n % 5 + 1),
        }
        for n in range(40)
    ]


def cut_off(programme: Path, feed: str = "complaints-2026Q1") -> None:
    """Leave nothing of a feed but its header, so that its cycle fails at once."""
    path = programme.parent / f"{feed}.csv"
    path.write_text(path.read_text().splitlines()[0])


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
