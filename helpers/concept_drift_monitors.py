"""Monitors that compare a window of forms with a reference, and the changes of the world that they should see."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.special import kolmogi

from helpers import plotting
from helpers.images import warp

SCENARIOS = (
    "nothing",
    "thicker strokes",
    "rotated by 20°",
    "five times as many 1s",
    "a new country's 1s look like 7s",
    "4 and 9 swap meaning",
    "half of the 7s mean 1",
)
MONITORS = ("KS on 20 components", "PSI of mean ink", "domain classifier", "predicted classes", "error")


def ks_distance(reference, windows):
    """Two-sample Kolmogorov–Smirnov distance of each window to the reference.

    Parameters
    ----------
    reference : array of shape (m,)
    windows : array of shape (..., n)

    Returns
    -------
    array of shape (...)
        From 0 (same distribution) to 1.

    Examples
    --------
    >>> round(float(ks_distance(np.arange(4), np.array([2, 3, 4, 5]))), 2)
    0.5
    """
    reference, windows = np.sort(reference), np.sort(windows, axis=-1)
    n = windows.shape[-1]
    at_most = np.searchsorted(reference, windows, side="right") / len(reference)
    below = np.searchsorted(reference, windows, side="left") / len(reference)
    steps = np.arange(n) / n
    return np.maximum((steps + 1 / n - at_most).max(axis=-1), (below - steps).max(axis=-1))


def ks_critical(alpha, m, n):
    """KS distance that samples of `m` and `n` readings exceed with probability `alpha` without drift (asymptotic)."""
    return kolmogi(alpha) * np.sqrt(1 / m + 1 / n)


def psi(reference, windows, *, bins=10):
    """Population stability index of each window: the sum over bins of (q - p) ln(q / p).

    Parameters
    ----------
    reference : array of shape (m,)
        Its quantiles are the bin edges; p is its share per bin.
    windows : array of shape (..., n)
        q is a window's share per bin; half a reading is added to each bin so that none is empty.
    bins : int, default 10

    Returns
    -------
    array of shape (...)
        0 for equal shares; larger is further away.

    References
    ----------
    Yurdakul, Naranjo 2020, Statistical properties of the population stability index: without drift it is about
    (1/m + 1/n) times a chi-squared variable with bins - 1 degrees of freedom.
    """
    if bins < 2:
        raise ValueError(f"'bins' must be at least 2 (got {bins!r})")
    edges = np.quantile(reference, np.arange(1, bins) / bins)
    p, q = (_share_per_bin(np.asarray(x), edges) for x in (reference, windows))
    return ((q - p) * np.log(q / p)).sum(axis=-1)


def _share_per_bin(x, edges):
    n, bins = x.shape[-1], len(edges) + 1
    below = np.count_nonzero(x[..., None, :] < edges[:, None], axis=-1)
    return (np.diff(below, prepend=0, append=n) + 0.5) / (n + 0.5 * bins)


def change_world(scenario, X, y, *, rng):
    """What happens to images, their meaning, and how often each arrives.

    Parameters
    ----------
    scenario : str
        One of :data:`SCENARIOS`.
    X : array of shape (n, 784)
    y : array of shape (n,)
    rng : numpy.random.Generator

    Returns
    -------
    X, y : arrays
        As they are from now on.
    weights : array of shape (n,)
        Probability that an arriving form is this one; it sums to 1.
    """
    if scenario not in SCENARIOS:
        raise ValueError(f"'scenario' must be one of {', '.join(SCENARIOS)} (got {scenario!r})")
    weights, y = np.ones(len(y)), y.copy()
    if scenario == "thicker strokes":  # within each digit, so that the mix of digits stays
        for digit in np.unique(y):
            ink = X[y == digit].mean(axis=1)
            tilt = np.exp(1.5 * np.clip((ink - ink.mean()) / ink.std(), -1.5, 1.5))
            weights[y == digit] = len(ink) * tilt / tilt.sum()
    elif scenario == "rotated by 20°":
        X = warp(X, angle_deg=20)
    elif scenario == "five times as many 1s":
        weights[y == 1] = 5
    elif scenario == "a new country's 1s look like 7s":  # half of all forms, with the usual mix of digits
        extra = 0.5 * (y == 1).sum() / (y == 7).sum()  # their 1s, for each of the old 7s
        weights[y == 1], weights[y == 7] = 0.5, 1 + extra
        y[(y == 7) & (rng.random(len(y)) < extra / (1 + extra))] = 1
    elif scenario == "4 and 9 swap meaning":
        y = np.select([y == 4, y == 9], [9, 4], y)
    elif scenario == "half of the 7s mean 1":
        y[(y == 7) & (rng.random(len(y)) < 0.5)] = 1
    return X, y, weights / weights.sum()


def domain_auc(reference, window):
    """How well a linear classifier tells new from old: AUC on the odd rows after fitting on the even ones.

    Parameters
    ----------
    reference, window : arrays of shape (n, d)

    Returns
    -------
    float
        0.5 where the two cannot be told apart, 1 where they are separated.
    """
    fit, held = (reference[::2], window[::2]), (reference[1::2], window[1::2])
    spread = np.cov(fit[0].T) + np.cov(fit[1].T)
    direction = np.linalg.solve(spread, fit[1].mean(axis=0) - fit[0].mean(axis=0))
    old, new = np.sort(held[0] @ direction), held[1] @ direction
    below, at_most = (np.searchsorted(old, new, side).mean() for side in ("left", "right"))
    return float((below + at_most) / 2 / len(old))


def chi2_of_counts(old, new):
    """Chi-squared statistic of two rows of counts; classes that never occur are left out."""
    table = np.array([old, new], dtype=float)
    table = table[:, table.sum(axis=0) > 0]
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float(((table - expected) ** 2 / expected).sum())


def simulate_monitors(model, X, y, *, n_repeats, window=500, seed=0, scenarios=SCENARIOS):
    """Scores of five monitors on pairs of a reference and a later window, scenario by scenario.

    Parameters
    ----------
    model : fitted Pipeline
        Its last step classifies, the steps before it reduce images to components.
    X, y : arrays of shape (n, 784) and (n,)
        Digits the model has not seen.
    n_repeats : int
        Pairs per scenario; repeat k draws the same forms in every scenario that does not change which ones arrive.
    window : int, default 500
        Forms in the reference, and in the window.

    Returns
    -------
    DataFrame
        One row per scenario and repeat, one column per monitor of :data:`MONITORS`; larger is more alarming.
    """
    seen = _seen(model, X)
    before = seen | {"error": seen["predicted"] != y}
    rows = []
    for scenario in scenarios:
        X_new, y_new, weights = change_world(scenario, X, y, rng=np.random.default_rng(seed))
        seen_new = seen if X_new is X else _seen(model, X_new)
        after = seen_new | {"error": seen_new["predicted"] != y_new}
        for repeat in range(n_repeats):
            rng = np.random.default_rng([seed, repeat])
            order = rng.permutation(len(y))
            old, rest = order[:window], order[window:]
            new = rng.choice(rest, window, replace=False, p=weights[rest] / weights[rest].sum())
            scores = _scores(*({k: v[i] for k, v in world.items()} for world, i in ((before, old), (after, new))))
            rows.append({"scenario": scenario, "repeat": repeat} | dict(zip(MONITORS, scores, strict=True)))
    return pd.DataFrame(rows)


def _seen(model, X):
    features = model[:-1].transform(X)
    return {"features": features, "ink": X.mean(axis=1), "predicted": model[-1].predict(features)}


def _scores(old, new):
    counts = [np.bincount(w["predicted"], minlength=10) for w in (old, new)]
    ks = max(ks_distance(a, b) for a, b in zip(old["features"].T, new["features"].T, strict=True))
    return (
        ks,
        psi(old["ink"], new["ink"]),
        domain_auc(old["features"], new["features"]),
        chi2_of_counts(*counts),
        new["error"].mean() - old["error"].mean(),
    )


def plot_alarm_rates(table, *, n_repeats, ax=None):
    """Draw the alarm rate of each monitor (columns) in each scenario (rows) as a labeled heat map; return the Axes."""
    ax = ax or plt.subplots(figsize=(9.5, 4.4))[1]
    plotting.plot_shares(table, f"share of {n_repeats} windows with an alarm", ax=ax)
    ax.set_xticks(range(table.shape[1]), [fill(name, 10) for name in table.columns])
    ax.set_title("Which monitor sees which change?")
    return ax
