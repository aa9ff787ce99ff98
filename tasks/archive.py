"""The file of a backup: a ZIP whose manifest has the sha256 of every entry."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pydantic import Field, ValidationError

from config.errors import InputError, LockedError, ServiceError, TouchstoneError
from tasks.results import Result
from tasks.store.keys import checked

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK_BYTES = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError, OSError)
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Entry(Result):
    """One entry of the ZIP."""

    sha256: str
    size_bytes: int = Field(ge=0)


class Head(Result):
    """The last event of a programme's chain."""

    seq: int
    sha256: str


class Manifest(Result):
    """What a backup holds; the ZIP's last entry."""

    format: int
    schema_revision: str = Field(description="Of the ledger's tables.")
    rows: dict[str, int] = Field(description="Of each table.")
    heads: dict[str, Head] = Field(description="Of each programme.")
    entries: dict[str, Entry] = Field(description="Every entry but this one.")


@dataclass(frozen=True)
class Writing:
    """A backup's file that is being written."""

    file: zipfile.ZipFile
    entries: dict[str, Entry] = field(default_factory=dict)

    def add(self, name: str, chunks: Iterable[bytes]) -> int:
        """Write one entry and return how many chunks it has."""
        digest, size, count = hashlib.sha256(), 0, 0
        with self.file.open(_info(name), "w", force_zip64=True) as entry:
            for chunk in chunks:
                entry.write(chunk)
                digest.update(chunk)
                size, count = size + len(chunk), count + 1
        self.entries[name] = Entry(sha256=digest.hexdigest(), size_bytes=size)
        return count


@dataclass(frozen=True)
class Reading:
    """A whole backup that is being read."""

    path: Path
    file: zipfile.ZipFile
    manifest: Manifest

    def content(self, name: str) -> bytes:
        """Return an entry's bytes."""
        return b"".join(self._chunks(name))

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield an entry's lines."""
        with _explaining_entry(self.path, name), self.file.open(name) as entry:
            yield from entry

    def check(self) -> None:
        """Read everything once; InputError that names the entry whose bytes are not those that were backed up."""
        for name, entry in self.manifest.entries.items():
            digest = hashlib.sha256()
            for chunk in self._chunks(name):
                digest.update(chunk)
            if digest.hexdigest() != entry.sha256:
                raise _altered(self.path, name)

    def _chunks(self, name: str) -> Iterator[bytes]:
        with _explaining_entry(self.path, name), self.file.open(name) as entry:
            while chunk := entry.read(_CHUNK_BYTES):
                yield chunk


@contextmanager
def writing(path: Path) -> Iterator[Writing]:
    """Yield a backup to fill; it is there, whole and on the disk, once the block has ended, and not at all if that fails.

    Raises InputError where there is such a file already, LockedError where another backup is being written to it.
    """
    part = path.with_name(f".{path.name}.part")
    with _explaining_disk(path):
        if path.exists():
            raise InputError(f"{path} is there already; name a file that is not.")
        with _sole_writer(part) as file:
            try:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                    yield Writing(archive)
                os.fsync(file.fileno())
                part.replace(path)
            except BaseException:
                part.unlink(missing_ok=True)  # it holds customers' words
                raise
        _sync_folder(path.parent)


def finish(backup: Writing, *, schema_revision: str, rows: dict[str, int], heads: dict[str, Head]) -> None:
    """Write the manifest, after everything else."""
    manifest = Manifest(format=FORMAT, schema_revision=schema_revision, rows=rows, heads=heads, entries=dict(backup.entries))
    backup.file.writestr(_info(MANIFEST), manifest.model_dump_json(indent=1))


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Yield a backup whose entries are those of its manifest; their bytes are not looked at yet.

    Raises InputError where the file cannot be read, is cut off, or holds other entries than its manifest says.
    """
    try:
        file = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; name a backup.") from None
    except _BROKEN as error:
        raise InputError(f"{path} cannot be read as a backup ({_reason(error)}); it is none, or was cut off: use another one.") from None
    with file:
        yield Reading(path, file, _manifest(path, file))


def _manifest(path: Path, file: zipfile.ZipFile) -> Manifest:
    """Return the manifest, once the ZIP is seen to hold its entries and nothing else, under names that lead nowhere else."""
    if MANIFEST not in file.namelist():
        raise InputError(f"{path} is no backup of Touchstone, or was cut off: it has no {MANIFEST}; use another one.")
    with _explaining_entry(path, MANIFEST):
        content = file.read(MANIFEST)
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError:
        raise _altered(path, MANIFEST) from None
    if manifest.format != FORMAT:
        raise InputError(f"{path} has the format {manifest.format}, which this version does not know; use a newer Touchstone.")
    found = {info.filename: info.file_size for info in file.infolist() if info.filename != MANIFEST}
    stated = {name: entry.size_bytes for name, entry in manifest.entries.items()}
    if len(file.infolist()) != len(stated) + 1 or found != stated:
        wrong = {*found.items()} ^ {*stated.items()}
        raise _altered(path, min((name for name, _ in wrong), default=MANIFEST))
    for name in stated:
        checked(name)
    return manifest


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # dated 1980: the same content, the same file
    info.external_attr = 0o600 << 16
    info.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
    return info


@contextmanager
def _sole_writer(part: Path) -> Iterator[IO[bytes]]:
    """Yield an empty file that no other user may read and no other process writes meanwhile."""
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"Another backup is being written to {part}; wait for it to end, or name another file.") from None
        file.truncate()
        yield file


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explaining_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ServiceError(f"The disk that holds {path} is full; free space and run again.") from error
        raise InputError(f"{path} cannot be written ({error.strerror}); name a file in a folder that is there.") from error


@contextmanager
def _explaining_entry(path: Path, name: str) -> Iterator[None]:
    try:
        yield
    except TouchstoneError:
        raise
    except _BROKEN:
        raise _altered(path, name) from None


def _altered(path: Path, name: str) -> InputError:
    return InputError(f"{path} was cut off or altered: its entry {name} is not what was backed up; use another backup.")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
