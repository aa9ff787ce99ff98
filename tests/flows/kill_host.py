"""Runs cycles in forked processes that are killed (SIGKILL) right after a chosen event was committed.

Reads a number a line: a fresh installation's cycle is killed after so many events of its ledger (0: never), then
run again to the end. Prints a line of JSON each time. The libraries are imported once, before any fork.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

import great_expectations  # noqa: F401  (imported for the forks)
import sklearn.feature_extraction.text  # noqa: F401
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from flows.audit import verify
from flows.cycle import run_cycle
from flows.status import mail_lines
from tasks.ledger.connection import open_ledger
from tasks.ledger.models import Event


def main(programme: str, cycle: str, as_of: str, folder: str) -> None:
    """Serve numbers from standard input until it ends."""
    for line in sys.stdin:
        kill_after = int(line)
        home = Path(folder) / f"killed-after-{kill_after}"
        os.environ["TOUCHSTONE_HOME"] = str(home)
        arguments = (programme, cycle, datetime.fromisoformat(as_of))
        killed = _in_fork(_run_and_kill, *arguments, kill_after)
        seen = _in_fork_value(_events, home)
        finished = _in_fork(_run, *arguments)
        report = {"killed_by": killed, "events_before": seen, "exit": finished, **_in_fork_value(_state, programme, home)}
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()


def _run(programme: str, cycle: str, as_of: datetime) -> None:
    run_cycle(programme, cycle, as_of=as_of)


def _run_and_kill(programme: str, cycle: str, as_of: datetime, kill_after: int) -> None:
    commits = {"events": 0, "is_event": False}

    def before_flush(session: Session, *_: Any) -> None:
        commits["is_event"] |= any(isinstance(row, Event) for row in session.new)

    def after_commit(_session: Session) -> None:
        commits["events"] += commits["is_event"]
        if commits["is_event"] and commits["events"] == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        commits["is_event"] = False

    event.listen(Session, "before_flush", before_flush)
    event.listen(Session, "after_commit", after_commit)
    _run(programme, cycle, as_of)


def _state(programme: str, home: Path) -> dict[str, Any]:
    name = Path(programme).parent.name
    files = {p.relative_to(home).as_posix(): p.read_bytes() for p in sorted((home / "published").rglob("*")) if p.is_file()}
    return {
        "published": {key: hashlib.sha256(content).hexdigest() for key, content in files.items() if _is_promised(key)},
        "mails": {line["message_id"]: line["status"] for line in mail_lines(name)},
        "problems": verify(name)["problems"],
        "kinds": [kind for kind, _ in _events(home)],
    }


def _is_promised(key: str) -> bool:
    return not key.endswith("seal.json") and key.count("/") > 2 and "/history/" not in key


def _events(home: Path) -> list[tuple[str, int]]:
    if not (home / "ledger.db").exists():
        return []
    with open_ledger(f"sqlite:///{home / 'ledger.db'}").transaction() as session:
        return (
            [(row.kind, row.seq) for row in session.scalars(select(Event).order_by(Event.seq))]
            if session.scalar(select(func.count(Event.seq)))
            else []
        )


def _in_fork(work: Any, *arguments: Any) -> int:
    """Run in a forked process and return how it ended: 0, 1, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        _end_with(work, arguments)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _in_fork_value(work: Any, *arguments: Any) -> Any:
    """Run in a forked process, so that this one never opens a database, and return what it gives."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _end_with(lambda *given: os.write(writer, json.dumps(work(*given)).encode()), arguments)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        content = pipe.read()
    os.waitpid(child, 0)
    return json.loads(content)


def _end_with(work: Any, arguments: tuple[Any, ...]) -> None:
    try:
        work(*arguments)
        os._exit(0)
    except BaseException:  # noqa: BLE001 (a fork ends here, whatever happened)
        traceback.print_exc()
        os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
