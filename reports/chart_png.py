"""A picture of few colours as a small PNG: a palette instead of four bytes a pixel, packed as tightly as zlib can."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE_SIZE = 256
_RGBA = (8, 6, 0, 0, 0)  # bits, colour type, and the only methods that there are
_PALETTE = (8, 3, 0, 0, 0)
_FILTER_NONE, _FILTER_LEFT = 0, 1
Pixels = NDArray[np.uint8]


def small_png(png: bytes) -> bytes:
    """Return an opaque RGBA picture as a PNG of at most 256 colours; of a picture that has more, like ones become one.

    Reads what resvg writes: every line filtered by its left neighbour or not at all (PNG, third edition, section 9); ValueError otherwise.
    """
    pixels = _pixels(png)
    for dropped_bits in range(8):
        colours, places = np.unique(_packed(_coarse(pixels[:, :, :3], dropped_bits)), return_inverse=True)
        if len(colours) <= _PALETTE_SIZE:
            break
    height, width = pixels.shape[:2]
    lines = np.zeros((height, width + 1), np.uint8)  # each begins with its filter: none
    lines[:, 1:] = places.reshape(height, width)
    parts = (("IHDR", struct.pack(">II5B", width, height, *_PALETTE)), ("PLTE", _unpacked(colours)))
    return _SIGNATURE + b"".join(_chunk(*part) for part in (*parts, ("IDAT", zlib.compress(lines.tobytes(), 9)), ("IEND", b"")))


def _coarse(colours: Pixels, dropped_bits: int) -> Pixels:
    """Return colours in steps of 2 to the power of `dropped_bits`, stretched so that black stays black and white stays white."""
    steps = (1 << (8 - dropped_bits)) - 1
    coarse: Pixels = np.rint(np.rint(colours * (steps / 255)) * (255 / steps)).astype(np.uint8)
    return coarse


def _packed(colours: Pixels) -> NDArray[np.uint32]:
    """Return each colour as one number, since numbers are sorted far faster than rows."""
    red, green, blue = (colours[:, :, i].astype(np.uint32) for i in range(3))
    packed: NDArray[np.uint32] = (red * 65536 + green * 256 + blue).astype(np.uint32)
    return packed


def _unpacked(colours: NDArray[np.uint32]) -> bytes:
    return np.column_stack([colours >> 16, colours >> 8 & 255, colours & 255]).astype(np.uint8).tobytes()


def _pixels(png: bytes) -> Pixels:
    chunks = list(_chunks(png))
    width, height, *methods = struct.unpack(">II5B", chunks[0][1])
    if tuple(methods) != _RGBA:
        raise ValueError("not a PNG of red, green, blue and opacity in eight bits each")
    raw = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))
    lines = np.frombuffer(raw, np.uint8).reshape(height, 1 + 4 * width)
    if not np.isin(lines[:, 0], (_FILTER_NONE, _FILTER_LEFT)).all():
        raise ValueError("a line of the PNG is filtered by something else than its left neighbour")
    plain = lines[:, 1:].reshape(height, width, 4)
    summed = np.cumsum(plain, axis=1, dtype=np.uint8)  # wraps at 256, as the format asks
    return np.where((lines[:, 0] == _FILTER_LEFT)[:, None, None], summed, plain)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(name: str, content: bytes) -> bytes:
    named = name.encode() + content
    return struct.pack(">I", len(content)) + named + struct.pack(">I", zlib.crc32(named))
