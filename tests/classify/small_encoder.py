"""An encoder of made-up numbers, small enough to check, through the same file as a real one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.classify.encoder import Encoder, load
from triage.classify.model import LONGEST
from triage.model import Flag, Kind, Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, WIDE, LAYERS, PLACES = 32, 64, 2, LONGEST
NAMES = (
    [f"kind {kind}" for kind in Kind] + [f"reason {reason}" for reason in Reason] + [f"flag {flag}" for flag in Flag]
)
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz"]


def small_encoder() -> Encoder:
    """Build two layers that know the letters a to z."""
    random = np.random.default_rng(7)

    def floats(*shape: int) -> NDArray[np.float32]:
        return random.normal(0, 0.1, shape).astype(np.float32)

    words = random.integers(0, 256, (len(PIECES), 1, 18), dtype=np.uint8)
    words[..., :2] = np.array([0.05], np.float16).view(np.uint8)
    norms = np.stack([np.ones(WIDTH), np.zeros(WIDTH)]).astype(np.float32)
    shapes = {"attend": (WIDTH, 3 * WIDTH), "mix": (WIDTH, WIDTH), "widen": (WIDTH, WIDE), "narrow": (WIDE, WIDTH)}
    arrays: dict[str, Any] = {
        "pieces": np.frombuffer("\n".join(PIECES).encode(), np.uint8),
        "scores": np.zeros(len(PIECES), np.float32),
        "words": words,
        "places": floats(PLACES, WIDTH),
        "norm": norms,
        "heads": floats(WIDTH, len(NAMES)),
        "heads_bias": floats(len(NAMES)),
        "names": np.frombuffer("\n".join(NAMES).encode(), np.uint8),
        "attention_heads": np.int32(4),
        "temperature": np.float32(1.5),
        **{name: random.integers(-127, 128, (LAYERS, *shape), dtype=np.int8) for name, shape in shapes.items()},
        **{f"{name}_scale": abs(floats(LAYERS, shape[1])) / 50 for name, shape in shapes.items()},
        **{f"{name}_bias": floats(LAYERS, shape[1]) for name, shape in shapes.items()},
        "mix_norm": np.stack([norms, norms]),
        "narrow_norm": np.stack([norms, norms]),
    }
    file = io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    return load(file)
