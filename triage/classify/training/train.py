# mypy: ignore-errors
# torch is not installed where the project is checked
"""Train both readers and write the weights that ship: `python -m triage.classify.training.train`.

Deterministic, on one thread: the same mails, versions and kind of processor give the same weights. The test authors
are never trained on; `--hold-out development` leaves those out as well, for choosing and calibrating.
"""

from __future__ import annotations

import argparse
import sys
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from triage.classify.learnt import ENCODER, NGRAMS
from triage.classify.model import write
from triage.classify.pieces import PADDING, Pieces
from triage.classify.training.augment import vary
from triage.classify.training.base import kept_pieces, open_base
from triage.classify.training.data import DEVELOPMENT, TEST, load
from triage.classify.training.linear import fit
from triage.classify.training.network import Network
from triage.model import Flag, Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from triage.classify.training.data import Example

LAYERS = range(12)
FROZEN = 4  # layers from below that stay as they were
EPOCHS = 6
BATCH = 16
RATE = 2e-4
DECAY = 0.93  # of the rate, per layer downwards
HEADS_FASTER = 2.0
WARM_UP = 0.08  # of the steps
SMOOTHING = 0.05
REASON_WEIGHT = 0.8
FLAG_WEIGHT = 2.0
FLAG_PRESENT = torch.full((5,), 2.0)  # flags are rare: a missed one weighs as much as two false alarms
PROBED = 1000  # mails by which the heads are set before anything else learns
PROBE_PENALTY = 0.02  # on the squares of their weights
RARE = 0.4  # power by which rarer kinds weigh more
TEMPERATURE = 1.0  # measured on the development authors with `evaluate --calibrate`
SEED = 1
KINDS, REASONS, FLAGS = list(Kind), list(Reason), list(Flag)
_CUSTOMERS = 5  # kinds before `other`: only their reason is learnt, the rest have none


def main() -> None:
    """Read the mails, learn, write."""
    options = _options()
    held_out = TEST | DEVELOPMENT if options.hold_out == "development" else TEST
    examples = [
        example for example in load() if example.row.author not in held_out and not example.message.automatic.proven
    ]
    fit(examples, options.output / NGRAMS)
    train(examples, SEED, options.epochs).save(options.output / ENCODER, TEMPERATURE)


def train(examples: Sequence[Example], seed: int, epochs: int) -> Network:
    """Make a network and let it learn."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(mode=True)
    network, pieces = _network()
    network.freeze(FROZEN)
    probe(network, Random(SEED).sample(examples, min(PROBED, len(examples))), pieces)  # noqa: S311
    learn(network, examples, pieces, epochs, Random(seed))  # noqa: S311  # repeatable is what is wanted
    return network


def _network() -> tuple[Network, Pieces]:
    base = open_base()
    kept = kept_pieces(base)
    pieces = Pieces([base.pieces[number] for number in kept], base.scores[kept].tolist())
    return Network(base, kept, LAYERS), pieces


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path(str(files("triage.classify") / "weights")))
    parser.add_argument("--hold-out", choices=["test", "development"], default="test")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    return parser.parse_args()


def learn(network: Network, examples: Sequence[Example], pieces: Pieces, epochs: int, random: Random) -> None:
    """Go through the mails some times, each time written a little otherwise."""
    optimizer = torch.optim.AdamW(network.groups(RATE, DECAY, HEADS_FASTER), betas=(0.9, 0.98), fused=True)
    steps = epochs * -(-len(examples) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps))
    weights = _kind_weights(examples)
    network.train()
    for epoch in range(epochs):
        total = 0.0
        for batch in _batches(examples, pieces, random):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = network(_padded(numbers for numbers, _ in batch))
            loss = _loss(scores, [example for _, example in batch], weights)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            total += loss.item() * len(batch)
        sys.stderr.write(f"epoch {epoch + 1} of {epochs}: loss {total / len(examples):.3f}\n")


def probe(network: Network, examples: Sequence[Example], pieces: Pieces) -> None:
    """Set the heads to what can be read from the base as it is: else their noise would spoil it (Kumar 2022)."""
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        means = torch.cat([network.mean(_padded([write(each.message, pieces).numbers])) for each in examples]).float()
    middle, spread = means.mean(0), means.std(0) + 1e-6
    weights = _kind_weights(examples)
    optimizer = torch.optim.LBFGS(network.heads.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = _loss([head((means - middle) / spread) for head in network.heads], examples, weights)
        loss += PROBE_PENALTY * sum(head.weight.pow(2).sum() for head in network.heads)
        loss.backward()
        return loss

    optimizer.step(step)
    for head in network.heads:
        head.weight.data /= spread
        head.bias.data -= head.weight.data @ middle


def _rate(step: int, steps: int) -> float:
    """Warm up, then cool down."""
    return min((step + 1) / (WARM_UP * steps), max(0.02, (steps - step) / ((1 - WARM_UP) * steps)))


def _kind_weights(examples: Iterable[Example]) -> torch.Tensor:
    counts = torch.bincount(torch.tensor([KINDS.index(each.row.kind) for each in examples]), minlength=len(KINDS))
    return (counts.float().mean() / counts.clamp(min=1)) ** RARE


def _batches(
    examples: Sequence[Example], pieces: Pieces, random: Random
) -> Iterator[list[tuple[tuple[int, ...], Example]]]:
    """Shuffle, then put mails of about one length together, within what lies near."""
    shuffled = random.sample(examples, len(examples))
    written = [(write(vary(each.message, each.row.kind, random), pieces).numbers, each) for each in shuffled]
    near = 8 * BATCH
    for start in range(0, len(written), near):
        written[start : start + near] = sorted(written[start : start + near], key=lambda pair: len(pair[0]))
    batches = [written[start : start + BATCH] for start in range(0, len(written), BATCH)]
    random.shuffle(batches)
    yield from batches


def _padded(batch: Iterable[Sequence[int]]) -> torch.Tensor:
    mails = list(batch)
    longest = max(map(len, mails))
    return torch.tensor([[*numbers, *[PADDING] * (longest - len(numbers))] for numbers in mails])


def _loss(scores: Sequence[torch.Tensor], examples: Sequence[Example], weights: torch.Tensor) -> torch.Tensor:
    rows = [example.row for example in examples]
    kinds = torch.tensor([KINDS.index(row.kind) for row in rows])
    reasons = torch.tensor([REASONS.index(row.reason) for row in rows])
    flags = torch.tensor([[float(flag in row.flags) for flag in FLAGS] for row in rows])
    asked = (kinds < _CUSTOMERS).float()
    of_kinds = cross_entropy(scores[0].float(), kinds, weight=weights, label_smoothing=SMOOTHING)
    of_reasons = cross_entropy(scores[1].float(), reasons, reduction="none", label_smoothing=SMOOTHING)
    of_flags = binary_cross_entropy_with_logits(scores[2].float(), flags, pos_weight=FLAG_PRESENT)
    of_reasons = (of_reasons * asked).sum() / asked.sum().clamp(min=1)
    return of_kinds + REASON_WEIGHT * of_reasons + FLAG_WEIGHT * of_flags


if __name__ == "__main__":
    main()
