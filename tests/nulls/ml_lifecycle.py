"""Where the claims of week 1, notebook 1, must fail."""

import numpy as np

from helpers import ml_lifecycle as ml
from helpers import ml_lifecycle_debt as debt
from helpers.datasets import load_mnist, load_table
from helpers.images import center_ink
from nulls import null


@null("After the tray has moved, team A misreads more than twice as many forms as team B, with the released model")
def _():
    X, y = load_mnist()
    order = np.random.default_rng(0).permutation(len(y))
    train, live = ((X[part], y[part]) for part in np.split(order[:3400], [1000]))
    model = ml.candidate_models()["curved borders (PCA, QDA)"].fit(*train)
    repairs = {"paler": ml.even_ink, "shifted": center_ink}
    a, b = (ml.deployment_loop(model, train, live, changes={}, fixes=fixes)["error"] for fixes in (None, repairs))
    return a.loc[12:].mean() / b.loc[12:].mean()


@null("Dropping “worst radius” moves some weight at least 1.5 times as far as dropping a column of noise does")
def _():
    X, y = load_table("breast_cancer")
    noisy = debt.add_noise(X, n=7)
    tables = [debt.weights_without(noisy, y, f"noise {i}") for i in range(7)]
    moved, *usual = ((table["after"] - table["before"]).abs() for table in tables)
    return moved.max() / np.mean([one.max() for one in usual])


@null("After retraining with much stronger regularization, under half as many cases reach the old threshold")
def _():
    table = load_table("breast_cancer")
    first, again = (debt.threshold_after_retraining(*table, seed=seed)["acted_on"].iloc[0] for seed in (0, 1))
    return again / first


@null("A product that never explores finds the best item less often, by at least 5 points")
def _():
    one, other = (debt.feedback_loop(explore=0.1, n_runs=2000, seed=seed)["found_best"].mean() for seed in (0, 1))
    return one - other


@null("The nine columns of size together cost at least half a point of accuracy more than the costliest of them alone")
def _():
    X, y = load_table("breast_cancer")
    noise = [f"noise {i}" for i in range(9)]
    groups = {column: [column] for column in noise} | {"all": noise}
    cost = debt.cost_of_dropping(debt.add_noise(X, n=9), y, groups)
    return 100 * (cost["all"] - cost[noise].max())
