"""The bytes of a file on their way in: decompressed, hashed, and text checked and made UTF-8, a block at a time."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO

from config.errors import InputError
from config.sources import Source
from tasks.sources.files import File, failure

_BLOCK = 1 << 18
_UNPACKED_AT_MOST = 4 << 30
_SUSPECT_SIZE, _SUSPECT_RATIO = 64 << 20, 500  # so much text that people write never shrinks to a 500th
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def is_bomb(unpacked: int, packed: int) -> bool:
    """Return whether so much out of so few bytes is nothing that people wrote."""
    return unpacked > _UNPACKED_AT_MOST or (unpacked > _SUSPECT_SIZE and unpacked > packed * _SUSPECT_RATIO)


def blocks_of(source: Source, file: File) -> Iterator[bytes]:
    """Yield a file's bytes, decompressed where its name ends in .gz; InputError or ServiceError where they cannot be read."""
    try:
        with ExitStack() as opened:
            stored = opened.enter_context(file.open())
            is_packed = file.name.endswith(".gz")
            size = _size(stored) if is_packed else 0
            content = opened.enter_context(gzip.GzipFile(fileobj=stored)) if is_packed else stored
            total = 0
            while block := content.read(_BLOCK):
                total += len(block)
                if is_packed and is_bomb(total, size):
                    raise InputError(f"source {source.id!r}: {file.place} grows past all measure when decompressed; export it again.")
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"source {source.id!r}: {file.place} is not a whole gzip file ({short(error)}); export it again.") from None
    except OSError as error:
        raise failure(source, file.path, error) from None


def content_of(source: Source, file: File) -> tuple[bytes, str]:
    """Return a file's bytes and their sha256."""
    content = b"".join(blocks_of(source, file))
    return content, hashlib.sha256(content).hexdigest()


def short(error: Exception) -> str:
    """Return the first line of what a library says, without its full stop and what cannot be printed."""
    line = str(error).strip().split("\n")[0][:200].rstrip(".")
    return "".join(letter if letter.isprintable() else "?" for letter in line)


class EmptyFileError(InputError):
    """A file holds nothing, not even a header."""

    sha256 = hashlib.sha256().hexdigest()


def empty(source: Source, file: File) -> EmptyFileError:
    """Return the error for a file that holds nothing."""
    return EmptyFileError(f"source {source.id!r}: {file.place} is empty; was the export cut off?")


class TextStream(io.RawIOBase):
    """A file's text as UTF-8, without its byte order mark; InputError at the first byte that is not of the encoding."""

    def __init__(self, source: Source, file: File, encoding: str) -> None:
        self._source, self._file, self._encoding = source, file, _known(source, encoding)
        self._blocks = blocks_of(source, file)
        self._digest = hashlib.sha256()
        self._decoder: codecs.IncrementalDecoder | None = None
        self._ahead = b""
        self._line = 1
        self._is_whole = False

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer only at the end."""
        given = self.peek(size)
        self._ahead = self._ahead[len(given) :]
        return given

    def peek(self, size: int) -> bytes:
        """Return so many of the next bytes, fewer only at the end, and leave them to be read."""
        parts, length = [self._ahead], len(self._ahead)
        while length < size and not self._is_whole:
            parts.append(self._next())
            length += len(parts[-1])
        self._ahead = b"".join(parts) if len(parts) > 2 or parts[0] else parts[-1]
        return self._ahead[:size]

    def sha256(self) -> str:
        """Return the hash of the file's own bytes, decompressed, having read what is left of them."""
        while not self._is_whole:
            self._next()
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file."""
        self._blocks.close()  # type: ignore[attr-defined]
        super().close()

    def _next(self) -> bytes:
        block = next(self._blocks, b"")
        self._is_whole = not block
        self._digest.update(block)
        if self._decoder is None:
            block = self._begin(block)
        line = self._line
        self._line += block.count(b"\n")
        try:
            text = self._decoder.decode(block, self._is_whole)  # type: ignore[union-attr]
            return block if self._encoding == "utf-8" else text.encode()
        except UnicodeDecodeError as error:
            raise self._foreign(error, line) from None
        except UnicodeError:
            raise InputError(f"{self._where} is not {self._encoding} text; name its encoding in `reads`.") from None

    def _begin(self, block: bytes) -> bytes:
        for mark, encoding in _MARKS:
            if block.startswith(mark):
                self._encoding = encoding
                block = block.removeprefix(mark) if encoding == "utf-8" else block
                break
        self._decoder = codecs.getincrementaldecoder(self._encoding)()
        return block

    @property
    def _where(self) -> str:
        return f"source {self._source.id!r}: {self._file.place}"

    def _foreign(self, error: UnicodeDecodeError, line: int) -> InputError:
        if self._is_whole and ("end of data" in error.reason or "truncated" in error.reason):
            return InputError(f"{self._where} ends in the middle of a character of {self._encoding}; was the export cut off?")
        before = bytes(error.object[: error.start])
        likely = "cp1252" if self._encoding == "utf-8" else "utf-8"
        return InputError(
            f"{self._where} is not {self._encoding} text (byte {error.object[error.start]:#04x} in line {line + before.count(10)}); "
            f"name its encoding in `reads`, such as encoding: {likely}, or export it again in one encoding."
        )


def _known(source: Source, encoding: str) -> str:
    try:
        "a".encode(encoding)
        name = codecs.lookup(encoding).name
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError):
        raise InputError(f"source {source.id!r}: {encoding!r} is no encoding; write one such as utf-8 or cp1252.") from None
    return "utf-8" if name == "utf-8-sig" else name


def _size(stored: BinaryIO) -> int:
    size = stored.seek(0, os.SEEK_END)
    stored.seek(0)
    return size
