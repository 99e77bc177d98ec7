"""Counting right and wrong verdicts."""

from __future__ import annotations

import pytest

from triage.classify.rows import Row
from triage.classify.scores import Bin, Pair, Score, calibrate, evaluate, macro_f1, score_classes
from triage.model import Flag, Kind, Reason, Verdict


def pair(label: Kind, verdict: Kind, *, flags: tuple[Flag, ...] = (), found: tuple[Flag, ...] = ()) -> Pair:
    row = Row("1", "nl", "", "", "", label, flags=frozenset(flags))
    return Pair(row, Verdict(verdict, 0.75, flags=frozenset(found), language="nl"))


def test_each_class_has_hits_false_alarms_and_misses() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b"), ("c", "a")]
    expected = {"a": Score(1, 1, 1), "b": Score(2, 1, 0), "c": Score(0, 0, 1)}
    assert score_classes(pairs) == expected


def test_classes_come_in_the_order_asked_for_and_absent_ones_are_left_out() -> None:
    assert list(score_classes([("a", "b")], ["z", "b", "a"])) == ["b", "a"]


@pytest.mark.parametrize(
    ("score", "figures"),
    [
        pytest.param(Score(3, 1, 2), (0.75, 0.6, 6 / 9), id="of each some"),
        pytest.param(Score(0, 0, 2), (1.0, 0.0, 0.0), id="never found"),
        pytest.param(Score(0, 2, 0), (0.0, 1.0, 0.0), id="never there"),
        pytest.param(Score(), (1.0, 1.0, 1.0), id="nothing at all"),
    ],
)
def test_precision_recall_and_f1(score: Score, figures: tuple[float, float, float]) -> None:
    assert (score.precision, score.recall, score.f1) == pytest.approx(figures)


def test_a_class_that_no_label_holds_does_not_count_in_the_mean() -> None:
    assert macro_f1({"a": Score(1, 0, 0), "b": Score(0, 1, 0), "c": Score(0, 0, 1)}) == 0.5


def test_confidence_is_held_against_the_share_of_right_verdicts() -> None:
    points = [(0.875, True), (0.8125, False), (1.0, True), (0.25, False), (1.0, True)]
    assert calibrate(points) == (Bin(1, 0.25, 0.0), Bin(2, 0.84375, 0.5), Bin(2, 1.0, 1.0))


def test_everything_over_a_set_of_mails() -> None:
    pairs = [
        pair(Kind.BUY, Kind.BUY, flags=(Flag.LEGAL,), found=(Flag.LEGAL, Flag.REVIEW)),
        pair(Kind.BUY, Kind.NONE, flags=(Flag.CARRIER,)),
        pair(Kind.NONE, Kind.NONE),
        pair(Kind.NONE, Kind.KNOCK),
    ]
    found = evaluate(pairs)
    assert found.kinds == {"buy": Score(1, 0, 1), "knock": Score(0, 1, 0), "none": Score(1, 1, 1)}
    assert found.reasons == {Reason.ELSE: Score(4, 0, 0)}
    assert found.languages == {"nl": Score(4, 0, 0)}
    assert found.flags == {
        "legal": Score(1, 0, 0),
        "review": Score(0, 1, 0),
        "deadline": Score(),
        "repeat": Score(),
        "carrier": Score(0, 0, 1),
    }
    assert found.confusion == {("buy", "buy"): 1, ("buy", "none"): 1, ("none", "none"): 1, ("none", "knock"): 1}
    assert (found.mails, found.people, found.taken_for_none, found.unsure) == (4, 2, 1, 0)
    assert found.calibration_error == pytest.approx(0.25)
