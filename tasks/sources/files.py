"""Which files a source's address means: one, all in a folder or under a prefix, or those that a pattern fits."""

from __future__ import annotations

import glob
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from config.errors import InputError, MissingSourceError, ServiceError, TouchstoneError
from config.sources import Source
from tasks.sources.addresses import with_environment
from tasks.store import MissingObjectError, Store, open_store
from tasks.store.keys import checked

_S3 = "s3://"
_REMEDY = "put it there, name another cycle, or correct `reads` in the programme"


@dataclass(frozen=True)
class File:
    """One file: its name below the address, its place as the programme names it, the path that it has here, and how to open it."""

    name: str
    place: str
    path: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Files:
    """The files of an address, sorted by name; is_many: the address means however many there are; is_near: reading a bit is cheap."""

    files: tuple[File, ...]
    is_many: bool
    is_near: bool = True


def find_files(source: Source, place: str, environment: Mapping[str, str]) -> Files:
    """Return the files that an address means; hidden ones are left out.

    Raises MissingSourceError where there is none, InputError where a link or a key leads out of the place, ServiceError where
    the bucket does not answer.
    """
    path = with_environment(place, source, environment)
    if path.startswith(_S3):
        return _in_bucket(source, place, path, environment)
    if "*" in place:
        return Files(tuple(_matching(source, place, environment)), is_many=True)
    if path.endswith("/"):
        return Files(tuple(_in_folder(source, place, path)), is_many=True)
    return Files((_local("", place, path),), is_many=False)


def failure(source: Source, path: str, error: OSError) -> InputError | ServiceError:
    """Return the error that says why a path cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return _none(source, path)
    if isinstance(error, PermissionError | IsADirectoryError):
        reason = os.strerror(error.errno or 0)
        return InputError(f"source {source.id!r}: {path} cannot be read ({reason}); correct the path or its permissions.")
    if isinstance(error, ValueError) or "\0" in path:
        return InputError(f"source {source.id!r}: {path!r} is no path; correct `reads` in the programme.")
    return ServiceError(f"source {source.id!r}: reading {path} failed ({error.strerror}); run again.")


def _none(source: Source, path: str) -> MissingSourceError:
    return MissingSourceError(f"source {source.id!r}: there is no file {path}; {_REMEDY}.")


def _local(name: str, place: str, path: str) -> File:
    return File(name or Path(path).name, place, path, lambda: Path(path).open("rb"))


def _in_folder(source: Source, place: str, root: str) -> Iterator[File]:
    names = sorted(_names_below(source, place, root))
    if not names:
        raise _none(source, f"in {root}")
    for name in names:
        yield _local(name, f"{place}{name}", f"{root}{name}")


def _names_below(source: Source, place: str, root: str) -> Iterator[str]:
    def stop(error: OSError) -> None:
        raise failure(source, root, error) from None

    for folder, folders, files in os.walk(root, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*folders, *(name for name in files if not name.startswith("."))):
            path = Path(folder, name)
            below = path.relative_to(root).as_posix()
            _refuse_way_out(source, root, path, f"{place}{below}")
            if path.is_file() or (path.is_symlink() and not path.exists()):
                yield below


def _matching(source: Source, place: str, environment: Mapping[str, str]) -> Iterator[File]:
    parts = [with_environment(part, source, environment) for part in place.split("*")]
    fixed_place, fixed = (text[: text.rfind("/") + 1] for text in (place.partition("*")[0], parts[0]))
    found = glob.glob("*".join(map(glob.escape, parts)))  # noqa: PTH207 - Path.glob cannot take a folder's own brackets literally
    paths = sorted(path for path in found if Path(path).is_file() or Path(path).is_symlink())
    if not paths:
        raise _none(source, "*".join(parts))
    for path in paths:
        name = path.removeprefix(fixed)
        _refuse_way_out(source, fixed or ".", Path(path), f"{fixed_place}{name}")
        yield _local(name, f"{fixed_place}{name}", path)


def _refuse_way_out(source: Source, root: str, path: Path, place: str) -> None:
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        raise InputError(f"source {source.id!r}: {place} is a link that leads out of its folder; put the file itself there.")


def _in_bucket(source: Source, place: str, path: str, environment: Mapping[str, str]) -> Files:
    bucket, _, key = path.removeprefix(_S3).partition("/")
    with _named(source):
        store = open_store(f"{_S3}{bucket}", s3_endpoint=environment.get("TOUCHSTONE_S3_ENDPOINT"))
    if "*" not in place and key and not key.endswith("/"):
        with _named(source):
            checked(key)
        return Files((_stored(source, store, key, place, path),), is_many=False, is_near=False)
    key_pattern, prefix = _key_pattern(source, place, environment)
    with _named(source):
        keys = [checked(key) for key in store.list(prefix) if key_pattern.match(key)]
    root = prefix[: prefix.rfind("/") + 1]
    fixed_place = place.partition("*")[0]
    fixed_place = fixed_place[: fixed_place.rfind("/") + 1]
    files = tuple(_below(source, store, key, root, fixed_place, bucket) for key in keys if _is_shown(key.removeprefix(root)))
    if not files:
        raise _none(source, f"in {path}" if "*" not in place else path)
    return Files(files, is_many=True, is_near=False)


def _key_pattern(source: Source, place: str, environment: Mapping[str, str]) -> tuple[re.Pattern[str], str]:
    """Return what a whole key must look like, and how all such keys begin."""
    parts = [with_environment(part, source, environment) for part in place.split("*")]
    parts[0] = parts[0].removeprefix(_S3).partition("/")[2]
    return re.compile("[^/]*".join(map(re.escape, parts)) + ("$" if len(parts) > 1 else "")), parts[0]


def _below(source: Source, store: Store, key: str, root: str, fixed_place: str, bucket: str) -> File:
    name = key.removeprefix(root)
    return _stored(source, store, key, f"{fixed_place}{name}", f"{_S3}{bucket}/{key}", name)


def _stored(source: Source, store: Store, key: str, place: str, path: str, name: str = "") -> File:
    def content() -> BinaryIO:
        try:
            with _named(source):
                return io.BytesIO(store.get(key))
        except MissingObjectError:
            raise _none(source, path) from None

    return File(name or key.rpartition("/")[2], place, path, content)


def _is_shown(name: str) -> bool:
    return not any(part.startswith(".") for part in name.split("/"))


@contextmanager
def _named(source: Source) -> Iterator[None]:
    """Name the source in what the store says."""
    try:
        yield
    except MissingObjectError:
        raise
    except TouchstoneError as error:
        raise type(error)(f"source {source.id!r}: {error}") from error
