"""The model's likelihoods and the cues' judgement, weighed together."""

from __future__ import annotations

import pytest

from triage.classify.blend import NONE_FROM, NONE_FROM_SIGNS, NONE_FROM_THANKS, blend, decide, raised
from triage.classify.kinds import Judgement
from triage.model import Flag, Kind


def likelihoods(**shares: float) -> dict[Kind, float]:
    return {kind: shares.get(kind.value, 0.0) for kind in Kind}


@pytest.mark.parametrize(
    ("confidence", "angry"),
    [
        pytest.param(0.4, 0.3, id="unsure cues pull nowhere"),
        pytest.param(0.7, 0.599, id="half sure"),
        pytest.param(1.0, 0.839, id="sure"),
    ],
)
def test_cues_pull_the_further_the_surer_they_are(confidence: float, angry: float) -> None:
    found = blend(likelihoods(angry=0.3, bought=0.7), Judgement(Kind.ANGRY, confidence))
    assert found == pytest.approx(likelihoods(angry=angry, bought=1 - angry), abs=1e-3)


def test_cues_alone_turn_nothing_that_the_model_is_sure_of() -> None:
    found = blend(likelihoods(none=0.01, bought=0.99), Judgement(Kind.NONE, 1.0))
    assert decide(found, NONE_FROM_SIGNS) == Kind.BOUGHT


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
