"""The manifest: sha256 of everything that went in and came out; and the seal that ties it to the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from tasks.results import CycleSummary, DataQuality


def manifest_json(summary: CycleSummary, files: Mapping[str, bytes]) -> bytes:
    """Return the manifest of a published edition; `files` are all others of its folder."""
    return _json(
        {
            "programme": summary.programme,
            "cycle": summary.cycle,
            "edition": summary.edition,
            "as_of": summary.as_of.isoformat(),
            "is_publishable": True,
            "revision_reason": summary.revision_reason,
            "programme_sha256": summary.trace.programme_sha256,
            "snapshot": [ref.model_dump() for ref in summary.trace.snapshot],
            "versions": summary.trace.versions,
            **_inputs_and_outputs(summary.data, files),
        }
    )


def refusal_json(
    programme: str, cycle: str, edition: str, as_of: str, programme_sha256: str, data: DataQuality, files: Mapping[str, bytes]
) -> bytes:
    """Return the manifest of a cycle that is not publishable."""
    head = {"programme": programme, "cycle": cycle, "edition": edition, "as_of": as_of, "is_publishable": False}
    return _json(head | {"programme_sha256": programme_sha256} | _inputs_and_outputs(data, files))


def seal_json(programme: str, edition: str, seq: int, head: str, manifest: bytes) -> bytes:
    """Return the seal: the head of the ledger's chain when the manifest was published."""
    sha256 = hashlib.sha256(manifest).hexdigest()
    return _json({"programme": programme, "edition": edition, "event": seq, "head": head, "manifest_sha256": sha256})


def _inputs_and_outputs(data: DataQuality, files: Mapping[str, bytes]) -> dict[str, object]:
    outputs = {name: {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)} for name, content in files.items()}
    inputs = [account.model_dump() for account in (*data.accounts, *data.refreshed)]
    return {"inputs": inputs, "files": [file.model_dump() for file in data.files], "outputs": outputs}


def _json(content: Mapping[str, object]) -> bytes:
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
