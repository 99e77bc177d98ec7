"""From likelihoods to an answer: which kind is it, and which flags hold?

`none` hides a mail, so it needs more than to be the likeliest. The figures were chosen on the development authors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.model import Flag, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.classify.kinds import Judgement

NONE_FROM = 0.65  # likelihood from which nobody waits
NONE_FROM_SIGNS = 0.4  # the same where headers suggest a machine
NONE_FROM_THANKS = 0.9  # the same where the rules for closing words saw thanks and found something left to answer
UNSURE_BELOW = 0.5  # more likely wrong than right
FLAG_FROM = 0.5
NAMED_FLAG_FROM = 0.4  # the same where a rule found the flag's words too


def spread(cues: Judgement) -> dict[Kind, float]:
    """Say how likely each kind is by the cues alone: what they leave open is as likely to be any other."""
    left = (1 - cues.confidence) / (len(Kind) - 1)
    return {kind: cues.confidence if kind is cues.kind else left for kind in Kind}


def decide(likelihoods: Mapping[Kind, float], none_from: float = NONE_FROM) -> Kind:
    """Take the likeliest kind, but `none` only when it is as likely as `none_from`."""
    first, second, *_ = sorted(likelihoods, key=likelihoods.__getitem__, reverse=True)
    return second if first is Kind.NONE and likelihoods[first] < none_from else first


def raised(likelihoods: Mapping[Flag, float], found: frozenset[Flag]) -> frozenset[Flag]:
    """Tell which flags hold: the likely ones, and the fairly likely ones whose words were `found`."""
    return frozenset(
        flag for flag, likely in likelihoods.items() if likely >= (NAMED_FLAG_FROM if flag in found else FLAG_FROM)
    )
