"""BERTopic on the texts of a file as a process of its own, by an interpreter that has it; JSON on standard output."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


def main(what: str, path: str, given: str) -> None:
    """Read the texts of a file, one a line; `what` is embed (`given` a model) or fit (`given` a file of vectors).

    Raises ImportError where a package is missing.
    """
    texts = Path(path).read_text(encoding="utf-8").splitlines()
    started, before = time.monotonic(), cpu()
    topics = embed(texts, given) if what == "embed" else fit(texts, given)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    json.dump({"wall": time.monotonic() - started, "cpu": cpu() - before, "peak": peak, "clusters": topics}, sys.stdout)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def embed(texts: list[str], model: str) -> int:
    """Encode the texts as BERTopic does where it is given no vectors."""
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(model, device="cpu").encode(texts)
    return 0


def fit(texts: list[str], vectors: str) -> int:
    """Return how many topics BERTopic finds with its defaults in texts that are encoded already."""
    import numpy as np
    from bertopic import BERTopic

    model: Any = BERTopic()
    topics, _ = model.fit_transform(texts, embeddings=np.load(vectors))
    return len(set(topics) - {-1})


if __name__ == "__main__":
    main(*sys.argv[1:])
