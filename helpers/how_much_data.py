"""How much data to buy: learning curves that forecast, sources with a price, two teams, and a rule for stopping."""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import NullLocator
from sklearn.svm import SVC

from helpers.images import block_means

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
    return block_means(cut, 8)


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


def simulate_learning_curve(X, y, sizes, *, n_runs, n_test=500, rng):
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


def fit_last_two(sizes, errors):
    """The straight line on log axes through the two largest sizes, as a law (0, b, c).

    Parameters
    ----------
    sizes, errors : array of shape (k,)
        Training examples in rising order, and positive errors; at least two sizes.

    Returns
    -------
    (float, float, float)
        As of :func:`fit_power_law`, with a floor of 0.

    Examples
    --------
    >>> fit_last_two([25, 100, 400], [0.9, 0.2, 0.1])
    (0.0, 2.0, 0.5)
    """
    (n, m), (before, last) = sizes[-2:], errors[-2:]
    c = np.log(before / last) / np.log(m / n)
    return 0.0, float(last * m**c), float(c)


METHODS = {
    "law with a floor": fit_power_law,
    "law without a floor": partial(fit_power_law, floor=False),
    "log line through the last two": fit_last_two,
}


def fit_runs(curve, seen):
    """Fit each run by itself, with each of :data:`METHODS`, as a project does that has one curve only.

    Parameters
    ----------
    curve : DataFrame
        Columns run, n and error.
    seen : sequence of int
        Largest sizes up to which a project has measured.

    Returns
    -------
    DataFrame
        method, seen, run, and the law: a, b and c.
    """
    runs = curve.pivot(index="run", columns="n", values="error")
    rows = [
        (name, n, run, *fit(np.array(runs.columns[runs.columns <= n]), errors[errors.index <= n].to_numpy()))
        for name, fit in METHODS.items()
        for n in seen
        for run, errors in runs.iterrows()
    ]
    return pd.DataFrame(rows, columns=["method", "seen", "run", "a", "b", "c"])


def score_reach(curve, fits, factors):
    """How far off each run's own forecast is, by how many times more data it speaks of.

    Parameters
    ----------
    curve : DataFrame
        Columns run, n and error. The truth at a size is the mean over all runs.
    fits : DataFrame
        As :func:`fit_runs` returns it.
    factors : sequence of int
        Times more data than the largest size seen; sizes that the curve lacks are left out.

    Returns
    -------
    DataFrame
        `fits` once for each factor, with the columns factor and off (deviation as a share of the true error, 0 is
        best).
    """
    truth, scored = curve.groupby("n")["error"].mean(), []
    for factor in factors:
        part = fits[(fits["seen"] * factor).isin(truth.index)].assign(factor=factor)
        true = (part["seen"] * factor).map(truth)
        said = part["a"] + part["b"] * (part["seen"] * factor) ** -part["c"]
        scored.append(part.assign(off=(said / true - 1).abs()))
    return pd.concat(scored, ignore_index=True)


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
                if not check or step == n_steps:
                    continue
                seen = looked[: check * step]
                missed = seen[model.predict(live[seen]) != y[seen]]
                share = is_new[missed].mean() if len(missed) else 0
                chosen[len(have) : len(have) + round(share * per_step)] = True
    return pd.DataFrame(rows)


def look_at_live(kinds, y, *, share_new, n_train=200, n_look=200, rng):
    """What a team sees that trains on planned forms and looks at live ones.

    Parameters
    ----------
    kinds, y, share_new, rng
        As of :func:`simulate_teams`.
    n_train, n_look : int
        Planned forms to train on, and live forms to look at.

    Returns
    -------
    (dict of str to int, dict of str to int)
        Live forms that were looked at, and those that were read wrong, by kind: "scan" or "photo".
    """
    train, look = np.split(rng.permutation(len(y))[: n_train + n_look], [n_train])
    is_new = rng.random(n_look) < share_new
    live = np.where(is_new[:, None], kinds[1][look], kinds[0][look])
    missed = SVC(C=5).fit(kinds[0][train], y[train]).predict(live) != y[look]
    masks = {"scan": ~is_new, "photo": is_new}
    looked = {kind: int(mask.sum()) for kind, mask in masks.items()}
    return looked, {kind: int((mask & missed).sum()) for kind, mask in masks.items()}


def simulate_stopping(curve, *, price_eur, worth_eur, start=100):
    """Double while the law without a floor says that the next doubling pays, in each run on its own curve.

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
        n, last = start, own["n"].max()
        while n < last:
            seen = own[own["n"] <= n]
            law = fit_power_law(seen["n"], seen["error"], floor=False)
            if worth_eur * (power_law(n, law) - power_law(2 * n, law)) <= price_eur * n:
                break
            n = 2 * n
        stops[run] = n
    return pd.Series(stops, name="stop")


def plain_ticks(axis, values):
    """Put ticks of a logarithmic axis at `values`, written as plain numbers."""
    axis.set_ticks(list(values), labels=[f"{value:,g}" for value in values])
    axis.set_minor_locator(NullLocator())


def plot_reach(reach, *, ax=None):
    """Draw how far off the forecasts are by how far they reach: each run a dot, each method's mean a line.

    Parameters
    ----------
    reach : DataFrame
        Of one size seen, as :func:`score_reach` returns it.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = ax or plt.subplots(figsize=(6, 4.2))[1]
    for i, (method, style) in enumerate(zip(METHODS, ["o-", "s--", "^:"], strict=True)):
        part = reach[reach["method"] == method]
        ax.plot(part["factor"] * 1.07 ** (i - 1), part["off"], style[0], color=f"C{i}", markersize=3, alpha=0.35)
        mean = part.groupby("factor")["off"].mean()
        ax.plot(mean.index, mean, style, color=f"C{i}", label=method)
    ax.set(xscale="log", xlabel="times as many labels as the fit has seen")
    ax.set(ylabel="off, share of the error (lines: mean)")
    plain_ticks(ax.xaxis, sorted(reach["factor"].unique()))
    return ax


def plot_teams(teams, *, ax=None):
    """Draw the live error of both teams by step: each pair of teams thin, the mean thick; return the Axes."""
    ax = ax or plt.gca()
    for i, (team, part) in enumerate(teams.groupby("team")):
        runs = part.pivot(index="step", columns="run", values="error")
        ax.plot(runs.index, runs, color=f"C{i}", linestyle="-", linewidth=0.8, alpha=0.4)
        ax.plot(runs.index, runs.mean(axis=1), "os"[i] + "-", color=f"C{i}", label=f"team “{team}”, mean")
    ax.set(xlabel="step in the calendar (two weeks each)", ylabel="error on live forms", ylim=(0, None))
    return ax
