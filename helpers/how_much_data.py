"""How much data to buy: learning curves that forecast, sources with a price, two teams, and a rule for stopping."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import NullLocator
from sklearn.svm import SVC

from helpers import plotting

EXPONENTS = np.linspace(0.05, 2, 196)


def shrink(images):
    """Shrink 28 × 28 images to 8 × 8, as the public digits are: cut two pixels off each side, average blocks of nine.

    Parameters
    ----------
    images : array of shape (n, 784)
        Ink from 0 (paper) to 1 (full ink).

    Returns
    -------
    array of shape (n, 64)
        Ink from 0 to 1.
    """
    cut = images.reshape(-1, 28, 28)[:, 2:26, 2:26]
    return cut.reshape(-1, 8, 3, 8, 3).mean(axis=(2, 4)).reshape(-1, 64)


def confuse(y, share, *, rng):
    """Replace a share of the labels, drawn at random, by another digit; return a new array."""
    wrong = rng.random(len(y)) < share
    return np.where(wrong, (y + rng.integers(1, 10, len(y))) % 10, y)


def measure_error(train, test):
    """Error on `test` of a support vector machine trained on `train`, both pairs (X, y); from 0 (best) to 1."""
    X, y = train
    if len(np.unique(y)) < 2:
        return float((test[1] != y[0]).mean()) if len(y) else 1.0
    return float((SVC(C=5).fit(X, y).predict(test[0]) != test[1]).mean())


def simulate_learning_curve(X, y, sizes, *, n_runs, n_test=1000, rng):
    """Error against the number of training examples, in independent random splits.

    Parameters
    ----------
    X : array of shape (n, n_features)
    y : array of shape (n,)
    sizes : sequence of int
        Training examples; within a run each size contains the smaller ones, as a growing collection does.
    n_runs, n_test : int
        Random splits, and examples held out in each.
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        One row per run and size: run, n, error (from 0, best, to 1).

    Raises
    ------
    ValueError
        If the largest size does not leave `n_test` examples.
    """
    if max(sizes) > len(y) - n_test:
        raise ValueError(f"'sizes' must be at most {len(y) - n_test} (got {max(sizes)})")
    rows = []
    for run in range(n_runs):
        test, train = np.split(rng.permutation(len(y)), [n_test])
        for n in sizes:
            error = measure_error((X[train[:n]], y[train[:n]]), (X[test], y[test]))
            rows.append({"run": run, "n": n, "error": error})
    return pd.DataFrame(rows)


def fit_power_law(sizes, errors, *, floor=True):
    """Fit ``error = a + b n**-c`` with a, b >= 0, by least squares of the relative deviations.

    Parameters
    ----------
    sizes, errors : array of shape (k,)
        Training examples, and positive errors; at least three sizes.
    floor : bool, default True
        Whether `a`, the error that no amount of data removes, may be above 0.

    Returns
    -------
    (float, float, float)
        a, b and c; c is on a grid from 0.05 to 2. For each c the best a and b are known in closed form.

    Raises
    ------
    ValueError
        If there are fewer than three sizes or an error is not positive.

    References
    ----------
    Cortes et al. 1993, Learning Curves: Asymptotic Values and Rate of Convergence.

    Examples
    --------
    >>> a, b, c = fit_power_law([25, 100, 400, 1600], [0.42, 0.22, 0.12, 0.07])
    >>> round(a, 3), round(b, 3), round(c, 3)
    (0.02, 2.0, 0.5)
    """
    sizes, errors = np.asarray(sizes, dtype=float), np.asarray(errors, dtype=float)
    if len(np.unique(sizes)) < 3:
        raise ValueError(f"'sizes' must have at least 3 different values (got {len(np.unique(sizes))})")
    if not (errors > 0).all():
        raise ValueError(f"'errors' must be positive (got {errors.min():g})")
    one, falling = 1 / errors, sizes ** -EXPONENTS[:, None] / errors  # relative deviations: the target is 1 everywhere
    b_alone, a_alone = falling.sum(axis=1) / (falling**2).sum(axis=1), one.sum() / (one**2).sum()
    mixed, determinant = falling @ one, (one**2).sum() * (falling**2).sum(axis=1) - (falling @ one) ** 2
    a = (one.sum() * (falling**2).sum(axis=1) - falling.sum(axis=1) * mixed) / determinant
    b = (falling.sum(axis=1) * (one**2).sum() - one.sum() * mixed) / determinant
    b = np.where(a < 0, b_alone, b) if floor else b_alone
    a = np.where(a < 0, 0, a) if floor else np.zeros_like(b)
    a, b = np.where(b < 0, a_alone, a), np.where(b < 0, 0, b)
    best = ((a[:, None] * one + b[:, None] * falling - 1) ** 2).sum(axis=1).argmin()
    return float(a[best]), float(b[best]), float(EXPONENTS[best])


def power_law(n, law):
    """Error that the law (a, b, c) gives at n examples."""
    a, b, c = law
    return a + b * np.asarray(n, dtype=float) ** -c


def forecast(curve, sizes, *, n_boot=200, level=0.8, rng):
    """Fit the mean curve, forecast other sizes, and say how sure that is.

    Parameters
    ----------
    curve : DataFrame
        Columns run, n and error: what has been measured so far.
    sizes : sequence of int
        Training examples to forecast.
    n_boot : int
        Times that whole runs are drawn anew, with replacement, and refitted.
    level : float
        Share of the refits inside the interval. It takes the law's form for granted, so it is too narrow, not too wide.
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        n, error, low and high.
    """
    runs = curve.pivot(index="run", columns="n", values="error")
    draws = [runs.iloc[rng.integers(0, len(runs), len(runs))].mean() for _ in range(n_boot)]
    refits = [power_law(sizes, fit_power_law(runs.columns, errors)) for errors in draws]
    low, high = np.quantile(refits, [(1 - level) / 2, (1 + level) / 2], axis=0)
    error = power_law(sizes, fit_power_law(runs.columns, runs.mean()))
    return pd.DataFrame({"n": list(sizes), "error": error, "low": low, "high": high})


def score_reach(curve, seen, factors):
    """How far off each run's own forecast is, by how many times more data it speaks of.

    Parameters
    ----------
    curve : DataFrame
        Columns run, n and error. The truth at a size is the mean over all runs.
    seen : sequence of int
        Largest sizes up to which a project has measured.
    factors : sequence of int
        Times more data than the largest size seen; sizes that the curve lacks are left out.

    Returns
    -------
    DataFrame
        run, seen, factor and off (deviation as a share of the true error, 0 is best).
    """
    runs = curve.pivot(index="run", columns="n", values="error")
    truth, rows = runs.mean(), []
    for run, errors in runs.iterrows():
        for n in seen:
            law = fit_power_law(*zip(*errors[errors.index <= n].items(), strict=True))
            for factor in [factor for factor in factors if n * factor in truth]:
                true = truth[n * factor]
                off = abs(power_law(n * factor, law) - true) / true
                rows.append({"run": run, "seen": n, "factor": factor, "off": off})
    return pd.DataFrame(rows)


def count_labels(source, days, euros):
    """Labels that a source has delivered by a day: bounded by time, by money and by what there is.

    Parameters
    ----------
    source : mapping
        setup_days (before the first label), per_day, eur_each and available.
    days, euros : float
        Days from the order on, and the budget.

    Returns
    -------
    int

    Examples
    --------
    >>> clerks = {"setup_days": 3, "per_day": 40, "eur_each": 0.5, "available": 4000}
    >>> count_labels(clerks, 7, 300), count_labels(clerks, 60, 300), count_labels(clerks, 2, 300)
    (160, 600, 0)
    """
    in_time = max(days - source["setup_days"], 0) * source["per_day"]
    affordable = euros / source["eur_each"] if source["eur_each"] else float("inf")
    return int(min(in_time, affordable, source["available"]) + 1e-9)


def simulate_sources(bought, pools, test, *, n_runs, rng):
    """Error of a model trained on what each source delivered.

    Parameters
    ----------
    bought : DataFrame
        Columns source, labels (how many) and wrong_labels (share of them that are wrong).
    pools : mapping of str to (X, y)
        Where a source's examples come from.
    test : (X, y)
    n_runs : int
        Draws of examples and of wrong labels.
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        `bought` with a column error, the mean over runs; 0.9, blind guessing, where nothing was delivered.
        The same number of labels from the same source is trained on once.
    """
    errors = {}
    for row in bought[bought["labels"] > 0].drop_duplicates(["source", "labels"]).itertuples():
        X, y = pools[row.source]
        draws = [rng.permutation(len(y))[: row.labels] for _ in range(n_runs)]
        trained = [measure_error((X[d], confuse(y[d], row.wrong_labels, rng=rng)), test) for d in draws]
        errors[row.source, row.labels] = np.mean(trained)
    keys = zip(bought["source"], bought["labels"], strict=True)
    return bought.assign(error=[errors.get(key, 0.9) for key in keys])


def simulate_teams(kinds, y, *, share_new, n_teams, batch=200, n_steps=6, n_check=40, rng):
    """Two teams with one calendar: one collects as planned, the other trains, looks at its errors and collects by them.

    Parameters
    ----------
    kinds : (array, array), each of shape (n, n_features)
        The same images as the plan expects them, and as the new kind.
    y : array of shape (n,)
    share_new : float
        Share of the new kind among live forms, in [0, 1]. The plan knows of none.
    n_teams, batch, n_steps : int
        Pairs of teams; labels per step, for either team; steps in the calendar.
    n_check : int
        Labels per step that the iterating team spends on live forms, only to look at errors; never trained on.
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        run, step, team, error (live forms, 0 is best) and new (labels of the new kind collected so far).
    """
    rows = []
    for run in range(n_teams):
        order = rng.permutation(len(y))
        test, looked, stock = np.split(order, [500, 500 + n_check * n_steps])
        is_new = rng.random(len(order)) < share_new
        live = np.where(is_new[:, None], kinds[1], kinds[0])
        pairs = {"plan": (batch, 0), "iterate": (batch - n_check, n_check)}
        for team, (per_step, check) in pairs.items():
            chosen = np.zeros(per_step * n_steps, dtype=bool)  # which of the collected forms are of the new kind
            for step in range(1, n_steps + 1):
                have = stock[: per_step * step]
                X = np.where(chosen[: len(have), None], kinds[1][have], kinds[0][have])
                model = SVC(C=5).fit(X, y[have])
                error = (model.predict(live[test]) != y[test]).mean()
                rows.append({"run": run, "step": step, "team": team, "error": error, "new": chosen[: len(have)].sum()})
                seen = looked[: check * step]
                missed = seen[model.predict(live[seen]) != y[seen]] if check else seen
                share = is_new[missed].mean() if len(missed) else 0
                chosen[len(have) : len(have) + round(share * per_step)] = True
    return pd.DataFrame(rows)


def simulate_stopping(curve, *, price_eur, worth_eur, start=100):
    """Double while the forecast says that the next doubling pays, in each run on its own curve.

    Parameters
    ----------
    curve : DataFrame
        Columns run, n and error, at sizes that double.
    price_eur, worth_eur : float
        Price of a label, and worth of an error rate that falls from 1 to 0.
    start : int
        Size at which the rule is first asked; at least two smaller ones are measured by then.

    Returns
    -------
    Series
        Size at which each run stops, by run.
    """
    stops = {}
    for run, own in curve.groupby("run"):
        for n in sorted(own["n"][own["n"] >= start]):
            seen = own[own["n"] <= n]
            law = fit_power_law(seen["n"], seen["error"])
            stops[run] = n
            if worth_eur * (power_law(n, law) - power_law(2 * n, law)) <= price_eur * n:
                break
    return pd.Series(stops, name="stop")


def plain_ticks(axis, values):
    """Put ticks of a logarithmic axis at `values`, written as plain numbers."""
    axis.set_ticks(list(values), labels=[f"{value:,g}" for value in values])
    axis.set_minor_locator(NullLocator())


def plot_forecast(curve, predicted, *, seen, ax=None):
    """Draw a measured curve, and the forecast with its interval, to the right of what was seen.

    Parameters
    ----------
    curve, predicted : DataFrame
        As :func:`simulate_learning_curve` and :func:`forecast` return them.
    seen : int
        Largest size that the forecast has used.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = ax or plt.subplots(figsize=(8, 4.4))[1]
    measured = curve.groupby("n")["error"]
    spread = 1.96 * measured.std() / measured.count() ** 0.5
    ax.plot(predicted["n"], predicted["error"], "--", color="C1", label="forecast (band: 80 % of the refits)")
    ax.fill_between(predicted["n"], predicted["low"], predicted["high"], color="C1", alpha=0.2)
    label = f"measured, mean of {measured.count().iloc[0]} runs, 95 % interval"
    ax.errorbar(measured.mean().index, measured.mean(), spread, fmt="o", capsize=3, label=label)
    ax.axvline(seen, ymin=0.2, color="k", linewidth=1, linestyle=":")
    ax.text(seen * 1.05, 0.97, "not seen by the fit", transform=ax.get_xaxis_transform(), va="top")
    ax.set(xscale="log", yscale="log", xlabel="labeled forms", ylabel="error on held-out forms")
    plain_ticks(ax.xaxis, measured.mean().index[::2])
    plain_ticks(ax.yaxis, [0.02, 0.05, 0.1, 0.2, 0.5])
    ax.legend(loc="lower left")
    return ax


def plot_teams(teams, *, ax=None):
    """Draw the live error of both teams by step, median and the middle 80 % of the runs; return the Axes."""
    ax = ax or plt.gca()
    plotting.plot_bands(teams, "step", "error", by="team", label="team “{}”", ax=ax)
    for line, marker in zip(ax.lines, "os", strict=False):
        line.set_marker(marker)
    ax.set(xlabel="step in the calendar (two weeks each)", ylabel="error on live forms", ylim=(0, None))
    return ax
