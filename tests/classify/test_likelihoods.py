"""From likelihoods to an answer."""

from __future__ import annotations

import pytest

from triage.classify.decide import NONE_FROM, NONE_FROM_SIGNS, NONE_FROM_THANKS, decide, raised, spread
from triage.classify.kinds import Judgement
from triage.model import Flag, Kind


def likelihoods(**shares: float) -> dict[Kind, float]:
    return {kind: shares.get(kind.value, 0.0) for kind in Kind}


def test_what_cues_leave_open_is_as_likely_to_be_any_other_kind() -> None:
    others = {kind.value: 0.1 for kind in Kind if kind is not Kind.ANGRY}
    assert spread(Judgement(Kind.ANGRY, 0.4)) == pytest.approx(likelihoods(angry=0.4, **others))


@pytest.mark.parametrize(
    ("none", "none_from", "kind"),
    [
        pytest.param(0.9, NONE_FROM, Kind.NONE, id="surely nothing"),
        pytest.param(0.6, NONE_FROM, Kind.KNOCK, id="a mere majority hides nobody"),
        pytest.param(0.6, NONE_FROM_SIGNS, Kind.NONE, id="a machine's headers"),
        pytest.param(0.35, NONE_FROM_SIGNS, Kind.KNOCK, id="headers alone hide nobody"),
        pytest.param(0.8, NONE_FROM_THANKS, Kind.KNOCK, id="thanks with more behind it"),
    ],
)
def test_none_must_be_likely_enough(none: float, none_from: float, kind: Kind) -> None:
    rest = (1 - none) / 3
    shares = likelihoods(none=none, knock=rest * 1.5, buy=rest, bought=rest / 2)
    assert decide(shares, none_from) == kind


def test_a_flag_whose_words_were_found_needs_less() -> None:
    likely = {Flag.LEGAL: 0.45, Flag.REVIEW: 0.45, Flag.REPEAT: 0.55, Flag.CARRIER: 0.1, Flag.DEADLINE: 0.0}
    found = frozenset({Flag.LEGAL, Flag.CARRIER})
    assert raised(likely, found) == {Flag.LEGAL, Flag.REPEAT}
