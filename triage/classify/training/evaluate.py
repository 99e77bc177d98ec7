"""Measure the whole classifier on one side of the split: `python -m triage.classify.training.evaluate test`.

`--mistakes` lists what went wrong; `--calibrate` tells the temperature at which confidence is the share of right
answers.
"""

from __future__ import annotations

import argparse
import sys
from math import log
from typing import TYPE_CHECKING

from triage.classify import classify_closely, encoder, model
from triage.classify.scores import Pair, evaluate, macro_f1
from triage.classify.training.data import load, side_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.classify.scores import Evaluation
    from triage.classify.training.data import Example


def main() -> None:
    """Print the figures."""
    options = _options()
    examples = [example for example in load() if side_of(example.row.author) == options.side]
    pairs = [Pair(example.row, classify_closely(example.message)) for example in examples]
    for language in ("nl", "en", "de", "fr", ""):
        _show(language or "all", evaluate([pair for pair in pairs if language in {"", pair.row.language}]))
    if options.mistakes:
        sys.stdout.writelines(_mistakes(pairs))
    if options.calibrate:
        sys.stdout.write(f"temperature {temperature_of(examples):.2f}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["test", "development", "train"])
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


def temperature_of(examples: Sequence[Example]) -> float:
    """Find the temperature under which the right kinds are likeliest, among 0.5, 0.55 … 3."""
    weights = encoder.shipped()
    if weights is None:
        return 1.0
    shares = [(model.judge(example.message, weights).kinds, example.row.kind) for example in examples]

    def surprise(temperature: float) -> float:
        power = weights.temperature / temperature
        return sum(
            log(sum(p**power for p in likely.values()) / max(likely[kind], 1e-9) ** power) for likely, kind in shares
        )

    return min((0.5 + 0.05 * step for step in range(51)), key=surprise)


if __name__ == "__main__":
    main()
