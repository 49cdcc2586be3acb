"""Where the claims of week 2, notebook 1, must fail."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from helpers import datasets, plotting
from helpers import getting_started as gs
from nulls import null

X, Y = datasets.load_digits()
sheet_of = datasets.load_digit_sheets()
PLAIN = LogisticRegression(tol=1e-3)


def by_sheet(model, group):
    """Accuracy on each sheet where each group is held out once."""
    right = cross_val_predict(model, X, Y, groups=group, cv=LeaveOneGroupOut()) == Y
    return pd.Series(right).groupby(sheet_of).mean()


def low(difference):
    return plotting.mean_interval(difference)["low"].item()


@null("Random digits flatter logistic regression by over a point, against whole sheets: lower end of the interval")
def _():
    rng = np.random.default_rng(0)
    one, other = (by_sheet(PLAIN, rng.permutation(sheet_of)) for _ in range(2))
    return low(one - other)


def faults():
    order = np.random.default_rng(0).permutation(14)
    train, dev = np.isin(sheet_of, order[:7]), np.isin(sheet_of, order[7:10])
    return (X[train], Y[train]), (X[dev], Y[dev])


@null("With a far too small step most new digits are still read right")
def _():
    train, dev = faults()
    return gs.run_fault("shuffle leaves the labels behind", *train, *dev)["dev"]


@null("Labels shuffled once pass the tiny check")
def _():
    (images, labels), dev = faults()
    tiny = gs.tiny_set(labels)
    return gs.run_fault("prediction reads columns first", images[tiny], labels[tiny], *dev)["train"]


@cache
def trees():
    model = ExtraTreesClassifier(50, random_state=0)
    return cross_val_predict(model, X, Y, groups=sheet_of, cv=LeaveOneGroupOut(), method="predict_proba")


@null("Extra trees read new sheets at most one point better than one neighbor: upper end of the interval")
def _():
    neighbor = pd.Series(index=range(14), dtype=float)
    for new in range(14):
        use, test = np.isin(sheet_of, [(new + 1) % 14, (new + 2) % 14]), sheet_of == new
        neighbor[new] = KNeighborsClassifier(1, algorithm="brute").fit(X[use], Y[use]).score(X[test], Y[test])
    ahead = pd.Series(trees().argmax(axis=1) == Y).groupby(sheet_of).mean() - neighbor
    return plotting.mean_interval(ahead)["high"].item()


@null("Yet with extra trees a form costs less than the clerk's €0.50: upper end of the interval")
def _():
    forms = gs.draw_forms(sheet_of, n_forms=100, rng=np.random.default_rng(0))
    right = (trees().argmax(axis=1) == Y)[forms].all(axis=1)
    prices = gs.price_by_sheet(right, np.ones(len(forms)), sheet_of[forms[:, 0]])
    return plotting.mean_interval(prices["eur"])["high"].item()


def scores(model, sheets):
    """Accuracy on each of five dev sheets after training on the given ones."""
    use = np.isin(sheet_of, sheets)
    model.fit(X[use], Y[use])
    return pd.Series({new: model.score(X[sheet_of == new], Y[sheet_of == new]) for new in range(9, 14)})


@null("The plainest model with nine sheets beats the best with one by three points: lower end of the interval")
def _():
    return low(scores(PLAIN, [0]) - scores(SVC(C=10, gamma=0.05), [0]))


@null("A limit of 10 kB costs accuracy")
def _():
    train, dev = faults()
    shelf = [PLAIN, KNeighborsClassifier(1, algorithm="brute"), SVC(C=10, gamma=0.05)]
    table = pd.DataFrame([{"accuracy": m.fit(*train).score(*dev), **gs.measure(m, dev[0])} for m in shelf])
    return table["accuracy"].max() - table.loc[table["size_kb"] <= 600, "accuracy"].max()
