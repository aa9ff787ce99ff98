"""Keeping libraries quiet: no telemetry, no chatter, and a server start that a busy machine survives."""

from __future__ import annotations

import os
from pathlib import Path

from config.settings import load_settings

_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # Prefect's page shows the log; a terminal gets one sentence
    "PREFECT_CLI_COLORS": "false",
}


def keep_quiet() -> None:
    """Set what is not set in the environment; it has to be called before Prefect is imported."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    if not os.access(os.environ.get("HOME", ""), os.W_OK):  # a service's user often has no home, and Prefect wants one
        os.environ.setdefault("PREFECT_HOME", str(Path(load_settings().home).resolve() / "prefect"))
