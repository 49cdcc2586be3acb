"""What added images do to a digit reader: the same offer made to small and large models, with and without weights."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from helpers import plotting
from helpers.datasets import load_mnist
from helpers.images import block_means

N_CLASSES = 10
MODELS = {"softmax 4 × 4": 4, "softmax 7 × 7": 7, "softmax 14 × 14": 14, "SVM 28 × 28": None}
OFFERS = ("tilted 1s", "copies of 1s", "tilted digits, all ten")


def make_model(name, *, weights=None):
    """An unfitted classifier of 28 × 28 images.

    Parameters
    ----------
    name : str
        One of :data:`MODELS`: softmax regression on a shrunken image, or a support vector machine on the whole one.
    weights : {None, "balanced"} or dict, default None
        Weight of each class in the training loss.

    Returns
    -------
    sklearn.pipeline.Pipeline
    """
    if name not in MODELS:
        raise ValueError(f"'name' must be one of {', '.join(MODELS)} (got {name!r})")
    if side := MODELS[name]:
        classifier = LogisticRegression(C=10, max_iter=5000, class_weight=weights)
        return make_pipeline(FunctionTransformer(block_means, kw_args={"side": side}), classifier)
    return make_pipeline(PCA(40, random_state=0), SVC(C=10, class_weight=weights))


def draw_split(y, *, per_class, n_test, rng):
    """Indices of a training set with `per_class` images of each digit, and of a test set of others.

    Examples
    --------
    >>> train, test = draw_split(np.repeat(range(10), 5), per_class=2, n_test=20, rng=np.random.default_rng(0))
    >>> len(train), len(test), len(set(train) & set(test))
    (20, 20, 0)
    """
    rarest = np.bincount(y, minlength=N_CLASSES).min()
    if not 1 <= per_class < rarest:
        raise ValueError(f"'per_class' must be from 1 to {rarest - 1} (got {per_class})")
    order = rng.permutation(len(y))
    rank = pd.Series(y[order]).groupby(y[order]).cumcount().to_numpy()
    return order[rank < per_class], order[rank >= per_class][:n_test]


def add_images(X, y, *, offer, n_added, change, rng):
    """A training set followed by `n_added` more images made from its own.

    Parameters
    ----------
    X, y : arrays of shape (n, 784) and (n,)
        The training set.
    offer : str
        One of :data:`OFFERS`.
    n_added : int
        Images to add, at least 0.
    change : callable
        Called with images and `rng`, returns changed images; not used for plain copies.
    rng : numpy.random.Generator

    Returns
    -------
    X, y : arrays of shape (n + n_added, 784) and (n + n_added,)
    """
    if offer not in OFFERS:
        raise ValueError(f"'offer' must be one of {', '.join(OFFERS)} (got {offer!r})")
    if n_added < 0:
        raise ValueError(f"'n_added' must be at least 0 (got {n_added})")
    pool = np.flatnonzero(y == 1) if offer.endswith("1s") else np.arange(len(y))
    picked = rng.choice(pool, n_added)
    images = change(X[picked], rng) if n_added and offer != "copies of 1s" else X[picked]
    return np.vstack([X, images]), np.append(y, y[picked])


def simulate_adding(cases, *, change, per_class=100, n_test=1500, n_runs=5, seed=0, weigh=None):
    """Test results of a model before and after an offer of data, over runs with their own images.

    The test set is untouched: real digits, about as many of each. All cases of a run share its images.

    Parameters
    ----------
    cases : list of dict
        Each with the keys model (of :data:`MODELS`), offer (of :data:`OFFERS`), added (a number of images) and, if
        wanted, weights ("balanced").
    change : callable
        Tilts images; see :func:`add_images`.
    per_class : int, default 100
        Real training images of each digit.
    n_test, n_runs, seed : int
        Test images, repetitions, random seed.
    weigh : callable, optional
        Called with the training labels, returns the weight of each class by class, for the cases with weights;
        scikit-learn's balanced weights by default.

    Returns
    -------
    DataFrame
        One row per run and case: run, model, offer, added, weights ("none" or "balanced"); accuracy (mean recall of
        the ten digits) and recall_0 … recall_9, 0 to 1, higher is better; said_1, the share of test images called a 1
        (the truth is about 0.1); and tilted_1, the recall of the test set's 1s after `change`.
    """
    X, y = load_mnist()
    rows = []
    for run in range(n_runs):
        rng = np.random.default_rng([seed, run])
        train, test = draw_split(y, per_class=per_class, n_test=n_test, rng=rng)
        tilted = change(X[test][y[test] == 1], rng)
        made = {}
        for case in cases:
            offer = case["offer"], case["added"]
            if offer not in made:
                again = np.random.default_rng([seed, run, 1])
                made[offer] = add_images(X[train], y[train], offer=offer[0], n_added=offer[1], change=change, rng=again)
            weights = case.get("weights")
            if weights and weigh:
                weights = {int(label): float(weight) for label, weight in dict(weigh(made[offer][1].copy())).items()}
            model = make_model(case["model"], weights=weights).fit(*made[offer])
            facts = {"run": run} | case | {"weights": case.get("weights") or "none"}
            scores = _score(y[test], model.predict(X[test]))
            rows.append(facts | scores | {"tilted_1": np.mean(model.predict(tilted) == 1)})
    return pd.DataFrame(rows)


def _score(y_true, y_pred):
    recall = [(y_pred[y_true == digit] == digit).mean() for digit in range(N_CLASSES)]
    named = {f"recall_{digit}": value for digit, value in enumerate(recall)}
    return {"accuracy": np.mean(recall), "said_1": np.mean(y_pred == 1)} | named


def paired_change(table, column, *, before, after):
    """Change of a column between two cases, run by run.

    Parameters
    ----------
    table : DataFrame
        From :func:`simulate_adding`.
    column : str
        What to compare.
    before, after : dict
        Column values that pick one row per run, such as ``{"model": "SVM 28 × 28", "added": 0}``.

    Returns
    -------
    Series
        `after` minus `before`, one value per run.

    Examples
    --------
    >>> table = pd.DataFrame({"run": [0, 0, 1, 1], "added": [0, 9, 0, 9], "accuracy": [0.8, 0.7, 0.9, 0.6]})
    >>> paired_change(table, "accuracy", before={"added": 0}, after={"added": 9}).round(2).tolist()
    [-0.1, -0.3]
    """
    sides = []
    for chosen in (before, after):
        rows = table[np.logical_and.reduce([table[key] == value for key, value in chosen.items()])]
        if rows.empty or rows.run.duplicated().any():
            raise ValueError(f"'before' and 'after' must pick one row per run (got {len(rows)} rows for {chosen})")
        sides.append(rows.set_index("run")[column])
    return sides[1] - sides[0]


def mean_interval(values):
    """Mean of independent runs and its 95 % interval, as :func:`helpers.plotting.mean_interval` has it for tables.

    Parameters
    ----------
    values : sequence of float
        One value per run, at least two.

    Returns
    -------
    Series
        mean, low and high, in the units of `values`.

    Examples
    --------
    >>> mean_interval([1.0, 2.0, 3.0]).round(2).tolist()
    [2.0, -0.48, 4.48]
    """
    if len(values) < 2:
        raise ValueError(f"'values' must be at least two (got {len(values)})")
    return plotting.mean_interval(pd.Series(values, dtype=float)).iloc[0].rename(None)


def plot_recall_change(before, after, *, ax=None):
    """Draw the recall of each digit before (open circle) and after (filled), with a line between.

    Parameters
    ----------
    before, after : DataFrame
        Rows of :func:`simulate_adding`, one per run; means are drawn.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = ax or plt.gca()
    columns = [f"recall_{digit}" for digit in range(N_CLASSES)]
    start, end = before[columns].mean().to_numpy(), after[columns].mean().to_numpy()
    digits = np.arange(N_CLASSES)
    ax.vlines(digits, start, end, color="gray", linewidth=1)
    ax.plot(digits, start, "o", markerfacecolor="white", label="before")
    ax.plot(digits, end, "o", label="after")
    ax.set(xticks=digits, xlabel="true digit", ylabel="recall", ylim=(0, 1.02))
    return ax
