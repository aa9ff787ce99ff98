"""Texts to causes as a process of its own: what each step takes and the peak of its memory, as JSON on standard output."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(path: str) -> None:
    """Put the texts of a file, one a line, in clusters, and print what it took."""
    spent: dict[str, float] = {}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        began = time.monotonic()
        done = work()
        spent[step] = time.monotonic() - began
        return done

    started = time.monotonic()
    from tasks.causes.clusters import cluster_points
    from tasks.causes.encoders import shipped
    from tasks.causes.pupil import assign, to_bytes
    from tasks.causes.teaching import teach, to_read
    from tasks.causes.texts import collapse, readable

    texts = Path(path).read_text(encoding="utf-8").splitlines()
    unique = timed("collapse", lambda: collapse(texts))
    read = timed("sample", lambda: to_read(unique.keys))
    vectors = timed("encode", lambda: shipped().encode([readable(unique.texts[place]) for place in read]))
    found = timed("cluster", lambda: cluster_points(vectors, unique.weights[read]))
    stored = 0
    if len(read) < len(unique.keys):
        keys = [unique.keys[place] for place in read]
        pupil = timed("teach", lambda: teach(keys, vectors, found.of_point, found.centres, shipped().name))
        clusters, _ = timed("assign", lambda: assign(pupil, unique.keys))
        clusters[read] = found.of_point
        stored = len(to_bytes(pupil))
    used = resource.getrusage(resource.RUSAGE_SELF)
    report = {
        "wall": time.monotonic() - started,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss / 1024,
        "clusters": len(found.centres),
        "stored": stored,
        "steps": spent,
    }
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
