"""The network that reads a mail: a small transformer's forward pass in numpy, and nothing else.

The hard truth: what it knows stands in the weights, and those only fit this arithmetic. It is BERT (Devlin 2019) as in
multilingual-e5-small: pieces and their places become vectors, each layer lets them look at each other, and linear heads
read the mean. So a head's score is a sum over pieces, and what each piece gave to it is known without asking again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from triage.classify.learnt import weights_file
from triage.classify.pieces import Pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bytes = NDArray[np.uint8]

_EPSILON = 1e-12  # as in BERT


@dataclass(frozen=True, slots=True)
class Layer:
    """A transformer layer: matrices are (inputs, outputs); q, k and v lie side by side."""

    attend: Floats
    attend_bias: Floats
    mix: Floats
    mix_bias: Floats
    mix_norm: Floats  # its weight and its bias
    widen: Floats
    widen_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    narrow_norm: Floats


@dataclass(frozen=True, slots=True)
class Encoder:
    """All that was learnt. `words` is in blocks of four bits, `heads` is (width, scores)."""

    pieces: Pieces
    words: Bytes
    places: Floats
    norm: Floats
    layers: tuple[Layer, ...]
    heads: Floats
    heads_bias: Floats
    names: tuple[str, ...]  # of the scores
    attention_heads: int
    temperature: float  # by which the scores of kinds are divided, so that confidence is the share of right answers

    @property
    def longest(self) -> int:
        """How many pieces of a mail are read, at most."""
        return len(self.places)

    def contributions(self, numbers: Sequence[int]) -> Floats:
        """Give what each piece adds to each score, as (pieces, scores); the scores are their sum and `heads_bias`."""
        chosen = np.asarray(numbers[: self.longest])
        x = normalize(unpack(self.words[chosen]) + self.places[: len(chosen)], self.norm)
        for layer in self.layers:
            x = normalize(x + attend(x, layer, self.attention_heads), layer.mix_norm)
            wide = gelu(x @ layer.widen + layer.widen_bias)
            x = normalize(x + wide @ layer.narrow + layer.narrow_bias, layer.narrow_norm)
        given: Floats = (x @ self.heads) / np.float32(len(chosen))
        return given


def attend(x: Floats, layer: Layer, heads: int) -> Floats:
    """Let every piece look at all others (Vaswani 2017)."""
    count, width = x.shape
    asked, shown, said = (x @ layer.attend + layer.attend_bias).reshape(count, 3, heads, -1).transpose(1, 2, 0, 3)
    looks = asked @ shown.transpose(0, 2, 1) / np.float32(np.sqrt(width // heads))
    looks = np.exp(looks - looks.max(axis=-1, keepdims=True))
    seen = (looks / looks.sum(axis=-1, keepdims=True)) @ said
    mixed: Floats = seen.transpose(1, 0, 2).reshape(count, width) @ layer.mix + layer.mix_bias
    return mixed


def normalize(x: Floats, norm: Floats) -> Floats:
    """Bring every row to mean 0 and variance 1, then scale and shift it (Ba 2016)."""
    x = x - x.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", x, x)[:, None] / np.float32(x.shape[-1])
    scaled: Floats = x / np.sqrt(variance + np.float32(_EPSILON)) * norm[0] + norm[1]
    return scaled


def gelu(x: Floats) -> Floats:
    """Smoothly let through what is positive (Hendrycks 2016, the form with tanh)."""
    inner = x * x
    inner *= np.float32(0.044715)
    inner += 1
    inner *= x
    inner *= np.float32(np.sqrt(2 / np.pi))
    np.tanh(inner, out=inner)
    inner += 1
    inner *= x
    inner *= np.float32(0.5)
    return inner


def unpack(blocks: Bytes) -> Floats:
    """Undo the four bits: per block two bytes of scale (float16) and sixteen of two weights each, less eight."""
    scale = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    halves = (blocks[..., 2:] & 15, blocks[..., 2:] >> 4)
    weights = np.concatenate(halves, axis=-1).astype(np.float32) - 8
    return (weights * scale).reshape(len(blocks), -1)


def shipped() -> Encoder | None:
    """Load the weights that came with the program, once; None where they are missing."""
    source = weights_file()
    return _opened(source) if source else None


@cache
def _opened(source: Path) -> Encoder:
    with source.open("rb") as file:
        return load(file)


def load(file: IO[bytes]) -> Encoder:
    """Read weights as `training` wrote them."""
    with np.load(file, allow_pickle=False) as arrays:
        held: dict[str, NDArray[np.generic]] = {name: arrays[name] for name in arrays.files}
    return Encoder(
        pieces=Pieces(_lines(held["pieces"]), held["scores"].tolist()),
        words=held["words"].astype(np.uint8, copy=False),
        places=_floats(held["places"]),
        norm=_floats(held["norm"]),
        layers=tuple(_layer(held, number) for number in range(len(held["mix_norm"]))),
        heads=_floats(held["heads"]),
        heads_bias=_floats(held["heads_bias"]),
        names=tuple(_lines(held["names"])),
        attention_heads=int(held["attention_heads"].item()),
        temperature=float(held["temperature"].item()),
    )


def _layer(held: Mapping[str, NDArray[np.generic]], number: int) -> Layer:
    matrices = {name: _matrix(held[name][number], held[f"{name}_scale"][number]) for name in _MATRICES}
    vectors = {name: _floats(held[name][number]) for name in _VECTORS}
    return Layer(**matrices, **vectors)


_MATRICES = ("attend", "mix", "widen", "narrow")
_VECTORS = ("attend_bias", "mix_bias", "mix_norm", "widen_bias", "narrow_bias", "narrow_norm")


def _matrix(weights: NDArray[np.generic], scale: NDArray[np.generic]) -> Floats:
    """Undo the eight bits: one scale for each output."""
    whole: Floats = weights.astype(np.float32)
    whole *= scale.astype(np.float32)
    return whole


def _floats(array: NDArray[np.generic]) -> Floats:
    return array.astype(np.float32)


def _lines(array: NDArray[np.generic]) -> list[str]:
    """Texts are kept as UTF-8, one a line."""
    return array.tobytes().decode("utf-8").split("\n")
