# mypy: ignore-errors
# torch is not installed where the project is checked
"""The network as it learns: the same layers as `triage.classify.encoder`, in torch, with dropout and gradients.

Two things differ from what ships: numbers are of sixteen bits while learning (bfloat16), of eight afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from triage.classify.encoder import unpack
from triage.classify.model import LONGEST
from triage.classify.pieces import PADDING
from triage.classify.training.base import HEADS, PLACES, WIDE, WIDTH
from triage.model import Flag, Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from triage.classify.training.base import Base

_DROPOUT = 0.1
_MASKED = -1e4
_EPSILON = 1e-12
_TASKS = (
    [f"kind {kind}" for kind in Kind],
    [f"reason {reason}" for reason in Reason],
    [f"flag {flag}" for flag in Flag],
)


class TrainedLayer(nn.Module):
    """A transformer layer, from layer `number` of the base."""

    def __init__(self, base: Base, number: int) -> None:
        super().__init__()
        self.q, self.k, self.v = (_linear(base, f"l{number}.{name}", WIDTH, WIDTH) for name in "qkv")
        self.mix = _linear(base, f"l{number}.ao", WIDTH, WIDTH)
        self.mix_norm = _norm(base, f"l{number}.aln")
        self.widen = _linear(base, f"l{number}.fi", WIDE, WIDTH)
        self.narrow = _linear(base, f"l{number}.fo", WIDTH, WIDE)
        self.narrow_norm = _norm(base, f"l{number}.oln")
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Look at each other, then think alone."""
        count, length, _ = x.shape
        asked, shown, said = (
            part(x).view(count, length, HEADS, -1).transpose(1, 2) for part in (self.q, self.k, self.v)
        )
        looks = asked * (HEADS / WIDTH) ** 0.5 @ shown.transpose(-1, -2) + mask
        seen = torch.softmax(looks, -1).to(looks.dtype) @ said
        x = self.mix_norm(x + self.mix(seen.transpose(1, 2).reshape(count, length, WIDTH)))
        thought = self.narrow(functional.gelu(self.widen(x), approximate="tanh"))
        return self.narrow_norm(x + self.dropout(thought))


class Network(nn.Module):
    """The base with three heads. What a piece means (`words`) stays as it was, so its four bits stay exact."""

    def __init__(self, base: Base, kept: Sequence[int], layers: Sequence[int]) -> None:
        super().__init__()
        self.kept = list(kept)
        self.base = base
        blocks = base.matrix("emb.word", len(base.pieces), WIDTH)[self.kept]
        self.blocks = blocks
        self.words = nn.Embedding.from_pretrained(torch.tensor(unpack(blocks)), freeze=True)
        places = base.vector("emb.pos", PLACES * WIDTH).reshape(PLACES, WIDTH) + base.vector("emb.type", WIDTH)
        self.places = nn.Parameter(torch.tensor(places[:LONGEST]))
        self.norm = _norm(base, "emb.ln")
        self.layers = nn.ModuleList(TrainedLayer(base, number) for number in layers)
        self.heads = nn.ModuleList(nn.Linear(WIDTH, len(names)) for names in _TASKS)
        self.dropout = nn.Dropout(_DROPOUT)

    def freeze(self, lower: int) -> None:
        """Keep the `lower` layers and what lies under them as they are."""
        for part in (self.norm, *self.layers[:lower]):
            part.requires_grad_(requires_grad=False)
        self.places.requires_grad_(requires_grad=False)

    def forward(self, numbers: torch.Tensor) -> list[torch.Tensor]:
        """Give the scores of kinds, reasons and flags for mails of one length, filled up with PADDING."""
        mean = self.dropout(self.mean(numbers).float())
        return [head(mean) for head in self.heads]

    def mean(self, numbers: torch.Tensor) -> torch.Tensor:
        """Give what the heads read: the mean over the pieces of each mail."""
        is_read = numbers != PADDING
        x = self.dropout(self.norm(self.words(numbers) + self.places[: numbers.shape[1]]))
        mask = torch.zeros(is_read.shape, dtype=x.dtype).masked_fill(~is_read, _MASKED)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask)
        weight = is_read[..., None].to(x.dtype)
        return (x * weight).sum(1) / weight.sum(1)

    def groups(self, rate: float, decay: float, heads: float) -> list[dict[str, object]]:
        """Let lower layers learn slower, by `decay` a layer, and the new heads `heads` times faster."""
        groups: list[dict[str, object]] = []
        for name, parameter in self.named_parameters():
            if parameter.requires_grad:
                depth = (
                    len(self.layers)
                    if not name.startswith("layers.")
                    else len(self.layers) - 1 - int(name.split(".")[1])
                )
                own = rate * heads if name.startswith("heads") else rate * decay**depth
                groups.append({"params": [parameter], "lr": own, "weight_decay": 0.01 if parameter.dim() > 1 else 0.0})
        return groups

    def save(self, path: Path, temperature: float) -> None:
        """Write what `triage.classify.encoder.load()` reads."""
        layers = [layer for layer in self.layers if isinstance(layer, TrainedLayer)]
        matrices = {
            "attend": [torch.cat([layer.q.weight, layer.k.weight, layer.v.weight]) for layer in layers],
            "mix": [layer.mix.weight for layer in layers],
            "widen": [layer.widen.weight for layer in layers],
            "narrow": [layer.narrow.weight for layer in layers],
        }
        arrays: dict[str, NDArray[np.generic]] = {}
        for name, group in matrices.items():
            eights = [_in_eight_bits(matrix) for matrix in group]
            arrays[name] = np.stack([whole for whole, _ in eights])
            arrays[f"{name}_scale"] = np.stack([scale for _, scale in eights])
        arrays["attend_bias"] = np.stack([_array(torch.cat([one.q.bias, one.k.bias, one.v.bias])) for one in layers])
        for name in ("mix", "widen", "narrow"):
            arrays[f"{name}_bias"] = np.stack([_array(getattr(layer, name).bias) for layer in layers])
        for name in ("mix_norm", "narrow_norm"):
            arrays[name] = np.stack([_norm_array(getattr(layer, name)) for layer in layers])
        arrays |= {
            "norm": _norm_array(self.norm),
            "places": _array(self.places).astype(np.float16),
            "heads": _array(torch.cat([head.weight for head in self.heads])).T,
            "heads_bias": _array(torch.cat([head.bias for head in self.heads])),
            "names": _text(name for names in _TASKS for name in names),
            "pieces": _text(self.base.pieces[number] for number in self.kept),
            "scores": self.base.scores[self.kept],
            "words": self.blocks,
            "attention_heads": np.int32(HEADS),
            "temperature": np.float32(temperature),
        }
        np.savez(path, **arrays)


def _linear(base: Base, name: str, outputs: int, inputs: int) -> nn.Linear:
    linear = nn.Linear(inputs, outputs)
    linear.weight.data = torch.tensor(base.weights(f"{name}.w", outputs, inputs))
    linear.bias.data = torch.tensor(base.vector(f"{name}.b", outputs))
    return linear


def _norm(base: Base, name: str) -> nn.LayerNorm:
    norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
    norm.weight.data = torch.tensor(base.vector(f"{name}.w", WIDTH))
    norm.bias.data = torch.tensor(base.vector(f"{name}.b", WIDTH))
    return norm


def _in_eight_bits(weight: torch.Tensor) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Turn (outputs, inputs) into (inputs, outputs) of whole numbers with one scale for each output."""
    matrix = _array(weight).T
    scale = np.abs(matrix).max(axis=0) / 127
    return np.round(matrix / scale).astype(np.int8), scale


def _array(tensor: torch.Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().numpy()


def _norm_array(norm: nn.LayerNorm) -> NDArray[np.float32]:
    return np.stack([_array(norm.weight), _array(norm.bias)])


def _text(lines: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)
