"""Streams that drift, and detectors that watch them, one reading or one window at a time."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.signal import lfilter
from scipy.stats import binom, chi2

SHAPES = ("none", "sudden", "gradual", "incremental", "recurring")


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
        Readings to draw from, with replacement; they are standardized first.
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


def page_hinkley_alarms(streams, *, threshold=50.0, delta=0.005):
    """Page–Hinkley over whole streams: the rule of ``river.drift.PageHinkley``, faster by an order of magnitude.

    Parameters
    ----------
    streams : array of shape (n_streams, length)
    threshold : float
        How far the sum must climb, or fall, for an alarm; in units of the readings.
    delta : float
        How far a reading may lie from the mean so far without adding to the sum.

    Returns
    -------
    list of int arrays
        Per stream, the positions of its alarms; after an alarm it starts afresh, as River's does.

    References
    ----------
    Page 1954, Continuous Inspection Schemes.
    """
    alarms = []
    for stream in np.asarray(streams, dtype=float):
        found, start = [], 0
        while (rings := _page_hinkley(stream[start:], threshold, delta)).any():
            found.append(start + rings.argmax())
            start = found[-1] + 1
        alarms.append(np.array(found, dtype=int))
    return alarms


def _page_hinkley(stream, threshold, delta):
    """Where Page–Hinkley, begun at the first reading, lies above its threshold; with the rest of River's defaults."""
    excess = stream - stream.cumsum() / np.arange(1, len(stream) + 1)
    up, down = (lfilter([1], [1, -(1 - 1e-4)], excess + step) for step in (-delta, delta))
    rise = up - np.minimum.accumulate(up)
    fall = np.maximum.accumulate(np.maximum(down, -1)) - down
    return (np.maximum(rise, fall) > threshold) & (np.arange(len(stream)) >= 29)


def window_alarms(streams, score, threshold, *, reference=1000, window=200, step=50):
    """Compare a sliding window with the stream's first readings.

    Parameters
    ----------
    streams : array of shape (n_streams, length)
    score : callable
        Takes the reference and windows of shape (n_windows, window); larger means further away.
    threshold : float
        A window above it sets off an alarm.
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
    """Delay and false alarms of several detectors, with their uncertainty.

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
        delay_<shape> (median in readings; a missed drift counts as later than any that was found, so it is inf where
        half are missed) and missed_<shape> (share). The columns <name>_low and <name>_high beside false_per_10k and
        each delay bound it with 90 % confidence.
    """
    rows = {}
    for name, detector in detectors.items():
        rows[name] = _with_range("false_per_10k", *_rate(detector(streams["none"]), streams["none"].size))
        for shape in [shape for shape in streams if shape != "none"]:
            delays = np.array([score_alarms(found, drift_at)[1] for found in detector(streams[shape])])
            rows[name] |= _with_range(f"delay_{shape}", *_median(np.nan_to_num(delays, nan=np.inf)))
            rows[name][f"missed_{shape}"] = np.isnan(delays).mean()
    return pd.DataFrame(rows).T


def _with_range(name, value, low, high):
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _rate(alarms, n_readings):
    """Alarms per 10,000 readings, and the exact 90 % interval of a Poisson count."""
    count = sum(map(len, alarms))
    bounds = (count, chi2.ppf(0.05, 2 * count) / 2 if count else 0.0, chi2.ppf(0.95, 2 * count + 2) / 2)
    return (1e4 * bound / n_readings for bound in bounds)


def _median(delays):
    """The median, and the two of the sorted values that enclose the true one with a confidence of at least 90 %."""
    first = max(int(binom.ppf(0.05, len(delays), 0.5)), 1)
    delays = np.sort(delays)
    return np.median(delays), delays[first - 1], delays[-first]


def format_ranges(table, digits):
    """Values with their ranges as text.

    Parameters
    ----------
    table : DataFrame
        With columns <name>, <name>_low and <name>_high, as :func:`compare_detectors` returns it.
    digits : mapping of str to int
        Decimal places, by <name>.

    Returns
    -------
    DataFrame of str
        One column per <name>, such as "94 (62–129)".
    """
    ends = ("", "_low", "_high")
    shown = {name: [table[name + end].map(f"{{:.{n}f}}".format) for end in ends] for name, n in digits.items()}
    return pd.DataFrame({name: value + " (" + low + "–" + high + ")" for name, (value, low, high) in shown.items()})


def plot_stream(stream, *, drift_at, window=200, ax=None):
    """Draw single readings, their running mean over `window` readings, and where the drift begins; return the Axes."""
    ax = ax or plt.gca()
    ax.plot(stream, ".", markersize=1.5, color="0.65")
    ax.plot(pd.Series(stream).rolling(window).mean())
    ax.axvline(drift_at, color="k", linewidth=1, linestyle="--")
    return ax


def plot_tradeoff(table, *, n_streams, ax=None):
    """Draw false alarms against delay, one curve per detector, one point with its 90 % ranges per setting.

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
        x, y = curve["false_per_10k"], curve["delay_sudden"]
        (line,) = ax.plot(x, y, marker=marker, label=detector)
        spread = {"color": line.get_color(), "linewidth": 0.8, "alpha": 0.6, "linestyle": "-"}
        ax.hlines(y, curve["false_per_10k_low"], curve["false_per_10k_high"], **spread)
        ax.vlines(x, curve["delay_sudden_low"], curve["delay_sudden_high"].replace(np.inf, np.nan), **spread)
    ax.set_xscale("symlog", linthresh=0.5)
    ax.set_xticks([0, 0.1, 1, 10], ["0", "0.1", "1", "10"])
    ax.set_ylim(bottom=0)
    ax.set_xlabel("false alarms per 10,000 readings without drift")
    ax.set_ylabel(f"median delay, readings (n = {n_streams} streams)")
    ax.set_title("Earlier or quieter: each detector trades one for the other")
    return ax
