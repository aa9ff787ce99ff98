"""Every follow-up that was ever opened, by owner, with its whole life: what is overdue first, what is settled last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from reports.history_record import History, page_of_finding
from tasks.results import OPEN_STATUSES, CycleSummary, EffectVerdict, FollowUp, FollowUpStatus

_SETTLED: tuple[FollowUpStatus, ...] = ("verified", "abandoned")


@dataclass(frozen=True)
class Told:
    """What one report said of a follow-up."""

    edition: str
    status: FollowUpStatus
    verdict: EffectVerdict | None


@dataclass(frozen=True)
class FollowUpLife:
    """A follow-up as it stands now, what each report said of it, and the page of its finding, if that has one."""

    follow_up: FollowUp
    told: tuple[Told, ...]
    page: str


@dataclass(frozen=True)
class Desk:
    """What lies with one owner: open with the overdue first, declared done and not judged yet, and settled, the latest first."""

    owner: str
    open: tuple[FollowUpLife, ...]
    done: tuple[FollowUpLife, ...]
    settled: tuple[FollowUpLife, ...]

    @property
    def overdue(self) -> int:
        """How many are overdue."""
        return sum(one.follow_up.is_overdue for one in self.open)


def as_of_now(follow_ups: Iterable[FollowUp], newest: CycleSummary) -> tuple[FollowUp, ...]:
    """Return the follow-ups with what is overdue at the newest cycle's as-of, the earliest due first."""
    today = newest.as_of.astimezone(ZoneInfo(newest.timezone)).date()
    dated = (one.model_copy(update={"is_overdue": _is_overdue(one, today)}) for one in follow_ups)
    return tuple(sorted(dated, key=lambda one: (one.due, one.id)))


def _is_overdue(one: FollowUp, today: date) -> bool:
    return one.status in OPEN_STATUSES and one.due < today


def desks(history: History, pages: Collection[str]) -> tuple[Desk, ...]:
    """Return what lies with each owner, the owner with most that is overdue first, then with most that is open.

    `pages` are those that there are: a follow-up leads to its finding's only where that is among them.
    """
    told = _told(history.summaries)
    lives: dict[str, list[FollowUpLife]] = {}
    for one in history.follow_ups:
        page = page_of_finding(one.finding)
        life = FollowUpLife(one, tuple(told.get(one.id, ())), page if page in pages else "")
        lives.setdefault(one.owner, []).append(life)
    found = [_desk(owner, own) for owner, own in lives.items()]
    return tuple(sorted(found, key=lambda desk: (-desk.overdue, -len(desk.open), desk.owner)))


def _desk(owner: str, lives: Iterable[FollowUpLife]) -> Desk:
    by_status: Mapping[str, list[FollowUpLife]] = {"open": [], "done": [], "settled": []}
    for life in lives:
        status = life.follow_up.status
        by_status["open" if status in OPEN_STATUSES else "settled" if status in _SETTLED else "done"].append(life)
    return Desk(owner, tuple(by_status["open"]), tuple(by_status["done"]), tuple(reversed(by_status["settled"])))


def _told(summaries: Iterable[CycleSummary]) -> dict[str, list[Told]]:
    told: dict[str, list[Told]] = {}
    for summary in summaries:
        for one in summary.follow_ups:
            verdict = one.effect.verdict if one.effect and one.effect.cycle == summary.cycle else None
            told.setdefault(one.id, []).append(Told(summary.edition, one.status, verdict))
    return told
