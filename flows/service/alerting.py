"""Telling people, once a flow run, of a cycle that needs them."""

from __future__ import annotations

from config.errors import InputError
from config.loading import thaw
from config.settings import load_settings
from flows.mailing import Post, send_at_once
from flows.places import open_vault
from flows.status import ADVICE
from reports.notices import tell_of_trouble
from tasks.ledger.connection import Ledger, now, open_ledger
from tasks.ledger.locks import TAKEN, holder
from tasks.ledger.models import Cycle
from tasks.ledger.views import editions, events

DEATHS_THAT_NEED_A_PERSON = 3
_BEFORE_IT_BEGAN = "It failed before the cycle began: the programme file, a setting or the ledger is wrong."
_LOOK = "see in Prefect's page what it is doing; cancel it there if it does nothing, then run it again: it goes on where it stopped"
_EXAMINE = "run touchstone doctor with the programme file; it says what is wrong"


def alert(programme_id: str, run: str, what: str) -> str:
    """Mail what is wrong with a programme's cycle to the audience of alerts, unless nobody is needed; return in words what was done.

    Raises InputError where the ledger knows no edition of the programme, so that nobody knows whom to tell.
    """
    settings = load_settings()
    ledger = open_ledger(settings.database_url)
    latest = _latest(ledger, programme_id)
    if not _needs_a_person(ledger, latest, what):
        return f"{latest.edition} of {programme_id} needs nobody: {latest.status}"
    once = run if latest.status != "running" else now()[:10]  # one that is killed again and again is told of once a day
    post = Post(ledger, open_vault(settings), settings, programme_id, latest.edition)
    letters = tell_of_trouble(thaw(latest.frozen), latest.edition, what, *_why_and_what_to_do(latest, what))
    return f"{send_at_once(post, letters, f'{latest.edition} {what} {once}')} told that {latest.edition} of {programme_id} {what}"


def _why_and_what_to_do(edition: Cycle, what: str) -> tuple[str, str]:
    if what == "is stuck":
        return edition.error, _LOOK
    if edition.status == "finished":
        return _BEFORE_IT_BEGAN, _EXAMINE
    return edition.error, ADVICE[edition.status]


def _latest(ledger: Ledger, programme_id: str) -> Cycle:
    """Return the edition that a run wrote about last, which may be an older quarter's."""
    known = [edition for edition in editions(ledger, programme_id) if not edition.is_draft]
    if not known:
        raise InputError(f"The ledger knows no cycle of {programme_id}, and so nobody to tell; see the failed run in Prefect's page.")
    by_name = {edition.edition: edition for edition in known}
    written = (event.edition for event in reversed(events(ledger, programme_id)) if event.kind.startswith(("cycle.", "step.")))
    return next(by_name[name] for name in written if name in by_name)


def _needs_a_person(ledger: Ledger, edition: Cycle, what: str) -> bool:
    """Return whether somebody must look: a run that was killed goes on by itself, unless it is killed again and again."""
    if edition.status in ("not_publishable", "awaiting_approval", "rejected"):
        return False  # those whom it concerns were told by the cycle itself
    if edition.status == "running" and what != "is stuck":
        return _deaths(ledger, edition) >= DEATHS_THAT_NEED_A_PERSON
    return True


def _deaths(ledger: Ledger, edition: Cycle) -> int:
    """Return how often a run of the cycle died: its lock was taken over by the next one, or lies there still."""
    taken = [event for event in events(ledger, edition.programme, edition.cycle) if event.kind == TAKEN]
    return sum('"took_over_from":"process' in event.payload for event in taken) + (holder(ledger, edition.programme) is None)
