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
    is_begun = latest.status != "finished"
    error = latest.error if is_begun else _BEFORE_IT_BEGAN
    letters = tell_of_trouble(thaw(latest.frozen), latest.edition, what, error, ADVICE[latest.status] if is_begun else _EXAMINE)
    return f"{send_at_once(post, letters, f'{latest.edition} {what} {once}')} told that {latest.edition} of {programme_id} {what}"


def _latest(ledger: Ledger, programme_id: str) -> Cycle:
    """Return the edition that was opened last."""
    known = [edition for edition in editions(ledger, programme_id) if not edition.is_draft]
    if not known:
        raise InputError(f"The ledger knows no cycle of {programme_id}, and so nobody to tell; see the failed run in Prefect's page.")
    return max(known, key=lambda edition: edition.opened_at)


def _needs_a_person(ledger: Ledger, edition: Cycle, what: str) -> bool:
    """Return whether somebody must look: a run that was killed goes on by itself, unless it is killed again and again."""
    if edition.status in ("not_publishable", "awaiting_approval", "rejected"):
        return False  # those whom it concerns were told by the cycle itself
    if edition.status == "running" and what != "is stuck":
        return holder(ledger, edition.programme) is None and _deaths(ledger, edition) >= DEATHS_THAT_NEED_A_PERSON
    return True


def _deaths(ledger: Ledger, edition: Cycle) -> int:
    """Return how often the lock of a dead run was taken over to go on with the cycle."""
    taken = [event for event in events(ledger, edition.programme, edition.cycle) if event.kind == TAKEN]
    return sum('"took_over_from":"process' in event.payload for event in taken)
