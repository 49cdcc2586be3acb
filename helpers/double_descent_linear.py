"""Double descent in linear regression: the exact test error, and two speeds of learning.

All risks are exact expected squared errors on a new example, given the fitted weights; no test set is drawn.
"""

import numpy as np
import pandas as pd


def linear_risk(n, *, d, sigma):
    """Expected test error of minimum-norm least squares on isotropic Gaussian inputs with true weights of length 1.

    Parameters
    ----------
    n : int or array of int
        Training examples, at least 0.
    d : int
        Input dimensions, at least 1.
    sigma : float
        Standard deviation of the noise in the labels, at least 0.

    Returns
    -------
    array of float
        Mean squared error, noise included; infinite from n = d - 1 to n = d + 1. Lower is better.

    References
    ----------
    Nakkiran 2019, More data can hurt for linear regression, arXiv 1912.07242.

    Examples
    --------
    >>> linear_risk([500, 990, 1100], d=1000, sigma=0.1).round(3).tolist()
    [0.52, 1.12, 0.111]
    """
    n = np.asarray(n, dtype=float)
    if d < 1:
        raise ValueError(f"'d' must be at least 1 (got {d})")
    if (n < 0).any():
        raise ValueError(f"'n' must be at least 0 (got {n.min():g})")
    with np.errstate(divide="ignore", invalid="ignore"):
        fewer = (1 - n / d) + sigma**2 * n / np.abs(d - n - 1)
        more = sigma**2 * d / np.abs(n - d - 1)
    risk = np.where(n < d, fewer, more) + sigma**2
    return np.where(np.abs(n - d) <= 1, np.inf, risk)


def simulate_two_speeds(times, *, weak_scale=0.03, sigma=0.3, n_runs=100, seed=0):
    """Test error along gradient flow when some features are learned at once and others late.

    Of 85 features, 70 are strong (scale 1) and 15 are weak (scale `weak_scale`); 100 training examples. The signal in
    the strong ones has variance 1, in the weak ones 0.5. Gradient flow from zero is evaluated in closed form.

    Parameters
    ----------
    times : sequence of float
        Training times, at least 0; a direction of scale s is learned by time 1 / s² or so.
    weak_scale : float, default 0.03
        Standard deviation of the weak features; 1 makes all features alike.
    sigma : float, default 0.3
        Standard deviation of the noise.
    n_runs : int, default 100
        Independent training sets.
    seed : int, default 0
        Random seed.

    Returns
    -------
    DataFrame
        Columns run, time and risk (mean squared error, noise included; lower is better).

    References
    ----------
    Heckel and Yilmaz 2020, Early stopping in deep networks: double descent and how to eliminate it, arXiv 2007.10099.

    Examples
    --------
    >>> table = simulate_two_speeds([0.0], n_runs=1)
    >>> float(table.risk[0].round(2))  # nothing learned: signal 1 + 0.5 and noise 0.09
    1.59
    """
    if not weak_scale > 0:
        raise ValueError(f"'weak_scale' must be above 0 (got {weak_scale})")
    rng = np.random.default_rng(seed)
    n, strong, weak = 100, 70, 15
    scale = np.repeat([1.0, weak_scale], [strong, weak])
    beta = np.repeat([strong**-0.5, (0.5 / weak) ** 0.5 / weak_scale], [strong, weak])
    parts = []
    for run in range(n_runs):
        X = rng.standard_normal((n, strong + weak)) * scale
        y = X @ beta + sigma * rng.standard_normal(n)
        U, S, Vt = np.linalg.svd(X, full_matrices=False)
        learned = -np.expm1(-np.outer(times, S**2) / n) / S
        misses = ((learned * (U.T @ y)) @ Vt - beta) * scale
        parts.append(pd.DataFrame({"run": run, "time": times, "risk": (misses**2).sum(axis=1) + sigma**2}))
    return pd.concat(parts, ignore_index=True)


def descends_twice(risk, *, rise=1.2):
    """Whether a curve falls, rises by a factor of at least `rise`, and then falls below its first minimum.

    Examples
    --------
    >>> descends_twice([3, 1, 2, 0.5]), descends_twice([3, 1, 2, 1.5]), descends_twice([3, 2, 1])
    (True, False, False)
    """
    risk = np.asarray(risk, dtype=float)
    rises = np.flatnonzero(np.diff(risk) > 0)
    if not len(rises):
        return False
    first = risk[rises[0]]
    top = rises[0] + risk[rises[0] :].argmax()
    return bool(risk[top] >= rise * first and risk[top:].min() < first)
