"""A store of bytes by key, over a folder or S3; published reports and the vault each lie in one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Protocol

from config.errors import InputError
from tasks.store.folder import FolderStore
from tasks.store.keys import MissingObjectError
from tasks.store.s3 import open_s3

__all__ = ["MissingObjectError", "Store", "open_store"]


class Store(Protocol):
    """Bytes by key.

    A key is a relative path with forward slashes: printable, no empty part, no `.` or `..`, no
    backslash, and no name like `.x.part`, which unfinished files have; InputError otherwise. Every
    method raises InputError where somebody must change something (the bucket is not there, access is
    denied, the credentials are wrong) and ServiceError where running again may help (no answer, the
    service is busy, the disk is full).
    """

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`, whole or not at all, in place of what was there."""

    def get(self, key: str) -> bytes:
        """Return the bytes under `key`; MissingObjectError where there are none."""

    def size(self, key: str) -> int | None:
        """Return the length in bytes of what is under `key`; None where there is nothing."""

    def exists(self, key: str) -> bool:
        """Return whether there is an object under `key`."""

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the keys that begin with `prefix`, sorted."""

    def delete(self, key: str) -> None:
        """Remove what is under `key`, if anything is."""

    def move(self, source_key: str, target_key: str) -> None:
        """Give an object another key, in place of what was there; MissingObjectError where there is none."""

    def check(self) -> None:
        """Return if the place can be used; raise the error that says why not otherwise."""


def open_store(uri: str, *, s3_endpoint: str | None = None) -> Store:
    """Return the store at `uri`, a folder's path or `s3://bucket/prefix`; nothing is contacted or created yet.

    `s3_endpoint` is the URL of an S3-compatible service; Amazon's own without it. Credentials come
    from the places where boto3 looks for them (AWS_ACCESS_KEY_ID, AWS_PROFILE, ...) and from nowhere else.
    """
    if uri.startswith("s3://"):
        return open_s3(uri.removeprefix("s3://"), s3_endpoint)
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", uri)
    if scheme or not uri.isprintable() or not uri:
        given = scheme[0] if scheme else "such a path"
        raise InputError(f"A store cannot lie at {given}; write a folder's path or s3://bucket/prefix.")
    return FolderStore(Path(os.path.realpath(uri)))
