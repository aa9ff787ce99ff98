"""Keeping what a library in C prints out of standard output, which belongs to the command."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_output() -> Iterator[None]:
    """Send what is written to standard output to standard error meanwhile: HiGHS prints a line of its own there now and then."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)  # what C has kept back would come after the turn
        os.dup2(saved, 1)
        os.close(saved)
