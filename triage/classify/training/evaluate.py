"""Measure the whole classifier on one side of the split: `python -m triage.classify.training.evaluate test`.

`--mistakes` lists what went wrong; `--glance` lets the plain reader judge alone; `--calibrate` tells the temperature
and the weight of the plain reader at which confidence is the share of right answers.
"""

from __future__ import annotations

import argparse
import sys
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from triage.classify import encoder, model, ngrams
from triage.classify.orders import heard as heard_of
from triage.classify.scores import Pair, evaluate, macro_f1
from triage.classify.training.data import load, side_of
from triage.classify.verdict import classify, classify_closely
from triage.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.classify.encoder import Floats
    from triage.classify.scores import Evaluation
    from triage.classify.training.data import Example


def main() -> None:
    """Print the figures."""
    options = _options()
    examples = [example for example in load() if side_of(example.row.author) == options.side]
    judge = classify if options.glance else classify_closely
    pairs = [Pair(example.row, judge(example.message)) for example in examples]
    for language in ("nl", "en", "de", "fr", ""):
        _show(language or "all", evaluate([pair for pair in pairs if language in {"", pair.row.language}]))
    if options.mistakes:
        sys.stdout.writelines(_mistakes(pairs))
    if options.calibrate:
        sys.stdout.write("temperature {}, plain reader {}\n".format(*calibrated(examples)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["test", "development", "train"])
    parser.add_argument("--glance", action="store_true")
    parser.add_argument("--mistakes", action="store_true")
    parser.add_argument("--calibrate", action="store_true")
    return parser.parse_args()


def _show(name: str, found: Evaluation) -> None:
    kinds = " ".join(f"{kind} {score.f1:.2f}" for kind, score in found.kinds.items())
    flags = " ".join(f"{flag} {score.precision:.2f}/{score.recall:.2f}" for flag, score in found.flags.items())
    sys.stdout.write(
        f"{name}: {found.mails} mails, kind {macro_f1(found.kinds):.3f} ({kinds}), "
        f"reason {macro_f1(found.reasons):.3f}, {flags}, language {macro_f1(found.languages):.3f}, "
        f"taken for none {found.taken_for_none} of {found.people}, unsure {found.unsure}, "
        f"calibration error {found.calibration_error:.3f}\n"
    )


def _mistakes(pairs: Iterable[Pair]) -> Iterable[str]:
    for row, verdict in pairs:
        wrong = [
            f"{label} not {found}"
            for label, found in ((row.kind, verdict.kind), (row.reason, verdict.reason))
            if label != found
        ]
        wrong += [f"{'no ' if flag in verdict.flags else ''}{flag}" for flag in sorted(row.flags ^ verdict.flags)]
        if wrong:
            text = " ".join(f"{row.subject} | {row.body}".split())[:300]
            yield f"{row.id} {', '.join(wrong)} ({verdict.confidence:.2f}): {text}\n"


def calibrated(examples: Sequence[Example]) -> tuple[float, float]:
    """Find the temperature, and what the plain reader weighs, under which the right kinds are likeliest: by tenths."""
    network, plain = encoder.shipped(), ngrams.shipped()
    if network is None or plain is None:
        return 1.0, 0.0
    heard = [heard_of(example.message) for example in examples if not example.message.automatic.proven]
    right = [list(Kind).index(example.row.kind) for example in examples if not example.message.automatic.proven]
    network_scores = _scores(model.by_network(mail, network) for mail in heard) * network.temperature
    plain_scores = _scores(model.plainly(mail, plain) for mail in heard)

    def surprise(setting: tuple[float, float]) -> float:
        scores = network_scores / setting[0] + plain_scores * setting[1]
        scores -= scores.max(axis=1, keepdims=True)
        likely = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return -float(likely[np.arange(len(right)), right].mean())

    return min(product([step / 10 for step in range(5, 21)], [step / 10 for step in range(16)]), key=surprise)


def _scores(heard: Iterable[model.Heard]) -> Floats:
    return np.array([[each.scores[f"kind {kind}"] for kind in Kind] for each in heard], np.float32)


if __name__ == "__main__":
    main()
