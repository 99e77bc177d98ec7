"""Bytes on a line that both ends compress (COMPRESS=DEFLATE, RFC 4978): mail comes in a quarter of its size.

What comes in is unpacked a little at a time: a server cannot fill our memory with a few bytes.
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_RAW = -zlib.MAX_WBITS  # no header, no checksum
_BUFFER = 1 << 16


class Inflated(io.RawIOBase):
    """What comes in, unpacked; raises `error` where it cannot be."""

    def __init__(self, compressed: io.BufferedReader, error: Callable[[str], Exception]) -> None:
        self._compressed = compressed
        self._error = error
        self._unpacking = zlib.decompressobj(_RAW)

    def readable(self) -> bool:
        """Say that this is for reading."""
        return True

    def readinto(self, room: bytearray | memoryview) -> int:  # type: ignore[override] # all that a BufferedReader gives
        """Fill some of the room; 0 at the end."""
        try:
            piece = self._unpacking.decompress(self._unpacking.unconsumed_tail, len(room))
            while not piece and (data := self._compressed.read1(_BUFFER)):
                piece = self._unpacking.decompress(data, len(room))
        except zlib.error as error:
            raise self._error(str(error)) from error
        room[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Give back what lies below."""
        self._compressed.close()
        super().close()


def deflater() -> Callable[[bytes], bytes]:
    """Give what compresses each command so that it can be read at once."""
    compressing = zlib.compressobj(wbits=_RAW)
    return lambda said: compressing.compress(said) + compressing.flush(zlib.Z_SYNC_FLUSH)
