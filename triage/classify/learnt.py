"""What the network read in one mail: how likely each answer is, and which words spoke for it.

It is dear to find out and depends on nothing but the mail and the weights, so the store keeps it: a new rule, a
correction or a changed address is applied to it, and the network is not asked again. Light: no numpy here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.model import Flag, Kind, Reason


@dataclass(frozen=True, slots=True)
class Learnt:
    """How likely each answer is (kinds and reasons add up to one), and what spoke for each kind, strongest first."""

    kinds: Mapping[Kind, float]
    reasons: Mapping[Reason, float]
    flags: Mapping[Flag, float]
    because: Mapping[Kind, tuple[str, ...]]

    @property
    def kind(self) -> Kind:
        """The likeliest kind."""
        return max(self.kinds, key=self.kinds.__getitem__)

    @property
    def reason(self) -> Reason:
        """The likeliest reason."""
        return max(self.reasons, key=self.reasons.__getitem__)


WEIGHTS_VARIABLE = "TRIAGE_WEIGHTS"
"""Names another folder of weights, or is `off`: then only rules and cues judge, as where the weights are missing."""


ENCODER, NGRAMS = "encoder.npz", "ngrams.npz"


def weights_file(name: str = ENCODER) -> Path | None:
    """Find weights that came with the program, or lie in the folder that the environment names; None: they do not."""
    return _found(os.environ.get(WEIGHTS_VARIABLE, ""), name)


@cache
def _found(named: str, name: str) -> Path | None:
    file = (Path(named) if named else Path(__file__).parent / "weights") / name
    return file if file.is_file() else None


def weights_name() -> str:
    """Tell weights from others without loading them; empty where there are none.

    It is the checksum of the first array of each file, which the file begins with (a zip archive's local header, offset
    14): the library for such archives would take longer to import than this takes.
    """
    sources = [weights_file(name) for name in (ENCODER, NGRAMS)]
    return "-".join(_checksum(source) for source in sources if source) if sources[0] else ""


def _checksum(source: Path) -> str:
    with source.open("rb") as file:
        return file.read(18)[14:].hex()
