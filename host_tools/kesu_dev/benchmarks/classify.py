"""classify: classifies series of times by several attackers, with a confidence interval.

An attacker is a feature extraction and a classifier trained on labelled recordings. All are tried; the best
one's figure counts, and its interval is widened for the number of attackers tried.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kesu_dev.benchmarks.timing_features import FEATURES, Times, Vector

NEIGHBOURS = 7
SHRINKAGE = (0.1, 0.5)
"""Shrinkage of the covariance towards a multiple of the unit matrix: there are more features than notes."""
RIDGE = 0.1
SHARPNESS = 2.5
"""Decay of the kernel: notes at the median distance have a similarity of 1 in 2 ** SHARPNESS."""
TOGETHER = "three of them together, Gaussian kernel"
THREE = ("small delays", "longest gaps", "delay per 50 ms")
STEPS = 60
"""Steps of the logistic regression, each with the step length of Nesterov's method."""
DECAY = 0.02
"""Penalty on its weights: there are more features than notes."""
FOLDS = 10
CONFIDENCE = 0.95


# Each gets the features of known notes, their classes (0, 1, ...), and the features of unknown ones; all scaled.
Classifier = Callable[[Vector, NDArray[np.int64], Vector], NDArray[np.int64]]


def nearest_centroid(known: Vector, classes: NDArray[np.int64], unknown: Vector) -> NDArray[np.int64]:
    """The class whose mean is nearest."""
    return _nearest(_means(known, classes), unknown)


def nearest_neighbours(known: Vector, classes: NDArray[np.int64], unknown: Vector) -> NDArray[np.int64]:
    """The most frequent class of the nearest notes, weighted by distance."""
    squares = _squares(known, unknown)
    nearest = np.argsort(squares, axis=1, kind="stable")[:, :NEIGHBOURS]
    votes = np.zeros((len(unknown), int(classes.max()) + 1))
    for column in range(nearest.shape[1]):
        near = nearest[:, column]
        weight = 1.0 / (1e-9 + np.sqrt(squares[np.arange(len(unknown)), near]))
        votes[np.arange(len(unknown)), classes[near]] += weight
    return np.asarray(votes.argmax(axis=1), np.int64)


def discriminant(shrinkage: float) -> Classifier:
    """Linear discriminant analysis with a shrunk covariance (Friedman 1989, regularised discriminants)."""

    def classify(known: Vector, classes: NDArray[np.int64], unknown: Vector) -> NDArray[np.int64]:
        means = _means(known, classes)
        inside = known - means[classes]
        covariance = inside.T @ inside / max(1, len(known) - len(means))
        level = float(np.trace(covariance)) / len(covariance)
        shrunk = (1 - shrinkage) * covariance + (shrinkage * level + 1e-9) * np.eye(len(covariance))
        weights = np.linalg.solve(shrunk, means.T)
        scores = unknown @ weights - 0.5 * np.sum(means.T * weights, axis=0)
        return np.asarray(scores.argmax(axis=1), np.int64)

    return classify


def logistic(known: Vector, classes: NDArray[np.int64], unknown: Vector) -> NDArray[np.int64]:
    """Multinomial logistic regression with a quadratic penalty, by Nesterov's accelerated gradient."""
    wanted = np.eye(int(classes.max()) + 1)[classes]
    inputs, asked = (np.hstack([notes, np.ones((len(notes), 1))]) for notes in (known, unknown))
    step = 1.0 / (DECAY + 0.5 * float(np.linalg.norm(inputs, 2)) ** 2 / len(inputs))
    weights = ahead = np.zeros((inputs.shape[1], wanted.shape[1]))
    for number in range(STEPS):
        scores = inputs @ ahead
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        after = ahead - step * (inputs.T @ (likely - wanted) / len(inputs) + DECAY * ahead)
        ahead = after + number / (number + 3) * (after - weights)
        weights = after
    return np.asarray((asked @ weights).argmax(axis=1), np.int64)


def gaussian_kernel(known: Vector, classes: NDArray[np.int64], unknown: Vector) -> NDArray[np.int64]:
    """Ridge regression on the classes with a Gaussian kernel."""
    return _by_likeness(_likeness(known, known), classes, _likeness(known, unknown))


def _likeness(known: Vector, notes: Vector) -> Vector:
    """Kernel matrix: 1 for equal features, towards 0 for distant ones. A row for each of `notes`."""
    middle = float(np.median(_squares(known, known)))
    return np.asarray(np.exp2(-SHARPNESS * _squares(known, notes) / max(middle, 1e-9)))


def _by_likeness(known: Vector, classes: NDArray[np.int64], unknown: Vector) -> NDArray[np.int64]:
    """Predict classes from the kernel matrices of known with known and of unknown with known notes."""
    wanted = np.eye(int(classes.max()) + 1)[classes]
    weights = np.linalg.solve(known + RIDGE * np.eye(len(known)), wanted - wanted.mean(axis=0))
    return np.asarray((unknown @ weights).argmax(axis=1), np.int64)


CLASSIFIERS: dict[str, Classifier] = {
    "nearest centroid": nearest_centroid,
    f"{NEIGHBOURS} nearest neighbours": nearest_neighbours,
    **{f"LDA, shrinkage {value:g}": discriminant(value) for value in SHRINKAGE},
    "Gaussian kernel": gaussian_kernel,
    "logistic regression": logistic,
}


def _means(known: Vector, classes: NDArray[np.int64]) -> Vector:
    return np.array([known[classes == number].mean(axis=0) for number in range(int(classes.max()) + 1)])


def _squares(known: Vector, unknown: Vector) -> Vector:
    found = (unknown**2).sum(axis=1)[:, None] - 2 * unknown @ known.T + (known**2).sum(axis=1)[None, :]
    return np.asarray(np.maximum(found, 0.0), np.float64)


def _nearest(places: Vector, unknown: Vector) -> NDArray[np.int64]:
    return np.asarray(_squares(places, unknown).argmin(axis=1), np.int64)


@dataclass(frozen=True)
class Figure:
    """The result of the best attacker. right: correctly classified notes, of `notes`. low, high: interval of its
    true rate at CONFIDENCE, corrected for the `tried` attackers (binomial, Clopper and Pearson, the error
    probability divided by `tried`). chance: rate of guessing."""

    attacker: str
    right: int
    notes: int
    chance: float
    low: float
    high: float
    tried: int

    @property
    def rate(self) -> float:
        return self.right / self.notes

    @property
    def above_chance(self) -> bool:
        """Whether the interval excludes chance: something leaks."""
        return self.low > self.chance

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "attacker": self.attacker,
            "right": self.right,
            "notes": self.notes,
            "rate": round(self.rate, 4),
            "interval": [round(self.low, 4), round(self.high, 4)],
            "chance": round(self.chance, 4),
            "above_chance": self.above_chance,
            "attackers_tried": self.tried,
        }


def best(
    recordings: Sequence[Sequence[Times]], labels: Sequence[str], length_us: float, seed: int = 1
) -> Figure:
    """Try every attacker by cross-validation. A recording has one or more series of times (us).

    Raises ValueError when there are fewer than two classes or fewer than two notes of one.
    """
    names = sorted(set(labels))
    classes = np.array([names.index(label) for label in labels], np.int64)
    if len(names) < 2 or np.bincount(classes).min() < 2:
        raise ValueError("at least two classes with two notes each are needed")
    numbers = {
        name: np.array(
            [np.concatenate([of(series, length_us) for series in one]) for one in recordings], np.float64
        )
        for name, of in FEATURES.items()
    }
    scores = _scores(numbers, classes, _folds(classes, seed))
    attacker = max(scores, key=lambda name: scores[name])
    low, high = interval(scores[attacker], len(labels), 1 - (1 - CONFIDENCE) / len(scores))
    chance = float(np.bincount(classes).max()) / len(labels)
    return Figure(attacker, scores[attacker], len(labels), chance, low, high, len(scores))


def jittered(times: Times, sigma_us: float, generator: np.random.Generator) -> Vector:
    """The times with normally distributed clock error of that standard deviation, sorted."""
    moments = np.asarray(times, np.float64)
    return np.sort(moments + generator.normal(0.0, sigma_us, moments.size)) if sigma_us > 0 else moments


def interval(right: int, notes: int, confidence: float) -> tuple[float, float]:
    """Clopper and Pearson's (conservative) interval of the rate, for `right` of `notes`."""
    tail = (1 - confidence) / 2
    low = 0.0 if right == 0 else _solve(lambda rate: 1 - _at_most(right - 1, notes, rate) - tail)
    high = 1.0 if right == notes else _solve(lambda rate: tail - _at_most(right, notes, rate))
    return low, high


def _at_most(right: int, notes: int, rate: float) -> float:
    return sum(comb(notes, k) * rate**k * (1 - rate) ** (notes - k) for k in range(right + 1))


def _solve(rising: Callable[[float], float]) -> float:
    """The zero of a rising function on 0..1."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def _folds(classes: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """The fold of each note, stratified: folds differ by at most one note of each class."""
    generator = np.random.default_rng(seed)
    folds = np.zeros(len(classes), np.int64)
    count = min(FOLDS, int(np.bincount(classes).min()))
    for number in range(int(classes.max()) + 1):
        members = generator.permutation(np.flatnonzero(classes == number))
        folds[members] = (np.arange(members.size) + number) % count
    return folds


def _scores(
    numbers: dict[str, Vector], classes: NDArray[np.int64], folds: NDArray[np.int64]
) -> dict[str, int]:
    """Correctly classified notes of each attacker, trained on the other folds."""
    scores: Counter[str] = Counter({TOGETHER: 0})
    for fold in range(int(folds.max()) + 1):
        unknown = folds == fold
        learnt, asked = classes[~unknown], classes[unknown]
        alike_known = np.zeros((learnt.size, learnt.size))
        alike_unknown = np.zeros((asked.size, learnt.size))
        for feature, of_all in numbers.items():
            scaled = _scaled(of_all, ~unknown)
            known, others = scaled[~unknown], scaled[unknown]
            if feature in THREE:
                alike_known += _likeness(known, known) / len(THREE)
                alike_unknown += _likeness(known, others) / len(THREE)
            for name, classifier in CLASSIFIERS.items():
                named = classifier(known, learnt, others)
                scores[f"{feature}, {name}"] += int((named == asked).sum())
        scores[TOGETHER] += int((_by_likeness(alike_known, learnt, alike_unknown) == asked).sum())
    return dict(scores)


def _scaled(numbers: Vector, known: NDArray[np.bool_]) -> Vector:
    """The features scaled by their spread among the known notes, without constant features."""
    spread = numbers[known].std(axis=0)
    varies = spread > 1e-9
    if not varies.any():
        varies[0] = True
    scaled = (numbers - numbers[known].mean(axis=0))[:, varies] / np.maximum(spread, 1e-9)[varies]
    # Projected onto the span of the known notes: the classifiers here depend on nothing outside it.
    return np.asarray(scaled @ np.linalg.svd(scaled[known], full_matrices=False)[2].T, np.float64)
