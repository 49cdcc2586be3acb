"""Streams that drift, detectors that watch them, and monitors that compare a window with a reference."""

from math import comb

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.ndimage import rotate
from scipy.special import kolmogi
from scipy.stats import rankdata

SHAPES = ("none", "sudden", "gradual", "incremental", "recurring")
SCENARIOS = (
    "nothing",
    "thicker strokes",
    "rotated by 20°",
    "five times as many 1s",
    "4 and 9 swap meaning",
    "half of the 7s mean 1",
)
MONITORS = ("KS on 20 components", "PSI of mean ink", "domain classifier", "predicted classes", "error")


def share_new(shape, length, *, drift_at, width):
    """Share of the new concept at each reading.

    Parameters
    ----------
    shape : {"none", "sudden", "gradual", "incremental", "recurring"}
        How the new concept arrives; gradual and incremental have the same ramp.
    length, drift_at, width : int
        Readings in the stream, before the change, and in a ramp or between two returns.

    Returns
    -------
    array of shape (length,)
        From 0 (all old) to 1 (all new).

    Examples
    --------
    >>> share_new("gradual", 6, drift_at=2, width=4).tolist()
    [0.0, 0.0, 0.0, 0.25, 0.5, 0.75]
    """
    if shape not in SHAPES:
        raise ValueError(f"'shape' must be one of {', '.join(SHAPES)} (got {shape!r})")
    since = np.arange(length) - drift_at
    if shape == "none":
        return np.zeros(length)
    if shape == "sudden":
        return (since >= 0).astype(float)
    if shape == "recurring":
        return ((since >= 0) & (since // width % 2 == 0)).astype(float)
    return np.clip(since / width, 0, 1)


def simulate_streams(values, shape, *, n_streams, length, drift_at, width, shift, rng):
    """Streams of real readings that drift upwards.

    Parameters
    ----------
    values : array of shape (n,)
        Readings to draw from, with replacement; they are standardised first.
    shape : str
        See :func:`share_new`. In a gradual drift old and new readings mix; in an incremental one all readings move.
    n_streams, length, drift_at, width : int
        Streams, and positions in readings.
    shift : float
        Size of the change in standard deviations.
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (n_streams, length)
        In standard deviations of `values`.
    """
    values = (values - values.mean()) / values.std()
    share = share_new(shape, length, drift_at=drift_at, width=width)
    readings = rng.choice(values, (n_streams, length))
    moved = rng.random((n_streams, length)) < share if shape == "gradual" else share
    return readings + shift * moved


def river_alarms(make, streams):
    """Run a detector of River over each stream.

    Parameters
    ----------
    make : callable
        Returns a fresh detector with ``update`` and ``drift_detected``, such as ``drift.ADWIN``.
    streams : array of shape (n_streams, length)

    Returns
    -------
    list of int arrays
        Per stream, the positions of its alarms.
    """
    alarms = []
    for stream in np.asarray(streams).tolist():
        detector, found = make(), []
        for t, value in enumerate(stream):
            detector.update(value)
            if detector.drift_detected:
                found.append(t)
        alarms.append(np.array(found, dtype=int))
    return alarms


def kswin_alarms(streams, *, alpha=0.005, window=100, recent=30, rng):
    """KSWIN over many streams at once: the rule of ``river.drift.KSWIN``, faster by orders of magnitude.

    Parameters
    ----------
    streams : array of shape (n_streams, length)
    alpha : float
        Level of each test, in (0, 1).
    window, recent : int
        Readings kept, and the newest of them, tested against as many of the older ones drawn at random.
    rng : numpy.random.Generator

    Returns
    -------
    list of int arrays
        Per stream, the positions of its alarms; after an alarm it starts afresh, as River's does.

    References
    ----------
    Raab, Heusinger, Schleif 2020, Reactive Soft Prototype Computing for Concept Drift Streams.
    """
    n, length = streams.shape
    significant = next(k for k in range(1, recent + 2) if _ks_p_value(k, recent) <= alpha) / recent
    critical = max(significant - 1e-9, 0.1 + 1e-9)  # River also asks for a distance above 0.1
    kept, alarms = np.zeros(n, dtype=int), [[] for _ in range(n)]
    for t in range(length):
        kept = np.minimum(kept + 1, window)
        full = np.flatnonzero(kept == window)
        if not len(full):
            continue
        block = streams[full, t - window + 1 : t + 1]
        pick = rng.random((len(full), window - recent)).argpartition(recent - 1, axis=1)[:, :recent]
        ringing = full[_ks_same_size(np.take_along_axis(block, pick, axis=1), block[:, -recent:]) >= critical]
        kept[ringing] = 0
        for i in ringing:
            alarms[i].append(t)
    return [np.array(found, dtype=int) for found in alarms]


def _ks_p_value(k, n):
    """Exact probability that two samples of `n` readings are at least k / n apart (Gnedenko and Korolyuk 1951)."""
    terms = ((-1) ** (j + 1) * comb(2 * n, n - j * k) for j in range(1, n // k + 1))
    return 2 * sum(terms) / comb(2 * n, n)


def _ks_same_size(a, b):
    """Two-sample KS distance of matching rows of two arrays of one shape."""
    both = np.concatenate([a, b], axis=1)
    order = both.argsort(axis=1)
    lead = np.where(order < a.shape[1], 1, -1).cumsum(axis=1)
    values = np.take_along_axis(both, order, axis=1)
    lead[:, :-1][values[:, 1:] == values[:, :-1]] = 0  # within a tie the distance is not defined yet
    return np.abs(lead).max(axis=1) / a.shape[1]


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
    p, q = (
        (((np.searchsorted(edges, x, side="right")[..., None] == np.arange(bins)).sum(axis=-2)) + 0.5)
        / (np.shape(x)[-1] + 0.5 * bins)
        for x in (np.asarray(reference), np.asarray(windows))
    )
    return ((q - p) * np.log(q / p)).sum(axis=-1)


def window_alarms(streams, score, threshold, *, reference=1000, window=200, step=50):
    """Compare a sliding window with the stream's first readings.

    Parameters
    ----------
    streams : array of shape (n_streams, length)
    score : callable
        Takes the reference and windows of shape (n_windows, window); larger means further away.
    threshold : float
        A window above it rings.
    reference, window, step : int
        Readings in the reference and the window, and between two looks.

    Returns
    -------
    list of int arrays
        Per stream, where an alarm begins; a monitor that goes on ringing is one alarm.
    """
    last = np.arange(reference + window - 1, streams.shape[1], step)
    alarms = []
    for stream in streams:
        windows = np.lib.stride_tricks.sliding_window_view(stream, window)[last - window + 1]
        rings = score(stream[:reference], windows) > threshold
        alarms.append(last[rings & ~np.r_[False, rings[:-1]]])
    return alarms


def score_alarms(alarms, drift_at):
    """False alarms before the drift and the delay of the first alarm after it.

    Parameters
    ----------
    alarms : sequence of int
        Positions of the alarms in one stream.
    drift_at : int
        Position of the first drifted reading.

    Returns
    -------
    (int, float)
        Number of false alarms, and delay in readings (nan if the drift was missed); smaller is better for both.

    Examples
    --------
    >>> score_alarms([120, 2100, 2300], 2000)
    (1, 100.0)
    """
    alarms = np.asarray(alarms)
    after = alarms[alarms >= drift_at]
    return int((alarms < drift_at).sum()), float(after.min() - drift_at) if len(after) else float("nan")


def compare_detectors(detectors, streams, *, drift_at):
    """Delay and false alarms of several detectors.

    Parameters
    ----------
    detectors : mapping of str to callable
        Each takes streams and returns a list of alarm positions.
    streams : mapping of str to array of shape (n_streams, length)
        By shape of the drift; "none" gives the false alarms.
    drift_at : int

    Returns
    -------
    DataFrame
        By detector: false_per_10k (alarms per 10,000 readings without drift) and, for each other shape,
        delay_<shape> (median, in readings, of the streams where it was found) and missed_<shape> (share).
    """
    rows = {}
    for name, detector in detectors.items():
        quiet = detector(streams["none"])
        rows[name] = {"false_per_10k": 1e4 * sum(map(len, quiet)) / streams["none"].size}
        for shape in [shape for shape in streams if shape != "none"]:
            delays = np.array([score_alarms(found, drift_at)[1] for found in detector(streams[shape])])
            found = ~np.isnan(delays)
            rows[name][f"delay_{shape}"] = np.median(delays[found]) if found.any() else np.nan
            rows[name][f"missed_{shape}"] = 1 - found.mean()
    return pd.DataFrame(rows).T


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
        X = rotate(X.reshape(-1, 28, 28), 20, axes=(1, 2), reshape=False, order=1).reshape(len(X), -1)
    elif scenario == "five times as many 1s":
        weights[y == 1] = 5
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
    old, new = held[0] @ direction, held[1] @ direction
    ranks = rankdata(np.r_[new, old])[: len(new)]
    return float((ranks.sum() - len(new) * (len(new) + 1) / 2) / (len(new) * len(old)))


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


def plot_stream(stream, *, drift_at, window=200, ax=None):
    """Draw single readings, their running mean over `window` readings, and where the drift begins; return the Axes."""
    ax = ax or plt.gca()
    ax.plot(stream, ".", markersize=1.5, color="0.65")
    ax.plot(pd.Series(stream).rolling(window).mean())
    ax.axvline(drift_at, color="k", linewidth=1, linestyle="--")
    return ax


def plot_tradeoff(table, *, n_streams, ax=None):
    """Draw false alarms against delay, one curve per detector and one point per setting.

    Parameters
    ----------
    table : DataFrame
        As :func:`compare_detectors` returns it, indexed by detector and setting.
    n_streams : int
        Streams behind each point, for the label.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = ax or plt.subplots(figsize=(8, 4.6))[1]
    for (detector, curve), marker in zip(table.groupby(level=0, sort=False), "osD^vP", strict=False):
        ax.plot(curve["false_per_10k"], curve["delay_sudden"], marker=marker, label=detector)
    ax.set_xscale("symlog", linthresh=0.5)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("false alarms per 10,000 readings without drift (0 at the left edge)")
    ax.set_ylabel(f"median delay, readings (n = {n_streams} streams)")
    ax.set_title("Earlier or quieter: each detector trades one for the other")
    return ax


def plot_alarm_rates(table, *, n_repeats, ax=None):
    """Draw the alarm rate of each monitor (columns) in each scenario (rows) as a labelled heat map; return the Axes."""
    ax = ax or plt.subplots(figsize=(9.5, 4.4))[1]
    image = ax.imshow(table, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for (row, column), rate in np.ndenumerate(table.to_numpy()):
        ax.text(column, row, f"{rate:.2f}", ha="center", va="center", color="k" if rate > 0.5 else "w")
    ax.set_xticks(range(table.shape[1]), [name.replace(" ", "\n", 1) for name in table.columns])
    ax.set_yticks(range(len(table)), table.index)
    ax.grid(False)
    ax.set_title("Which monitor sees which change?")
    ax.figure.colorbar(image, ax=ax, label=f"share of {n_repeats} windows that ring")
    return ax
