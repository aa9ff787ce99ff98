"""Letters that remind of follow-ups."""

from __future__ import annotations

from datetime import date
from typing import Any

from config.programme import Audience
from reports.reminders import Notice, letter_to, notices_of
from tasks.reminders import Reminder
from tests.programmes import programme
from tests.tasks.test_decisions import judged

LEADERS = Audience(id="leadership", gets="digest", mail=("director@ferry.example", "desk@ferry.example"))
READERS = Audience(id="quality", gets="report", mail=("quality@ferry.example",))
FERRY = programme(audiences=(LEADERS, READERS))


def reminder(number: int, department: str = "desk", why: Any = "overdue", days: int = 3, **parts: Any) -> Reminder:
    follow_up = judged().model_copy(
        update={"id": f"fu-{number}", "owner": department, "due": date(2026, 5, 15), "status": "accepted"} | parts
    )
    return Reminder(department, follow_up, why, days)


def told(*reminders: Reminder) -> dict[str, tuple[list[str], list[str], list[str]]]:
    """Who is told of which ids as an owner, in an owner's place, and as leadership."""
    ids = [tuple([one.follow_up.id for one in part] for part in (n.own, n.unaddressed, n.stalled)) for n in notices_of(reminders, FERRY)]
    return dict(zip([n.recipient for n in notices_of(reminders, FERRY)], ids, strict=True))  # type: ignore[arg-type]


def test_owners_hear_of_their_own_leadership_of_what_is_stalled_and_readers_for_those_without_an_address() -> None:
    found = told(reminder(1), reminder(2, "deck", "stalled"), reminder(3, "web"), reminder(4, "web", "stalled"))
    assert found == {
        "desk@ferry.example": (["fu-1"], [], ["fu-2", "fu-4"]),
        "deck@ferry.example": (["fu-2"], [], []),
        "quality@ferry.example": ([], ["fu-3", "fu-4"], []),
        "director@ferry.example": ([], [], ["fu-2", "fu-4"]),
    }


def test_an_owner_that_is_leadership_too_is_told_of_its_own_once() -> None:
    assert told(reminder(1, why="stalled"))["desk@ferry.example"] == (["fu-1"], [], [])


def test_numbers_are_spoken_as_people_say_them() -> None:
    one = letter_to(Notice("desk@ferry.example", (reminder(1, days=1),)), FERRY)
    assert one.subject == "Ferry: 1 follow-up waits for action"
    assert "1 overdue." in one.text
    assert "for 1 day;" in one.text
    stalled = Notice("desk@ferry.example", (reminder(1, why="stalled"), reminder(2, why="stalled"), reminder(3, why="due_soon", days=0)))
    text = letter_to(stalled, FERRY).text
    assert "2 overdue and 1 due soon. 2 of 3 do not move: a talk in person may help." in " ".join(text.split())
    assert "Due 15 May 2026, today; accepted" in text


def test_no_title_can_add_a_tag_or_a_header() -> None:
    named = reminder(1, title="<b>Look</b>\r\nBcc: all@ferry.example")
    letter = letter_to(Notice("desk@ferry.example", (named,)), FERRY)
    assert "&lt;b&gt;Look&lt;/b&gt; Bcc" in letter.html
    assert "\nBcc" not in letter.text
