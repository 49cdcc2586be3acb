"""Baselines: four tasks of the company, what a trivial answer reaches on each, and how much room is left above."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from helpers import datasets

TASKS = {
    "forms": "which digit stands on a new sheet",
    "telephone": "which digit a new voice said",
    "clinic": "benign or malignant, from 30 measurements",
    "progression": "worse than the median, from 10 measurements",
}


def load_task(name):
    """One classification task with the groups that must not be split.

    Parameters
    ----------
    name : str
        A key of :data:`TASKS`.

    Returns
    -------
    X : array of shape (n, d)
        Ink (forms), log band energies (telephone), or the table's columns in their units.
    y : array of int, shape (n,)
    group : array of int, shape (n,)
        Sheet of the form, voice, or the row itself.

    Examples
    --------
    >>> X, y, group = load_task("clinic")
    >>> X.shape, len(set(group))
    ((569, 30), 569)
    """
    if name == "forms":
        X, y = datasets.load_digits()
        return X, y, datasets.load_digit_sheets()
    if name == "telephone":
        clips, y, voice = datasets.load_spoken_digits()
        return log_bands(clips), y, voice
    if name not in TASKS:
        raise ValueError(f"'name' must be one of {', '.join(TASKS)} (got {name!r})")
    X, y = datasets.load_table({"clinic": "breast_cancer", "progression": "diabetes"}[name])
    y = y.to_numpy() if name == "clinic" else (y > y.median()).to_numpy().astype(int)
    return X.to_numpy(), y, np.arange(len(y))


def log_bands(clips, *, n_times=10, n_bands=16):
    """Describe each clip by its energy in time slices and frequency bands.

    Parameters
    ----------
    clips : list of arrays of shape (n_samples,)
        At least `n_times` samples each; a clip is cut into `n_times` equal slices.

    Returns
    -------
    array of shape (len(clips), n_times * n_bands)
        Natural log of the mean power, slice by slice, low to high frequency.
    """
    rows = []
    for clip in clips:
        slices = [piece * np.hanning(len(piece)) for piece in np.array_split(clip, n_times)]
        power = np.array([np.abs(np.fft.rfft(piece, 512)[:256]) ** 2 for piece in slices])
        rows.append(np.log(power.reshape(n_times, n_bands, -1).mean(axis=2) + 1e-6).ravel())
    return np.array(rows)


def group_folds(group, *, n_folds=10, rng):
    """Deal whole groups into folds of nearly equal numbers of groups.

    Returns
    -------
    array of int, shape (n,)
        The fold of each row, for scikit-learn's ``PredefinedSplit``.

    Raises
    ------
    ValueError
        If there are fewer groups than folds.
    """
    names, place = np.unique(group, return_inverse=True)
    if len(names) < n_folds:
        raise ValueError(f"'group' must have at least n_folds={n_folds} groups (got {len(names)})")
    return (rng.permutation(len(names)) % n_folds)[place]


def one_column_rule(X, y, X_new, *, n_bins=10):
    """The best rule that looks at one column only: cut it into bins, answer the most common class of the bin.

    Parameters
    ----------
    X, X_new : arrays of shape (n, d) and (m, d)
    y : array of int, shape (n,)
        Classes from 0.
    n_bins : int, default 10
        Bins between quantiles of the column.

    Returns
    -------
    y_pred : array of int, shape (m,)
    column : int
        The column whose rule is right most often on `X`.

    Examples
    --------
    >>> X, y = np.array([[5, 1], [5, 2], [5, 8], [5, 9]]), np.array([0, 0, 1, 1])
    >>> prediction, column = one_column_rule(X, y, np.array([[0, 0], [0, 99]]), n_bins=2)
    >>> prediction.tolist(), column
    ([0, 1], 1)
    """
    n_columns, n_classes = X.shape[1], y.max() + 1
    edges = np.quantile(X, np.arange(1, n_bins) / n_bins, axis=0)
    bins = n_bins * np.arange(n_columns) + (X[:, None] > edges).sum(axis=1)
    counts = np.bincount((bins * n_classes + y[:, None]).ravel(), minlength=n_columns * n_bins * n_classes)
    counts = counts.reshape(n_columns, n_bins, n_classes)
    column = int(counts.max(axis=2).sum(axis=1).argmax())
    answers = np.where(counts[column].any(axis=1), counts[column].argmax(axis=1), np.bincount(y).argmax())
    return answers[np.searchsorted(edges[:, column], X_new[:, column])], column


def useless_table(n_rows, n_columns, *, rng):
    """A generated table whose columns have nothing to do with its two balanced classes: X, y."""
    return rng.normal(size=(n_rows, n_columns)), rng.permutation(np.arange(n_rows) % 2)


def group_interval(right, group):
    """Accuracy, and a 95 % t interval that counts groups, not rows.

    Parameters
    ----------
    right : array of bool, shape (n,)
    group : array of shape (n,)
        Rows of one group are right or wrong together; at least two groups.

    Returns
    -------
    dict
        accuracy (mean over groups, 0 to 1), low and high.

    Examples
    --------
    >>> interval = group_interval([True, True, False, True], [0, 0, 1, 1])
    >>> interval["accuracy"], round(float(interval["high"]), 2)
    (0.75, 3.93)
    """
    share = pd.Series(right).groupby(np.asarray(group)).mean()
    half = share.sem() * stats.t.ppf(0.975, len(share) - 1)
    return {"accuracy": float(share.mean()), "low": share.mean() - half, "high": share.mean() + half}


def chosen_elsewhere(right, fold, choose):
    """Judge in each fold the model that is best in all other folds, so that no row takes part in its own choice.

    Parameters
    ----------
    right : DataFrame of bool, shape (n, number of models)
        Which rows each model gets right.
    fold : array of int, shape (n,)
    choose : callable
        Takes `right`, `fold` and a fold's number, and returns the name of the model to judge there.

    Returns
    -------
    array of bool, shape (n,)
    """
    chosen = np.empty(len(right), dtype=bool)
    for k in np.unique(fold):
        chosen[fold == k] = right.loc[fold == k, choose(right, fold, k)]
    return chosen


def flip_p(one, other, group, *, n_flips=9999, rng):
    """Test whether two models are equally often right, with one coin for all rows of a group.

    Where each row is its own group this is McNemar's test, by simulation.

    Parameters
    ----------
    one, other : arrays of bool, shape (n,)
        Which rows each model gets right.
    group : array of shape (n,)

    Returns
    -------
    float
        Share of the flips, the real arrangement included, whose difference is at least as large; two-sided. Small
        values speak against equal models.

    References
    ----------
    McNemar 1947, Note on the sampling error of the difference between correlated proportions, Psychometrika 12(2).
    """
    difference = np.subtract(one, other, dtype=int)
    by_group = np.bincount(np.unique(group, return_inverse=True)[1], weights=difference)
    by_group = by_group[by_group != 0]
    flipped = np.abs(rng.choice([-1, 1], (n_flips, len(by_group))) @ by_group)
    return float((1 + np.sum(flipped >= abs(by_group.sum()))) / (1 + n_flips))


def plot_ladder(table, *, ax=None):
    """Draw baselines as a ladder of accuracies with their intervals.

    Parameters
    ----------
    table : DataFrame
        One row per baseline, from the weakest; columns accuracy, low and high (0 to 1, nan where not known).

    Returns
    -------
    Axes
    """
    ax = ax or plt.subplots()[1]
    places = range(len(table))
    ax.hlines(places, table["low"].fillna(table["accuracy"]), table["high"].fillna(table["accuracy"]), color="C0")
    ax.plot(table["accuracy"], places, "o", color="C0")
    ax.set(yticks=places, yticklabels=table.index, xlim=(0, 1.03), xlabel="accuracy (95 % interval)")
    ax.margins(y=0.1)
    return ax


def plot_permutations(permuted, score, *, chance=None, ax=None):
    """Draw the scores of a model on permuted labels and, as a line, its score on the real ones. Returns the Axes."""
    ax = ax or plt.subplots()[1]
    ax.hist(permuted, bins=20, color="C4", edgecolor="white")
    ax.axvline(score, color="C1", linestyle="--")
    top = ax.get_ylim()[1]
    ax.annotate("real labels ", (score, 0.98 * top), ha="right", va="top", color="0.2", fontsize=11)
    if chance is not None:
        ax.axvline(chance, color="0.3", linestyle=":", linewidth=1.5)
    ax.set(xlabel="accuracy", ylabel=f"of {len(permuted)} permutations")
    return ax
