"""The unmasked copy of quarantined rows: a convenience for whoever puts them right, on this machine alone, for a time.

It lies in ROOT/<programme>/<edition>/<source>.csv, in folders that nobody else may open.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from config.errors import InputError, ServiceError
from tasks.raw import Misfit
from tasks.spreadsheets import csv_bytes
from tasks.words import is_of

SUFFIX = ".csv"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_OUT_OF_ORDER = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}


@dataclass(frozen=True)
class LocalCopy:
    """One source's copy."""

    source: str
    path: Path
    written_at: datetime


def rows_to_copy(raw: pd.DataFrame, misfits: Sequence[Misfit], quarantine: pd.DataFrame, removed: Collection[str] = ()) -> pd.DataFrame:
    """Return quarantined rows as the source has them, after the row's file, its number there, and the rules that it broke.

    `raw` has the number of the row as index; `quarantine` is the table of the same rows, masked. What is no row stands in the
    last column. Rows of `removed` (subjects, see tasks.words) are left out.
    """
    known = quarantine.loc[quarantine["rule"].fillna("") != ""]
    if removed and "record_id" in known:
        known = known.loc[~is_of(known, removed)]
    about = known.set_index("row").rename_axis(None)[["file", "file_row", "rule"]].add_prefix("quarantine_")
    contents = pd.Series({misfit.row: misfit.content for misfit in misfits}, dtype="str").rename("quarantine_content")
    return pd.concat([about, raw.reindex(about.index), contents.reindex(about.index)], axis=1)


def write_copy(root: Path, programme: str, edition: str, source: str, rows: pd.DataFrame) -> Path:
    """Write one source's rows in place of the copy there is, and return its path.

    Raises InputError where something stands in the way, ServiceError where the disk is full or fails.
    """
    name, part = source + SUFFIX, f".{source}{SUFFIX}.part"
    with _explained(root), _opened(root, programme, edition) as folder:
        with suppress(FileNotFoundError):
            os.unlink(part, dir_fd=folder)
        _write(part, csv_bytes(rows), folder)
        os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    return root / programme / edition / name


def remove_copy(root: Path, programme: str, edition: str, source: str) -> None:
    """Remove one source's copy, if there is one."""
    with _explained(root), suppress(FileNotFoundError):
        (root / programme / edition / f"{source}{SUFFIX}").unlink()


def remove_copies(root: Path, programme: str) -> int:
    """Remove all copies of a programme; return how many."""
    return _remove(root / programme, datetime.max.replace(tzinfo=UTC))


def expire_copies(root: Path, days: int, now: datetime) -> int:
    """Remove the copies that were written so many days ago or earlier, of all programmes; return how many."""
    return _remove(root, now - timedelta(days=days))


def copies_of(root: Path, programme: str, edition: str) -> tuple[LocalCopy, ...]:
    """Return the copies of an edition that lie on this machine, by source."""
    folder = root / programme / edition
    with _explained(root):
        found = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
        return tuple(LocalCopy(path.stem, path, datetime.fromtimestamp(path.stat().st_mtime, UTC)) for path in found)


@contextmanager
def _opened(root: Path, *names: str) -> Iterator[int]:
    """Yield a folder under the root, made where need be; no symbolic link is followed on the way, and nobody else may enter."""
    root.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(root.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in (root.name, *names):
            with suppress(FileExistsError):
                os.mkdir(name, _FOLDER_MODE, dir_fd=folder)
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
            os.fchmod(folder, _FOLDER_MODE)
        yield folder
    finally:
        os.close(folder)


def _write(name: str, content: bytes, folder: int) -> None:
    """Write a new file that nobody else may read, from its first byte on; it reaches the disk, or nothing of it stays."""
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _FILE_MODE, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        os.unlink(name, dir_fd=folder)
        raise


def _remove(folder: Path, until: datetime) -> int:
    """Remove the copies under a folder that were written until then, and the parts that a killed run left; follow no symbolic link."""
    removed = 0
    with _explained(folder):
        for _, _, names, here in os.fwalk(folder, onerror=_raise) if folder.is_dir() else ():
            for name in names:
                if name.endswith((SUFFIX, f"{SUFFIX}.part")):
                    removed += _remove_if_old(name, here, until)
    return removed


def _remove_if_old(name: str, folder: int, until: datetime) -> int:
    with suppress(FileNotFoundError):  # another process lets expire too
        if os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime <= until.timestamp():
            os.unlink(name, dir_fd=folder)
            return 1
    return 0


def _raise(error: OSError) -> None:
    raise error


@contextmanager
def _explained(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        sentence = f"The local copies of quarantined rows in {place} cannot be kept: {reason}"
        if error.errno in _OUT_OF_ORDER:
            remedy = "move away what stands there and let this user write, or set TOUCHSTONE_QUARANTINE_DAYS=0 to keep none"
            raise InputError(f"{sentence}; {remedy}.") from error
        raise ServiceError(f"{sentence}; free space or check the disk, then run again, or set TOUCHSTONE_QUARANTINE_DAYS=0.") from error
