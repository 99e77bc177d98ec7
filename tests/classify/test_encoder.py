"""The network's arithmetic, on weights small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.classify.small_encoder import PLACES, WIDTH, small_encoder
from triage.classify.encoder import attend, gelu, normalize, unpack

EXPECTED = [0.222296, -0.305547, 0.263500, 0.582163]  # of the first four, by the same layers in torch


def test_scores_are_those_that_torch_computes() -> None:
    weights = small_encoder()
    scores = weights.contributions([0, 5, 6, 2]).sum(axis=0) + weights.heads_bias
    assert scores[:4] == pytest.approx(EXPECTED, abs=1e-4)


def test_the_same_mail_gives_the_same_scores() -> None:
    first, second = (small_encoder().contributions([0, 4, 5, 2]) for _ in range(2))
    assert np.array_equal(first, second)


def test_no_more_is_read_than_there_are_places() -> None:
    weights = small_encoder()
    assert np.array_equal(weights.contributions([0] + [5] * 400), weights.contributions([0] + [5] * (PLACES - 1)))


def test_rows_are_brought_to_mean_0_and_variance_1() -> None:
    norm = np.array([[2, 2, 2, 2], [1, 1, 1, 1]], np.float32)
    assert normalize(np.array([[1, 1, 3, 3]], np.float32), norm) == pytest.approx(np.array([[-1, -1, 3, 3]]))


def test_gelu_lets_through_what_is_positive() -> None:
    found = gelu(np.array([-10, -1, 0, 1, 10], np.float32))
    assert found == pytest.approx(np.array([0, -0.158808, 0, 0.841192, 10]), abs=1e-5)


def test_one_piece_alone_looks_at_itself() -> None:
    layer = small_encoder().layers[0]
    x = np.ones((1, WIDTH), np.float32)
    said = (x @ layer.attend + layer.attend_bias)[:, 2 * WIDTH :]
    assert attend(x, layer, 4) == pytest.approx(said @ layer.mix + layer.mix_bias, abs=1e-4)


def test_four_bits_are_less_eight_and_scaled() -> None:
    block = np.array([[[*np.array([0.5], np.float16).view(np.uint8), 0xF0, *[0x88] * 15]]], np.uint8)
    assert unpack(block).tolist() == [[-4.0, *[0.0] * 15, 3.5, *[0.0] * 15]]
