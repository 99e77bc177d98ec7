# mypy: ignore-errors
# scikit-learn is not installed where the project is checked
"""Fit the plain reader (`triage.classify.ngrams`): one logistic regression for each answer, on the features' values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from triage.classify.model import plain_features
from triage.classify.ngrams import PLACES, values_of
from triage.model import Flag, Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from triage.classify.training.data import Example

STRENGTH = 20.0  # inverse of the penalty on large weights; from 10 to 40 nothing changes
_CUSTOMERS = frozenset({Kind.BUY, Kind.BOUGHT, Kind.KNOCK, Kind.ANGRY, Kind.HAGGLE})


def fit(examples: Sequence[Example], path: Path) -> None:
    """Learn from the mails and write the weights. Deterministic."""
    read = [_features(each) for each in examples]
    found = np.bincount(np.concatenate([np.unique(features) for features in read]), minlength=PLACES)
    rarity = (np.log((1 + len(examples)) / (1 + found)) + 1).astype(np.float16)
    mails = _valued(read, rarity.astype(np.float32))
    people = [number for number, each in enumerate(examples) if each.row.kind in _CUSTOMERS]
    fitted = {f"kind {kind}": _one(mails, [each.row.kind is kind for each in examples]) for kind in Kind}
    for reason in Reason:
        fitted[f"reason {reason}"] = _one(mails[people], [examples[number].row.reason is reason for number in people])
    for flag in Flag:
        fitted[f"flag {flag}"] = _one(mails, [flag in each.row.flags for each in examples])
    weights = np.stack([one.coef_[0] for one in fitted.values()], axis=1)
    scale = np.abs(weights).max(axis=0) / 127
    np.savez_compressed(
        path,
        weights=np.round(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        rarity=rarity,
        bias=np.array([one.intercept_[0] for one in fitted.values()], np.float32),
        names=np.frombuffer("\n".join(fitted).encode(), np.uint8),
    )


def _one(mails: csr_matrix, is_it: Sequence[bool]) -> LogisticRegression:
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear", random_state=1)
    return model.fit(mails, np.array(is_it))


def _features(example: Example) -> NDArray[np.int64]:
    return np.array(plain_features(example.message).numbers, np.int64)


def _valued(mails: Sequence[NDArray[np.int64]], rarity: NDArray[np.float32]) -> csr_matrix:
    """Give the values of the features of each mail, as (mails, PLACES); those of one feature are summed."""
    values = np.concatenate([values_of(features, rarity) for features in mails])
    ends = np.cumsum([0, *map(len, mails)])
    valued: csr_matrix = csr_matrix((values, np.concatenate(mails), ends), shape=(len(mails), PLACES))
    valued.sum_duplicates()
    return valued
