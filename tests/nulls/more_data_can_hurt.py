"""Where the claims of week 2, notebook 7, must fail."""

from functools import cache

import numpy as np
from sklearn.metrics import recall_score

from helpers import double_descent
from helpers import more_data_can_hurt as more_data
from helpers.datasets import load_mnist
from helpers.images import warp
from nulls import null

SMALL, MIDDLE, LARGE = "softmax 4 × 4", "softmax 7 × 7", "SVM 28 × 28"


def tilt(X, rng):
    return warp(X, angle_deg=rng.uniform(-45, 45, len(X)), scale=rng.uniform(0.85, 1.15, len(X)))


@cache
def change(model, column="accuracy", offer="tilted 1s", weights=None):
    """Mean change of a score between no offer and one of 1,000 images."""
    cases = [{"model": model, "offer": offer, "added": n, "weights": weights if n else None} for n in (0, 1000)]
    table = more_data.simulate_adding(cases, change=tilt, n_runs=2)
    return more_data.paired_change(table, column, before={"added": 0}, after={"added": 1000}).mean()


@null("The tilted 1s cost the small model at least five points of accuracy")
def _():
    return change(SMALL, weights="balanced")


@null("The tilted 1s change the accuracy of the large model by at most two and a half points")
def _():
    return change(SMALL)


@null("With them the large model finds at least ten points more of the tilted 1s")
def _():
    return change(LARGE, "tilted_1", offer="copies of 1s")


@null("Copies alone, with nothing new to see, cost the small model at least three points of accuracy")
def _():
    return change(SMALL, offer="copies of 1s", weights="balanced")


@null("Balanced weights bring the small model back to within four points of its accuracy before")
def _():
    return change(SMALL)


@null("With weights, the middle model keeps more of what the offer was for than the small one")
def _():
    middle, small = (change(model, "tilted_1", "copies of 1s", "balanced") for model in (MIDDLE, SMALL))
    return middle - small


@null("Exchanging the prior, without retraining, wins back at least half of the loss")
def _():
    (X, y), rng = load_mnist(), np.random.default_rng(0)
    train, test = more_data.draw_split(y, per_class=100, n_test=1500, rng=rng)
    made = more_data.add_images(X[train], y[train], offer="tilted 1s", n_added=1000, change=tilt, rng=rng)
    before, after = (
        more_data.make_model(SMALL).fit(*data).predict_proba(X[test]) for data in ((X[train], y[train]), made)
    )
    exchanged = after / np.full(10, 0.1)
    scores = [recall_score(y[test], prob.argmax(axis=1), average="macro") for prob in (before, after, exchanged)]
    return (scores[2] - scores[1]) / (scores[0] - scores[1])


@null(
    "Without a penalty, as many images as features give at least ten points more error than half as many, in every run"
)
def _():
    table = double_descent.simulate_sizes([100, 200], n_features=200, ridges=(100.0,), n_runs=3, seed=0)
    error = table.pivot(index="run", columns="size", values="test_error")
    return (error[200] - error[100]).min()
