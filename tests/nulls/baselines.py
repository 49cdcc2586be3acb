"""Where the claims of week 2, notebook 2, must fail."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from helpers import baselines as bl
from helpers.checks import baselines as check
from nulls import null

QUICK = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))


@cache
def task(name):
    X, y, group = bl.load_task(name)
    return X, y, group, bl.group_folds(group, n_folds=5, rng=np.random.default_rng(0))


@cache
def right(name):
    """Which rows the quick model, one neighbor and the SVM get right."""
    X, y, _, fold = task(name)
    others = {"one neighbor": KNeighborsClassifier(1, algorithm="brute"), "RBF-SVM": SVC(C=3)}
    models = {"quick": QUICK} | {name: make_pipeline(StandardScaler(), model) for name, model in others.items()}
    return pd.DataFrame(
        {label: cross_val_predict(m, X, y, cv=PredefinedSplit(fold)) == y for label, m in models.items()}
    )


@null("Asked for odd or even, one pixel goes more than half of the way too")
def _():
    X, y, _, fold = task("forms")
    one = np.mean(
        [np.mean(bl.one_column_rule(X[fold != k], y[fold != k], X[fold == k])[0] == y[fold == k]) for k in range(5)]
    )
    commonest = np.bincount(y).max() / len(y)
    return (one - commonest) / (right("forms")["quick"].mean() - commonest)


@null("Neighbors are more alike in images and sound than in the tables: ratio")
def _():
    rng, alike = np.random.default_rng(0), []
    for name in bl.TASKS:
        X = rng.permutation(task(name)[0], axis=1)
        size = np.abs(np.corrcoef(X[:, X.std(axis=0) > 0].T))
        alike.append(size.diagonal(1).mean() / size[np.triu_indices(len(size), k=1)].mean())
    return min(alike[:2]) / max(alike[2:])


@null("The quick model stays at least two points below what others published")
def _():
    X, y, _, _ = task("forms")
    known = np.random.default_rng(0).permutation(len(y)) % 10
    return 0.980 - cross_val_score(KNeighborsClassifier(1), X, y, cv=PredefinedSplit(known)).mean()


@null("The real labels of progression beat every permutation of them by at least five points")
def _():
    rng = np.random.default_rng(0)
    X, y, _, _ = task("progression")
    real, *nothing = (cross_val_score(GaussianNB(), X, rng.permutation(y), cv=5).mean() for _ in range(40))
    return real - max(nothing)


@null("On the forms the chosen model makes fewer errors than the quick one: p with a coin for each sheet")
def _():
    _, _, voice, fold = task("telephone")
    table = right("telephone")
    return bl.flip_p(
        bl.chosen_elsewhere(table, fold, check.chosen_outside), table["quick"], voice, rng=np.random.default_rng(0)
    )
