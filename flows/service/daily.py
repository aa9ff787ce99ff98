"""What is done every day, cycle or not: reminders, and letting expire what is too old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from config.loading import load_programme, thaw
from config.settings import Settings, load_settings
from flows.keeping.retention import expire
from flows.mailing import Post, send_at_once
from flows.places import open_vault
from reports.notices import remind_of
from tasks.ledger.approvals import waiting_approvals
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.editions import get_edition
from tasks.ledger.models import Approval
from tasks.local_copy import expire_copies

FIRST_REMINDER_AFTER = timedelta(hours=20)


def keep_house(programme_path: str, now: datetime) -> list[str]:
    """Remind of approvals that wait, let expire what is too old, and return in words what was done."""
    settings = load_settings()
    programme = load_programme(programme_path)
    ledger = open_ledger(settings.database_url)
    done = [_remind(ledger, settings, asked, now) for asked in waiting_approvals(ledger, programme.programme)]
    expired = expire(ledger, open_vault(settings), programme, settings.lease_seconds)
    copies = expire_copies(settings.quarantine_folder, settings.quarantine_days, now)
    told = {"objects with customers' words expired": expired, "local copies of quarantined rows expired": copies}
    return [*(line for line in done if line), *(f"{count} {words}" for words, count in told.items() if count)]


def _remind(ledger: Ledger, settings: Settings, asked: Approval, now: datetime) -> str:
    """Remind of one approval, at most once a day."""
    since = datetime.fromisoformat(asked.requested_at)
    edition = get_edition(ledger, asked.programme, asked.edition)
    if edition is None or now - since < FIRST_REMINDER_AFTER:
        return ""
    programme = thaw(edition.frozen)
    today = now.astimezone(programme.zone).date()
    post = Post(ledger, open_vault(settings), settings, asked.programme, asked.edition)
    letters = remind_of(programme, asked.edition, asked.subject, asked.sha256, since.astimezone(UTC).date())  # type: ignore[arg-type]
    sent = send_at_once(post, letters, f"{asked.edition} attempt {asked.attempt} {asked.subject} reminder {today}")
    return f"{sent} reminded of the {asked.subject} of {asked.edition}" if sent else ""
