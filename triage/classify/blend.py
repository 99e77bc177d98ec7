"""The model's likelihoods and the cues' judgement, weighed together: which kind is it, and how sure is that?

Cues know little, but what they know is plain: where they are sure they are right nine times in ten, on mails too that
the model has never seen the like of. `none` hides a mail, so it needs more than to be the likeliest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from triage.model import Flag, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.classify.kinds import Judgement

CUE_PULL = 2.5  # of cues that are sure, in natural logarithms of odds; measured on the development authors
NONE_FROM = 0.65  # likelihood from which nobody waits
NONE_FROM_SIGNS = 0.4  # the same where headers suggest a machine
NONE_FROM_THANKS = 0.9  # the same where the rules for closing words saw thanks and found something left to answer
UNSURE_BELOW = 0.5  # more likely wrong than right
FLAG_FROM = 0.5
NAMED_FLAG_FROM = 0.4  # the same where a rule found the flag's words too

_UNDECIDED = 0.4  # confidence of cues below which they pull nowhere


def blend(likelihoods: Mapping[Kind, float], cues: Judgement) -> dict[Kind, float]:
    """Let the cues pull towards their kind, the further the surer they are; the likelihoods still add up to one."""
    pull = CUE_PULL * max(0.0, (cues.confidence - _UNDECIDED) / (1 - _UNDECIDED))
    pulled = {kind: likely * (math.exp(pull) if kind is cues.kind else 1) for kind, likely in likelihoods.items()}
    return {kind: likely / sum(pulled.values()) for kind, likely in pulled.items()}


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
