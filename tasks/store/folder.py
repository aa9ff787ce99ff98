"""A store over a folder."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.errors import InputError, ServiceError, TouchstoneError
from tasks.store.keys import checked, checked_prefix, is_unfinished, missing

_FULL = {errno.ENOSPC, errno.EDQUOT}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NOT_EMPTY = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}  # the last: somebody else removed it
_IN_THE_WAY = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.ELOOP, errno.EXDEV}


@dataclass(frozen=True)
class FolderStore:
    """A store over a folder: each object a file, whole even if the machine stops while it is written."""

    root: Path  # absolute, free of symbolic links

    def put(self, key: str, data: bytes) -> None:
        """Write beside the file, then rename over it; both reach the disk before this returns."""
        path = self._path(key)
        with _explaining_disk(path):
            _make_folder(path.parent)
            _write_whole(path, data)
            _sync(path.parent)

    def get(self, key: str) -> bytes:
        """Return the file's bytes."""
        path = self._path(key)
        with _explaining_disk(path):
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                raise missing(key, str(self.root)) from None

    def size(self, key: str) -> int | None:
        """Return the file's length in bytes; None where there is no such file."""
        path = self._path(key)
        with _explaining_disk(path):
            try:
                status = path.stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def exists(self, key: str) -> bool:
        """Return whether there is a file of that key."""
        return self.size(key) is not None

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the keys of all finished files that begin with `prefix`, sorted."""
        folder_key = checked_prefix(prefix).rpartition("/")[0]
        folder = self._path(folder_key) if folder_key else self.root
        with _explaining_disk(folder):
            keys = [path.relative_to(self.root).as_posix() for path in _files_under(folder)]
        return tuple(sorted(key for key in keys if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        """Remove the file, and the folders that it leaves empty."""
        path = self._path(key)
        with _explaining_disk(path):
            try:
                path.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return
            self._remove_empty_folders(path.parent)

    def move(self, source_key: str, target_key: str) -> None:
        """Rename the file; the folders that it leaves empty go."""
        source, target = self._path(source_key), self._path(target_key)
        if not self.exists(source_key):
            raise missing(source_key, str(self.root))
        with _explaining_disk(target):
            _make_folder(target.parent)
            source.replace(target)
            for changed in (target, target.parent, source.parent):
                _sync(changed)
            self._remove_empty_folders(source.parent)

    def check(self) -> None:
        """Create the folder if it is not there, and see that it can be read and written."""
        with _explaining_disk(self.root):
            _make_folder(self.root)
            if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def _path(self, key: str) -> Path:
        path = self.root / checked(key)
        if not Path(os.path.realpath(path)).is_relative_to(self.root):
            raise InputError(f"{path} leads out of {self.root} by a symbolic link; remove the link.")
        return path

    def _remove_empty_folders(self, folder: Path) -> None:
        while folder != self.root:
            try:
                folder.rmdir()
            except OSError as error:
                if error.errno in _NOT_EMPTY:
                    return
                raise
            folder = folder.parent


def _files_under(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for parent, _, names in os.walk(folder, onerror=_raise):
        yield from (Path(parent, name) for name in names if not is_unfinished(name))


def _raise(error: OSError) -> None:
    raise error


def _make_folder(folder: Path) -> None:
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in created:
        _sync(path.parent)


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")  # always the same name: a killed run leaves nothing behind that the next does not reuse
    with _sole_writer(part) as descriptor:
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)  # on a full disk it would hold the space that the ledger needs
            raise


@contextmanager
def _sole_writer(part: Path) -> Iterator[int]:
    """Yield a descriptor of the empty file `part`, which no other thread or process writes meanwhile."""
    while True:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_named(part, descriptor):  # else the writer before has renamed it meanwhile
                os.ftruncate(descriptor, 0)
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _is_named(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _sync(path: Path) -> None:
    """Bring a file's bytes, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot do so for a folder
            raise
    finally:
        os.close(descriptor)


@contextmanager
def _explaining_disk(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _disk_error(place, error) from error


def _disk_error(place: Path, error: OSError) -> TouchstoneError:
    reason = (error.strerror or type(error).__name__).lower()
    if error.errno in _FULL:
        return ServiceError(f"The disk that holds {place} is full; free space and run again.")
    if error.errno in _DENIED:
        return InputError(f"{place} cannot be used: {reason}; let this user read and write there, or name another folder.")
    if error.errno in _IN_THE_WAY:
        return InputError(f"{place} cannot be used: {reason}; move away what stands there, or name another folder.")
    return ServiceError(f"{place} cannot be used: {reason}; check the disk and run again.")
