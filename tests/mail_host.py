"""A mail server in a process of its own, which can be stopped and started: each mail that it takes is a file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Writes each mail into a folder before it says that it has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        (self.folder / f"{uuid4().hex}.eml").write_bytes(content)
        return "250 OK"


def main(port: int, folder: Path) -> None:
    """Serve until killed."""
    Controller(Keeper(folder), "127.0.0.1", port, ready_timeout=60).start()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
