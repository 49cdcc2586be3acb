"""A learning curve, and an honest forecast: is more data of this kind worth it?"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.audit.finding import Finding, cannot, short

RUNS = 8
KINDS = ("trees", "stumps")  # few rows carry a small model only
WORTH = 0.05  # a doubling is worth it from this share of the loss


def curve(case):
    """Loss on held-out rows for 1/8, 1/4, 1/2 and all of the training rows, and a power law's forecast of the next."""
    from helpers.plotting import mean_interval  # not at once: a delivery is checked without it

    question = "Is more data worth it?"
    runs = RUNS if len(case) <= 6000 else 3
    if len(case) < 200 or (case.labels and np.bincount(case.y).min() < 16):
        return cannot(question, "there are fewer than 200 rows, or a class with fewer than 16")
    losses, sizes = _measure(case, runs)
    if losses is None:
        return cannot(question, "small samples lack a class")
    mean = losses.mean(0)
    gains = (losses[:, -2] - losses[:, -1]) / mean[-2]
    gain, low, high = mean_interval(pd.Series(gains)).iloc[0]
    useless = bool(high < WORTH)
    forecast = [mean_run[-1] * mean_run[-1] / max(mean_run[-2], 1e-12) for mean_run in losses]
    ends = np.quantile(forecast, [0.1, 0.9])
    table = pd.DataFrame({"training rows": sizes, "loss": mean.round(4), "spread of runs": losses.std(0).round(4)})
    sentence = (
        f"The last doubling, to {sizes[-1]:,} rows, changed the loss by {-gain:+.1%}; the next one may bring it from "
    )
    sentence += f"{short(mean[-1])} to between {short(ends[0])} and {short(ends[1])}."
    advice = (
        "More rows of this kind are not worth it. Ask for other columns, better labels, or rows from where it fails."
        if useless
        else "More rows may still help. Buy the next doubling at most, then measure again."
        if low > 0
        else "The curve is too noisy to promise anything: buy little, then measure again."
    )
    return Finding(
        question,
        sentence,
        advice,
        "share of the loss that the last doubling took away",
        float(gain),
        float(low),
        float(high),
        useless,
        table,
        _plot(sizes, losses, ends),
    )


def _measure(case, runs):
    X, rng = case.X.to_numpy(), np.random.default_rng([case.seed, 5])
    losses, sizes = np.zeros((len(KINDS), runs, 4)), None
    for run in range(runs):
        test, order = _held_out(case, rng)
        sizes = [len(order) // 8, len(order) // 4, len(order) // 2, len(order)]
        for place, size in enumerate(sizes):
            rows = order[:size]
            if case.labels and len(np.unique(case.y[rows])) < case.classes:
                return None, None
            for model, kind in enumerate(KINDS):
                said = case.fit(rows, kind=kind)(X[test])
                losses[model, run, place] = case.loss(said, case.y[test]).mean()
    best = losses.mean(1).argmin(0)  # for each size the model that fits it
    return np.stack([losses[model, :, place] for place, model in enumerate(best)], axis=1), sizes


def _held_out(case, rng):
    """A quarter of the rows (or of the groups) to test on, and the others in random order."""
    if case.honest == "group":
        groups = np.unique(case.group)
        chosen = rng.choice(groups, max(1, len(groups) // 4), replace=False)
        inside = np.isin(case.group, chosen)
        return np.flatnonzero(inside), rng.permutation(np.flatnonzero(~inside))
    order = rng.permutation(len(case))
    return order[: len(case) // 4], order[len(case) // 4 :]


def _plot(sizes, losses, ends):
    figure = Figure(figsize=(6, 3))
    ax = figure.subplots()
    mean = losses.mean(0)
    ax.errorbar(sizes, mean, yerr=losses.std(0), fmt="o-", capsize=3, label="measured, with the spread of runs")
    middle = ends.mean()
    ax.errorbar([2 * sizes[-1]], [middle], yerr=[[middle - ends[0]], [ends[1] - middle]], fmt="s", label="forecast")
    ax.set(xscale="log", xlabel="training rows", ylabel="loss on held-out rows", title="What more rows bring")
    ax.set_xticks([*sizes, 2 * sizes[-1]], [f"{size:,}" for size in [*sizes, 2 * sizes[-1]]])
    ax.minorticks_off()
    ax.legend()
    return figure
