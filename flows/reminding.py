"""`touchstone remind`: owners hear of what is due and overdue, leadership of what does not move, nobody twice on one day."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from config.loading import fingerprint, load_programme
from config.programme import Programme
from config.settings import load_settings
from flows.mailing import Post, build_mails, mail_rows, send_one
from flows.places import open_vault
from reports import formats
from reports.reminders import Notice, letter_to, notices_of, without_address
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.models import Cycle
from tasks.ledger.outbox import SENDING
from tasks.ledger.reminders import told_on, write_reminder
from tasks.ledger.views import editions, follow_ups
from tasks.reminders import due_reminders


def remind(programme_path: str | Path, now: datetime) -> list[str]:
    """Send one mail to each address that is to be reminded of follow-ups, and return in words who was reminded of what.

    Each mail lists everything that its address was not told on that day, by the programme's calendar; what a failed mail could not tell
    is told by the next call. Owners without an address are named, and who gets reports is told instead.
    """
    settings, programme = load_settings(), load_programme(programme_path)
    ledger = open_ledger(settings.database_url)
    edition = _latest_finished(ledger, programme.programme)
    if edition is None:
        return []
    today = now.astimezone(programme.zone).date()
    due = due_reminders(follow_ups(ledger, programme.programme, only_open=True), programme, today)
    post = Post(ledger, open_vault(settings), settings, programme.programme, edition.edition)
    sent = [_send(post, notice, programme, today) for notice in notices_of(due, programme)]
    return [*(line for line in sent if line), *without_address(due, programme)]


def _send(post: Post, notice: Notice, programme: Programme, today: date) -> str:
    """Send what the address was not told today; return it in words, or nothing where there is nothing to tell."""
    new = notice.without(told_on(post.ledger, post.programme, notice.recipient, today))
    if not new.follow_ups:
        return ""
    occasion = f"reminder {today} {fingerprint(','.join(new.follow_ups))}"
    (mail,) = mail_rows(post, build_mails(post, [letter_to(new, programme)], occasion))
    mail.status = SENDING
    if not write_reminder(post.ledger, mail, new.follow_ups, today):
        return ""
    send_one(post, mail)
    return f"{notice.recipient} was reminded of {formats.counted(len(new.follow_ups), 'follow-up')}"


def _latest_finished(ledger: Ledger, programme: str) -> Cycle | None:
    finished = [one for one in editions(ledger, programme) if one.status == "finished" and not one.is_draft]
    return max(finished, key=lambda one: (one.cycle, one.revision), default=None)
